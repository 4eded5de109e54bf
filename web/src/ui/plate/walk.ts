import { useMemo, useRef, type KeyboardEvent, type MouseEvent } from 'react';

/** Moves the caret between the parts of a plate, which lie from left to right. */
export interface Walk {
  register(name: string): (input: HTMLInputElement | null) => void;
  focus(name: string | undefined): void;
  next(name: string): void;
  /** Arrow keys at an edge, and Backspace in an empty part, leave the part. */
  onKeyDown(name: string, event: KeyboardEvent<HTMLInputElement>): void;
}

/** Makes the walk over parts in their order on the plate. */
export function useWalk(order: readonly string[]): Walk {
  const inputs = useRef(new Map<string, HTMLInputElement>());
  return useMemo(() => {
    const focus = (name: string | undefined) => inputs.current.get(name ?? '')?.focus();
    const step = (name: string, by: number) => focus(order[order.indexOf(name) + by]);
    return {
      focus,
      next: (name) => step(name, 1),
      register: (name) => (input) => {
        if (input) inputs.current.set(name, input);
        else inputs.current.delete(name);
      },
      onKeyDown(name, event) {
        const by = leaving(event);
        if (by === 0) return;
        event.preventDefault();
        step(name, by);
      },
    };
  }, [order]);
}

/** A press of the mouse takes the whole part, so that it is typed over; by itself it would put the caret into what stands there. */
export function takeWhole(event: MouseEvent<HTMLInputElement>): void {
  event.preventDefault();
  event.currentTarget.focus();
  event.currentTarget.select();
}

function leaving(event: KeyboardEvent<HTMLInputElement>): number {
  const { value, selectionStart, selectionEnd } = event.currentTarget;
  const all = selectionStart === 0 && selectionEnd === value.length;
  if (event.key === 'Backspace' && value === '') return -1;
  if (event.key === 'ArrowLeft' && selectionStart === 0) return -1;
  if (event.key === 'ArrowRight' && (all || selectionEnd === value.length)) return 1;
  return 0;
}
