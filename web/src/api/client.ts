import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { Clock } from './clock.ts';
import { Problem } from './problem.ts';
import type { paths } from './schema.gen.ts';

/** The generated client of the contract, on the portal's own origin. */
export type Api = Client<paths>;

/** What the client needs to know of the running session. */
export interface Wire {
  token(): string | undefined;
  language(): string;
  clock: Clock;
  /** Counts the people of the page: a request is sent, repeated and answered in the turn of who asked, or not at all. */
  turn(): number;
  /** Whether the token is past its time. */
  stale(): boolean;
  /** Trades the token for another one, for all who ask at once, or has the session run out; throws the problem of a server that was not reached. */
  renew(): Promise<void>;
  /** Whether the session has run out and its person may come back. */
  lapsed(): boolean;
  /** Waits until somebody signs in or the page is left. */
  settled(): Promise<void>;
}

// What opens a session or trades the refresh cookie shows no token, and its refusal is no end of a session that has one.
function opens({ method, url }: Request): boolean {
  return method === 'POST' && /^\/v1\/sessions(\/refresh)?$/.test(new URL(url).pathname);
}

// A wrong password or code, asked for again in a running session, ends no session.
async function wrongSecret(response: Response): Promise<boolean> {
  const problem = (await response.clone().json().catch(() => undefined)) as { code?: string } | undefined;
  return problem?.code === 'credentials_invalid' || problem?.code === 'second_factor_invalid';
}

// Longer than the server's own limit for a payment provider, so that its 202 arrives before this gives up.
const timeout = 40_000;

// A stream lasts; whoever reads it watches over it and can abort it.
const streams = (request: Request) => request.headers.get('Accept') === 'text/event-stream';

const send = (request: Request) => (streams(request) ? fetch(request) : fetch(request, { signal: AbortSignal.timeout(timeout) }));

// A request whose session has run out waits for the person to sign in again and is then repeated, unless it has a key: what moves money or issues paper takes
// a click of its own.
const repeatable = (request: Request) => !request.headers.has('Idempotency-Key');

interface Sent {
  turn: number;
  token: string | undefined;
  copy: Request | undefined;
}

// Nobody sees it: the page of whoever asked is gone.
const gone = () => new Problem({ kind: 'unauthorized' });

function middleware(wire: Wire): Middleware {
  const sent = new WeakMap<Request, Sent>();
  const show = (request: Request, token: string | undefined) => token !== undefined && request.headers.set('Authorization', `Bearer ${token}`);
  const inTurn = async <T>(turn: number, step: T | Promise<T>): Promise<T> => {
    const outcome = await step;
    if (wire.turn() !== turn) throw gone();
    return outcome;
  };
  const back = async (turn: number) => {
    while (wire.lapsed()) await inTurn(turn, wire.settled());
    return inTurn(turn, undefined);
  };
  return {
    async onRequest({ request }) {
      request.headers.set('Accept-Language', wire.language());
      if (opens(request) || request.headers.has('Authorization')) return request;
      const turn = wire.turn();
      if (wire.stale()) await inTurn(turn, wire.renew());
      if (repeatable(request)) await back(turn);
      const token = wire.token();
      show(request, token);
      sent.set(request, { turn, token, copy: repeatable(request) ? request.clone() : undefined });
      return request;
    },
    async onResponse({ request, response }) {
      wire.clock.learn(response.headers.get('Date'));
      const mine = sent.get(request);
      if (!mine) return undefined;
      const { turn, token, copy } = mine;
      if (response.status !== 401 || token === undefined || (await wrongSecret(response))) return inTurn(turn, undefined);
      // An answer to an older token says nothing about the present one.
      if (token === wire.token()) await inTurn(turn, wire.renew());
      if (!copy) return inTurn(turn, undefined);
      await back(turn);
      show(copy, wire.token());
      return inTurn(turn, send(copy));
    },
  };
}

/** Makes the client. The access token travels in a header only; it is never stored and never part of a URL. */
export function createApi(wire: Wire): Api {
  const api = createClient<paths>({
    baseUrl: window.location.origin,
    cache: 'no-store',
    credentials: 'same-origin',
    fetch: send,
  });
  api.use(middleware(wire));
  return api;
}
