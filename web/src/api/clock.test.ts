import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClock } from './clock.ts';

const local = Date.parse('2026-11-20T10:00:00Z');

describe('the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: local });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('follows the server when the office PC is wrong', () => {
    const clock = createClock();
    clock.learn('Fri, 20 Nov 2026 11:30:00 GMT');
    expect(clock.now() - local).toBe(90 * 60_000);
  });

  it('stays itself for a small difference, no header and nonsense', () => {
    const clock = createClock();
    for (const date of ['Fri, 20 Nov 2026 10:00:04 GMT', null, 'yesterday']) {
      clock.learn(date);
      expect(clock.now()).toBe(local);
    }
  });
});
