import { Problem } from './problem.ts';

/** Carries out one intended effect under one Idempotency-Key, however often it must be tried. */
export type Intend = <T>(intent: string, call: (key: string) => Promise<T>) => Promise<T>;

/** 128 random bits, hexadecimal. Not crypto.randomUUID, which browsers keep from pages without TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The intents of the person at the page. */
export interface Intents {
  intend: Intend;
  /** Forgets all of them: what one person has begun is not for the next, not under their key either. */
  clear(): void;
}

/**
 * Remembers the key of each intent (what is to happen, in words that differ when the effect differs) until its outcome is
 * certain. A timeout or a broken server leaves it open, so that the next try repeats the request instead of doubling it. What is intended again while it is under way
 * waits for the same answer.
 */
export function createIntents(makeKey: () => string = newKey): Intents {
  let book = newBook();
  const intend: Intend = <T>(intent: string, call: (key: string) => Promise<T>) => {
    // What is under way ends in the book that it was begun in, so that it touches nothing of the next person's.
    const { open, running } = book;
    const run = () => carryOut(open, { intent, key: open.get(intent) ?? makeKey(), call });
    const under = (running.get(intent) as Promise<T> | undefined) ?? run().finally(() => running.delete(intent));
    running.set(intent, under);
    return under;
  };
  return { intend, clear: () => void (book = newBook()) };
}

const newBook = () => ({ open: new Map<string, string>(), running: new Map<string, Promise<unknown>>() });

async function carryOut<T>(open: Map<string, string>, { intent, key, call }: { intent: string; key: string; call: (key: string) => Promise<T> }): Promise<T> {
  open.set(intent, key);
  try {
    const result = await call(key);
    open.delete(intent);
    return result;
  } catch (problem) {
    if (problem instanceof Problem && problem.definite) open.delete(intent);
    throw problem;
  }
}
