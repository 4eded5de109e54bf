import { describe, expect, it } from 'vitest';
import { createIntents, newKey } from './intents.ts';
import { Problem, type ProblemFacts } from './problem.ts';

function counted() {
  let made = 0;
  return createIntents(() => `key-${++made}`).intend;
}

const keyOf = (key: string) => Promise.resolve(key);
const failing = (facts: ProblemFacts) => () => Promise.reject(new Problem(facts));

describe('a key of an intent', () => {
  it('is what the contract takes, and never twice the same', () => {
    const keys = Array.from({ length: 500 }, newKey);
    expect(new Set(keys).size).toBe(500);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_-]{8,128}$/);
  });

  it.each<[string, ProblemFacts]>([
    ['no connection', { kind: 'offline' }],
    ['no answer in time', { kind: 'timeout' }],
    ['a broken server', { kind: 'server', status: 500 }],
    ['an ended session', { kind: 'unauthorized', status: 401 }],
    ['a limit', { kind: 'limited', status: 429 }],
  ])('outlives %s', async (_, facts) => {
    const intend = counted();
    await expect(intend('pay', failing(facts))).rejects.toBeInstanceOf(Problem);
    await expect(intend('pay', keyOf)).resolves.toBe('key-1');
  });

  it('outlives a defect of the portal itself', async () => {
    const intend = counted();
    await expect(intend('pay', () => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
    await expect(intend('pay', keyOf)).resolves.toBe('key-1');
  });

  it('ends with success and with a definite refusal', async () => {
    const intend = counted();
    await expect(intend('pay', keyOf)).resolves.toBe('key-1');
    await expect(intend('pay', failing({ kind: 'conflict', status: 409 }))).rejects.toBeInstanceOf(Problem);
    await expect(intend('pay', keyOf)).resolves.toBe('key-3');
  });

  it('belongs to one intent', async () => {
    const intend = counted();
    await intend('order a', failing({ kind: 'timeout' })).catch(() => undefined);
    await expect(intend('order b', keyOf)).resolves.toBe('key-2');
    await expect(intend('order a', keyOf)).resolves.toBe('key-1');
  });

  it('is forgotten with its person, and what is still under way touches nothing of the next one', async () => {
    let made = 0;
    const { intend, clear } = createIntents(() => `key-${++made}`);
    await intend('pay', failing({ kind: 'timeout' })).catch(() => undefined);
    let end: () => void = () => undefined;
    const late = intend('order', (key) => new Promise<string>((done) => (end = () => done(key))));
    clear();
    await expect(intend('pay', keyOf)).resolves.toBe('key-3');
    await intend('order', failing({ kind: 'timeout' })).catch(() => undefined);
    end();
    await expect(late).resolves.toBe('key-2');
    await expect(intend('order', keyOf)).resolves.toBe('key-4');
  });

  it('is used once where the same is intended again while it is under way', async () => {
    const intend = counted();
    const keys: string[] = [];
    const call = async (key: string) => {
      keys.push(key);
      await new Promise((done) => setTimeout(done, 5));
      return key;
    };
    expect(await Promise.all([intend('a', call), intend('a', call), intend('b', call)])).toEqual(['key-1', 'key-1', 'key-2']);
    expect(await intend('a', call)).toBe('key-3');
    expect(keys).toEqual(['key-1', 'key-2', 'key-3']);
    const fails = () => {
      throw new Error('bug');
    };
    await expect(intend('c', fails)).rejects.toThrow('bug');
    await expect(intend('c', call)).resolves.toBe('key-4');
  });
});
