import type { ReactNode } from 'react';
import type { Tone } from './Notice.tsx';
import classes from './StateBadge.module.css';

interface StateBadgeProps {
  tone: Tone | 'open';
  children: ReactNode;
}

/** The state of a thing in a word or two; the words tell, the colour helps. */
export function StateBadge({ tone, children }: StateBadgeProps) {
  return <span className={classes.badge} data-tone={tone}>{children}</span>;
}
