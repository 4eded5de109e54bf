import { describe, expect, it, vi } from 'vitest';
import { heeding, looking, watching } from './pace.ts';
import { Problem } from './problem.ts';

const failed = (facts: Problem['facts']) => ({ status: 'error', error: new Problem(facts) });

describe('how often is asked about money', () => {
  it('asks seldom in a tab that nobody sees', () => {
    expect([watching(), watching(true), looking()]).toEqual([2_000, 8_000, 15_000]);
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    expect([watching(), watching(true), looking()]).toEqual([15_000, 15_000, false]);
  });

  it.each([
    [2_000, { status: 'success', error: null }, 2_000],
    [false as const, failed({ kind: 'server', status: 503 }), false],
    [2_000, failed({ kind: 'server', status: 503 }), 2_000],
    [2_000, failed({ kind: 'server', status: 503, retryAfter: 1 }), 2_000],
    [2_000, failed({ kind: 'limited', status: 429, retryAfter: 30 }), 30_000],
    [2_000, failed({ kind: 'offline' }), 2_000],
    [2_000, failed({ kind: 'forbidden', status: 403 }), false],
    [2_000, failed({ kind: 'not_found', status: 404, retryAfter: 30 }), false],
  ])('%j after %j is %j', (every, state, pace) => {
    expect(heeding(every, state)).toBe(pace);
  });
});
