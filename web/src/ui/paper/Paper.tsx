import { useEffect, useRef, useState, type ReactNode } from 'react';
import { createPortal, flushSync } from 'react-dom';
import { remember, remembered } from '../../api/machine.ts';
import classes from './Paper.module.css';

/** What is in the printer: sheets of A4, or a roll of 80 mm. */
export type PaperKind = 'a4' | 'roll';

/** The paper of this machine's printer, remembered once it was chosen. */
export function usePaper(): [PaperKind, (kind: PaperKind) => void] {
  const [kind, setKind] = useState<PaperKind>(() => (remembered('paper') === 'roll' ? 'roll' : 'a4'));
  const choose = (next: PaperKind) => {
    remember('paper', next);
    setKind(next);
  };
  return [kind, choose];
}

const pxOfMm = 96 / 25.4;
const tail = 6; // mm, below the last line, so that the cutter does not take it

// A roll is cut where the page ends, so its page is as long as what stands on it.
function pageOf(kind: PaperKind, root: HTMLElement | null): string {
  if (kind === 'a4') return '@page { size: A4; margin: 14mm; }';
  const millimetres = Math.max(60, Math.ceil((root?.scrollHeight ?? 0) / pxOfMm) + tail);
  return `@page { size: 80mm ${millimetres}mm; margin: 0; }`;
}

interface PaperProps {
  kind: PaperKind;
  children: ReactNode;
}

/** What is printed, and nothing else: never seen on the screen, alone on the paper. One stands in the page at a time. */
export function Paper({ kind, children }: PaperProps) {
  const root = useRef<HTMLDivElement>(null);
  const [page, setPage] = useState('');
  useEffect(() => {
    const measure = () => setPage(pageOf(kind, root.current));
    measure();
    const watcher = new ResizeObserver(measure);
    if (root.current) watcher.observe(root.current);
    const last = () => flushSync(measure);
    window.addEventListener('beforeprint', last);
    return () => {
      watcher.disconnect();
      window.removeEventListener('beforeprint', last);
    };
  }, [kind]);
  return createPortal(
    <div ref={root} className={`${classes.sheet} ${classes.printed}`} data-kind={kind} data-printed aria-hidden="true">
      <style>{page}</style>
      {children}
    </div>,
    document.body,
  );
}

/** The same as it will come out, to be looked at; it is scrolled with the keys, too. */
export function PaperPreview({ kind, label, children }: PaperProps & { label: string }) {
  return (
    <div className={classes.desk} tabIndex={0} role="region" aria-label={label}>
      <div className={classes.sheet} data-kind={kind} data-seen>{children}</div>
    </div>
  );
}
