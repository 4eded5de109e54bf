import type { ReactNode } from 'react';
import classes from './Notice.module.css';

/** How much a notice worries: only `bad` interrupts a screen reader. */
export type Tone = 'good' | 'neutral' | 'warn' | 'bad';

interface NoticeProps {
  tone: Tone;
  title: ReactNode;
  icon?: ReactNode;
  children?: ReactNode;
}

/** A message inside the page. */
export function Notice({ tone, title, icon, children }: NoticeProps) {
  return (
    <div className={classes.notice} data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      {icon && <span className={classes.icon}>{icon}</span>}
      <div className={classes.body}>
        <strong>{title}</strong>
        {children && <div>{children}</div>}
      </div>
    </div>
  );
}
