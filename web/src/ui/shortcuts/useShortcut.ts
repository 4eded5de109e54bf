import { useWindowEvent } from '@mantine/hooks';
import { useEffect, useRef } from 'react';

/** The keys that the portal listens to; their code is the place on the keyboard, so the layout (Persian or English) does not matter. */
export const shortcuts = {
  help: '?',
  submit: 'Ctrl+Enter',
  next: 'Escape',
  car: 'Alt+Digit1',
  motorcycle: 'Alt+Digit2',
  vin: 'Alt+Digit3',
  purpose: 'Alt+KeyP',
  toCounter: 'Alt+Digit0',
  toVisits: 'Alt+Digit4',
  toShift: 'Alt+Digit5',
  toDeposit: 'Alt+Digit6',
  toManage: 'Alt+Digit7',
  toProfile: 'Alt+Digit8',
} as const;

/** Names a shortcut. */
export type Shortcut = keyof typeof shortcuts;

function pressed(event: KeyboardEvent): string {
  if (event.key === '?' || event.key === '؟') return '?';
  const held = `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}`;
  return held + (event.code || event.key).replace('NumpadEnter', 'Enter');
}

// In a text field a question mark is text; the parts of a plate take none.
function isText(event: KeyboardEvent): boolean {
  const field = event.target instanceof HTMLElement ? event.target.closest('input:not([type=checkbox], [type=radio]), textarea, select') : null;
  return field !== null && field.closest('[data-plate]') === null;
}

/** Does something on a key, wherever the focus is; never under a dialog, and never again and again while the key is held. */
export function useShortcut(name: Shortcut, run: () => void, enabled = true): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useWindowEvent('keydown', (event) => {
    if (!enabled || event.repeat || event.defaultPrevented || pressed(event) !== shortcuts[name]) return;
    if (name === 'help' && isText(event)) return;
    // A dialog that this very key has closed is no longer in the page, but the key was still pressed in it.
    if (event.target instanceof Element && event.target.closest('[aria-modal="true"]')) return;
    if (document.querySelector('[aria-modal="true"]')) return;
    event.preventDefault();
    latest.current();
  });
}
