import { useEffect, useRef } from 'react';
import classes from './Check.module.css';

interface CheckProps {
  /** What is chosen by it, for the ear. */
  label: string;
  checked: boolean;
  /** Some of what it stands for is chosen, not all. */
  partly?: boolean;
  /** Nothing can be chosen: the place stays empty. */
  gone?: boolean;
  onChange(on: boolean): void;
}

/** The browser's own checkbox: a table of hundreds of them answers at once. */
export function Check({ label, checked, partly = false, gone = false, onChange }: CheckProps) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = partly;
  }, [partly]);
  return (
    <input
      ref={box}
      type="checkbox"
      className={classes.check}
      data-gone={gone || undefined}
      aria-label={label}
      checked={checked}
      disabled={gone}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
