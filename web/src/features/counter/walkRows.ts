import type { KeyboardEvent } from 'react';

const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/** Moves the focus from row to row by the arrow keys, and opens the explanation of a row by Enter on its checkbox. */
export function walkRows(event: KeyboardEvent<HTMLElement>): void {
  const list = event.currentTarget;
  const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
  if (event.key === 'Enter' && event.target instanceof HTMLInputElement && !event.ctrlKey) {
    row?.querySelector<HTMLElement>('[aria-expanded]')?.click();
    return;
  }
  const step = steps[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.target instanceof HTMLSelectElement) return;
  const rows = [...list.querySelectorAll<HTMLElement>('[data-row]')];
  const next = rows[row ? rows.indexOf(row) + step : 0];
  if (!next) return;
  event.preventDefault();
  enterRow(next);
}

function enterRow(row: HTMLElement): void {
  const inside = row.matches('button') ? row : row.querySelector<HTMLElement>('input:not(:disabled), button');
  inside?.focus();
}
