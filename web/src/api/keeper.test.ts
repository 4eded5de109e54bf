import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { session } from '../test/fixtures.ts';
import { fakeServer, json, problem, type FakeServer } from '../test/server.ts';
import { createApi } from './client.ts';
import { createClock } from './clock.ts';
import { createKeeper, type Keeper } from './keeper.ts';

const route = 'POST /v1/sessions/refresh';
const fresh = (token: string) => json(200, { ...session(), access_token: token });

let server: FakeServer;
let keeper: Keeper;
let tokens: string[];
let refusals: number;

beforeEach(() => {
  vi.useFakeTimers();
  server = fakeServer();
  tokens = [];
  refusals = 0;
  const clock = createClock();
  const never = () => expect.unreachable('a refused refresh is no refused token');
  const api = createApi({ token: () => 'token-1', language: () => 'fa', clock, turn: () => 0, stale: () => true, renew: never, lapsed: () => true, settled: never });
  keeper = createKeeper({ api, clock, renewed: (s) => tokens.push(s.access_token), refused: () => (refusals += 1) });
});

afterEach(() => {
  keeper.stop();
  vi.useRealTimers();
});

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

describe('a session is kept', () => {
  it('by a refresh a minute before the token expires, with the header and without the token', async () => {
    server.on(route, fresh('token-2'));
    keeper.keep(inMinutes(15));
    await vi.advanceTimersByTimeAsync(13.9 * 60_000);
    expect(server.to(route)).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tokens).toEqual(['token-2']);
    expect(server.to(route)[0]?.headers.get('X-Mofasa-Refresh')).toBe('1');
    expect(server.to(route)[0]?.headers.get('Authorization')).toBeNull();
  });

  it('through a lost connection, a broken server and a limit, until the server refuses', async () => {
    server.on(route, new TypeError('offline'), problem(503, 'timeout'), problem(429, 'rate_limited'), problem(401, 'session_ended'));
    keeper.keep(inMinutes(1));
    await vi.advanceTimersByTimeAsync(5_000 + 3 * 15_000 - 1_000);
    expect([server.to(route).length, refusals]).toEqual([3, 0]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([server.to(route).length, refusals, tokens.length]).toEqual([4, 1, 0]);
  });

  it('by one refresh, however many ask at once', async () => {
    server.on(route, fresh('token-2'));
    await Promise.all([keeper.refresh(), keeper.refresh(), keeper.resume()]);
    expect(server.to(route)).toHaveLength(1);
  });

  it('no longer once the person has left, also if the answer is on its way', async () => {
    server.on(route, fresh('token-2'));
    const late = keeper.refresh();
    keeper.stop();
    await late;
    keeper.keep(inMinutes(2));
    keeper.stop();
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect([tokens.length, server.to(route).length]).toEqual([0, 1]);
  });

  it('for the next person by an answer of their own, after the one that is on its way for the last', async () => {
    let arrive: (answer: Response) => void = () => undefined;
    server.on(route, () => new Promise((done) => (arrive = done)), fresh('token-3'));
    const late = keeper.refresh();
    await vi.advanceTimersByTimeAsync(0);
    keeper.stop();
    const next = keeper.refresh();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.to(route)).toHaveLength(1);
    arrive(fresh('token-2'));
    await Promise.all([late, next]);
    expect(tokens).toEqual(['token-3']);
  });

  it('by one try at a time, also where others than the clock ask for it', async () => {
    server.on(route, new TypeError('offline'));
    await keeper.refresh();
    const troubles = await Promise.all([keeper.refresh(), keeper.refresh()]);
    expect(troubles.map((trouble) => trouble?.facts.kind)).toEqual(['offline', 'offline']);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(server.to(route)).toHaveLength(3);
  });

  it('not at all where the browser has none', async () => {
    server.on(route, problem(401, 'session_ended'));
    expect([await keeper.resume(), refusals]).toEqual([undefined, 0]);
  });
});
