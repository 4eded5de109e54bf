import { Problem } from './problem.ts';

/** Carries out one intended effect under one Idempotency-Key, however often it must be tried. */
export type Intend = <T>(intent: string, call: (key: string) => Promise<T>) => Promise<T>;

/** 128 random bits, hexadecimal. Not crypto.randomUUID, which browsers keep from pages without TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Remembers the key of each intent (what is to happen, in words that differ when the effect differs) until its outcome is
 * certain. A timeout or a broken server leaves it open, so that the next try repeats the request instead of doubling it.
 */
export function createIntents(makeKey: () => string = newKey): Intend {
  const open = new Map<string, string>();
  return async (intent, call) => {
    const key = open.get(intent) ?? makeKey();
    open.set(intent, key);
    try {
      const result = await call(key);
      open.delete(intent);
      return result;
    } catch (problem) {
      if (problem instanceof Problem && problem.definite) open.delete(intent);
      throw problem;
    }
  };
}
