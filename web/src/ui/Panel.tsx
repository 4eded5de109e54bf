import type { ReactNode } from 'react';
import classes from './Panel.module.css';
import { useTitle } from './useTitle.ts';

interface PageHeadProps {
  title: string;
  /** What the browser's tab says, where it is more than the heading. */
  place?: string;
  /** What can be done on the page as a whole. */
  children?: ReactNode;
}

/** The heading of a page, which the browser's tab says, too. */
export function PageHead({ title, place = title, children }: PageHeadProps) {
  useTitle(place);
  return (
    <header className={classes.head}>
      <h1>{title}</h1>
      {children && <div className={classes.actions}>{children}</div>}
    </header>
  );
}

interface PanelProps {
  title?: string;
  aside?: ReactNode;
  /** Lets a table touch the edges. */
  flush?: boolean;
  children: ReactNode;
}

/** One matter of a page on a card of its own. */
export function Panel({ title, aside, flush = false, children }: PanelProps) {
  return (
    <section className={`card ${classes.panel}`} data-flush={flush || undefined}>
      {title && <div className={classes.title}><h2>{title}</h2>{aside}</div>}
      {children}
    </section>
  );
}

/** Says that there is nothing, and what would bring something. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <strong>{title}</strong>
      {children && <span>{children}</span>}
    </div>
  );
}

/** A column of cards, and beside it, where there is room, a narrower one. */
export function Columns({ children, side }: { children: ReactNode; side?: ReactNode }) {
  return (
    <div className={classes.columns} data-side={side ? true : undefined}>
      <div className={classes.stack}>{children}</div>
      {side && <div className={classes.stack}>{side}</div>}
    </div>
  );
}

/** Fields below each other, with a button at the end. */
export function FormStack({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }) {
  return (
    <form
      noValidate
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}
