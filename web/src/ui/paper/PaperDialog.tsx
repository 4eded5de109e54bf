import { Button, Group, Modal, SegmentedControl } from '@mantine/core';
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PrintIcon } from '../icons.tsx';
import { Paper, PaperPreview, usePaper, type PaperKind } from './Paper.tsx';
import classes from './PaperDialog.module.css';

interface PaperDialogProps {
  title: string;
  onClose(): void;
  /** What must be done before each print, which may change the paper; nothing is printed where it fails. */
  before?: () => Promise<unknown>;
  /** Said above the paper; undefined says nothing. */
  note?: ReactNode;
  children: ReactNode;
}

/** Shows what will come out of the printer, on the paper that this machine has, and prints it. */
export function PaperDialog({ title, onClose, before, note, children }: PaperDialogProps) {
  const { t } = useTranslation();
  const [kind, choose] = usePaper();
  const { print, leave, busy } = usePrint(before, onClose);
  const papers = [{ value: 'a4', label: t('paper.a4') }, { value: 'roll', label: t('paper.roll') }];
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault(); // of a button it would be a press, too
    print();
  };
  return (
    <Modal opened onClose={leave} title={title} size="xl" centered closeButtonProps={{ 'aria-label': t('app.close') }} onKeyDown={onKey}>
      <div className={classes.dialog}>
        {note}
        <Group justify="space-between">
          <SegmentedControl size="xs" aria-label={t('paper.kind')} data={papers} value={kind} onChange={(value) => choose(value as PaperKind)} />
          <Button leftSection={<PrintIcon />} aria-busy={busy} onClick={print} aria-keyshortcuts="Control+Enter" data-autofocus>{t('paper.print')}</Button>
        </Group>
        <PaperPreview kind={kind} label={t('paper.kind')}>{children}</PaperPreview>
        <Paper kind={kind}>{children}</Paper>
      </div>
    </Modal>
  );
}

// One print at a time; a press while one is being prepared is the same press. The button is not disabled meanwhile, since it would lose the focus.
// Whoever leaves while one is being prepared leaves after it: the sheet has been counted, and without the dialog there would be nothing on it.
function usePrint(before: PaperDialogProps['before'], onClose: () => void): { print(): void; leave(): void; busy: boolean } {
  const under = useRef(false);
  const leaving = useRef(false);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    if (!before) return window.print();
    under.current = true;
    setBusy(true);
    try {
      await before();
      await drawn();
      window.print();
      if (leaving.current) onClose();
    } catch {
      // whoever asked for it says why
    } finally {
      under.current = leaving.current = false;
      setBusy(false);
    }
  };
  const leave = () => {
    if (!under.current) return onClose();
    leaving.current = true;
  };
  return { print: () => void (under.current || run()), leave, busy };
}

// The second frame begins when the first one, with the paper as it is now, has been laid out and measured.
const frame = () => new Promise<void>((done) => requestAnimationFrame(() => done()));
async function drawn(): Promise<void> {
  await frame();
  await frame();
}
