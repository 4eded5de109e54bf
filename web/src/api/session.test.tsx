import { act, render, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { citySession, inquiry, order, orderId, session } from '../test/fixtures.ts';
import { fakeServer, json, problem, type FakeServer, type Seen } from '../test/server.ts';
import { answer, Problem } from './problem.ts';
import { SessionProvider, useOffice, type Office } from './session.tsx';
import type { Session } from './types.ts';

const refresh = 'POST /v1/sessions/refresh';
const read = `GET /v1/orders/${orderId}`;
const claim = 'POST /v1/orders';
const inAnHour = () => new Date(Date.now() + 3_600_000);

const of = (id: string, token: string, more: Partial<Session> = {}): Session => ({ ...session(), access_token: token, ...more, me: { ...session().me, id } });
const [zahra, namesake] = ['0198a000-0000-7000-8000-0000000000e1', '0198a000-0000-7000-8000-0000000000e2'];
const tokenOf = ({ headers }: Seen) => headers.get('Authorization')?.slice('Bearer '.length);
const tokens = (route: string) => server.to(route).map(tokenOf);

let server: FakeServer;
let office: Office;
const onEnd = vi.fn();

function Probe() {
  office = useOffice();
  return null;
}

const readOrder = () => answer(office.api.GET('/v1/orders/{order_id}', { params: { path: { order_id: orderId } } }));
const claimDues = () => office.intend('claim', (key) => answer(office.api.POST('/v1/orders', { params: { header: { 'Idempotency-Key': key } }, body: { inquiry_id: inquiry().id, dues: [] } })));
const kindOf = (call: Promise<unknown>) => call.then(() => 'answered', (cause: unknown) => (cause as Problem).facts.kind);

/** A reply that comes when it is let go. */
function held() {
  let arrive: (reply: Response) => void = () => undefined;
  const reply = new Promise<Response>((done) => (arrive = done));
  return { reply: () => reply, arrive };
}

async function takeUp(one: Session) {
  await act(async () => office.signIn(one, 'zahra'));
}

/** Opens a page to which Zahra has signed in; the browser had no session before. */
async function begin(more: Partial<Session> = {}, headers: Record<string, string> = {}) {
  server.on(refresh, problem(401, 'session_ended', {}, headers));
  render(<SessionProvider language={() => 'fa'} onEnd={onEnd}><Probe /></SessionProvider>);
  await waitFor(() => expect(office.resuming).toBe(false));
  await takeUp(of(zahra, 'token-1', more));
  server.seen.length = 0;
}

// The server knows these tokens alone.
const knows = (...known: string[]) => (seen: Seen) => (known.includes(tokenOf(seen) ?? '') ? json(200, order()) : problem(401, 'token_expired'));

beforeEach(() => {
  server = fakeServer();
  onEnd.mockReset();
});

describe('a token that has run out', () => {
  it('is traded once for all who asked, who are answered; the page notices nothing', async () => {
    await begin();
    server.on(read, knows('token-2'));
    server.on(refresh, json(200, of(zahra, 'token-2')));
    expect(await act(() => Promise.all([readOrder(), readOrder(), readOrder()]))).toHaveLength(3);
    expect(server.to(refresh)).toHaveLength(1);
    expect(tokens(read)).toEqual(['token-1', 'token-1', 'token-1', 'token-2', 'token-2', 'token-2']);
    expect([office.lapsed, office.turn]).toEqual([false, 0]);
  });

  it('is traded before anything is sent once it has expired by the clock of the server', async () => {
    await begin({}, { Date: inAnHour().toUTCString() });
    server.on(claim, json(201, order()));
    server.on(refresh, json(200, of(zahra, 'token-2', { expires_at: new Date(Date.now() + 7_200_000).toISOString() })));
    await act(() => claimDues());
    await act(() => claimDues());
    expect([tokens(claim), server.to(refresh).length]).toEqual([['token-2', 'token-2'], 1]);
  });

  it('waits for the server to be reached: says why, and lapses nothing', async () => {
    await begin();
    server.on(read, knows('token-2'));
    server.on(refresh, new TypeError('offline'), problem(503, 'timeout'), json(200, of(zahra, 'token-2')));
    expect([await kindOf(readOrder()), await kindOf(readOrder()), office.lapsed]).toEqual(['offline', 'server', false]);
    expect(await act(() => kindOf(readOrder()))).toBe('answered');
    expect(office.lapsed).toBe(false);
  });

  it('lapses when the server refuses another; what was asked waits for its person, what has a key for their click', async () => {
    await begin();
    server.on(read, knows('token-2'));
    server.on(claim, problem(401, 'token_expired'), json(201, order()));
    const asked = readOrder();
    await waitFor(() => expect(office.lapsed).toBe(true));
    expect(await kindOf(claimDues())).toBe('unauthorized');
    await takeUp(of(zahra, 'token-2'));
    expect((await asked).id).toBe(order().id);
    expect([office.lapsed, office.turn, onEnd.mock.calls.length, server.to(claim).length]).toEqual([false, 0, 0, 1]);
    await act(() => claimDues());
    const [first, second] = server.to(claim);
    expect(second?.headers.get('Idempotency-Key')).toBe(first?.headers.get('Idempotency-Key'));
  });
});

describe('what one person has asked', () => {
  it.each<[string, Response]>([
    ['refused', problem(401, 'token_expired')],
    ['answered', json(200, order())],
  ])('is neither repeated nor answered for the next when it is %s after a sign-out', async (_, late) => {
    await begin();
    const way = held();
    server.on(read, way.reply, json(200, order()));
    server.on('DELETE /v1/sessions/current', problem(401, 'token_invalid'));
    const asked = kindOf(readOrder());
    await waitFor(() => expect(server.to(read)).toHaveLength(1));
    await act(async () => office.signOut());
    await takeUp(of(namesake, 'token-2'));
    way.arrive(late);
    expect(await asked).toBe('unauthorized');
    expect([tokens(read), server.to(refresh).length]).toEqual([['token-1'], 0]);
  });

  it('is not sent for somebody else who comes while it waits, namesakes included', async () => {
    await begin();
    server.on(read, knows('token-2'));
    const refused = kindOf(readOrder());
    await waitFor(() => expect(office.lapsed).toBe(true));
    const waiting = kindOf(readOrder());
    await takeUp(of(namesake, 'token-2'));
    expect([await refused, await waiting]).toEqual(['unauthorized', 'unauthorized']);
    expect(tokens(read)).toEqual(['token-1']);
    expect([office.turn, onEnd.mock.calls.length]).toEqual([1, 1]);
    await readOrder();
    expect(tokens(read)).toEqual(['token-1', 'token-2']);
  });

  it('is not sent once the page is left meanwhile', async () => {
    await begin();
    server.on(read, knows('token-2'));
    const asked = kindOf(readOrder());
    await waitFor(() => expect(office.lapsed).toBe(true));
    await act(async () => office.signOut());
    expect([await asked, office.turn, tokens(read)]).toEqual(['unauthorized', 1, ['token-1']]);
  });

  it.each<[string, () => Promise<void>]>([
    ['a sign-out', async () => act(async () => office.signOut())],
    ['another one at the page', () => takeUp(of(namesake, 'token-2'))],
  ])('has its key until %s', async (_, change) => {
    await begin();
    server.on(claim, new TypeError('offline'), json(201, order()));
    expect(await kindOf(claimDues())).toBe('offline');
    await change();
    await takeUp(of(namesake, 'token-2'));
    await act(() => claimDues());
    const [first, second] = server.to(claim).map(({ headers }) => headers.get('Idempotency-Key'));
    expect(second).not.toBe(first);
  });
});

describe('a refresh that finds somebody else in the browser', () => {
  it('gives the page to them where they work for an office', async () => {
    await begin();
    server.on(read, knows('token-2'));
    server.on(refresh, json(200, of(namesake, 'token-2')));
    expect(await act(() => kindOf(readOrder()))).toBe('unauthorized');
    expect([office.me?.id, office.username, office.turn, tokens(read)]).toEqual([namesake, undefined, 1, ['token-1']]);
  });

  it('keeps the work for its person where they work for a city, whose session goes on elsewhere', async () => {
    await begin();
    server.on(read, knows('token-2'));
    server.on(refresh, json(200, citySession()));
    const asked = kindOf(readOrder());
    await waitFor(() => expect(office.lapsed).toBe(true));
    expect([office.me?.id, office.turn, server.to('DELETE /v1/sessions/current').length]).toEqual([zahra, 0, 0]);
    await takeUp(of(zahra, 'token-2'));
    expect(await asked).toBe('answered');
  });
});
