import { vi } from 'vitest';

/** A request as it left the portal. */
export interface Seen {
  method: string;
  path: string;
  search: URLSearchParams;
  headers: Headers;
  body: unknown;
  signal: AbortSignal;
}

type Reply = Response | Error | ((seen: Seen) => Response | Error | Promise<Response | Error>);

/** Stands where the network begins: answers by "METHOD /path", several replies in turn, the last for ever. */
export interface FakeServer {
  seen: Seen[];
  on(route: string, ...replies: Reply[]): void;
  /** The requests of one route. */
  to(route: string): Seen[];
}

/** Replaces fetch until the end of the test. The browser has no session from before; any other unknown route is a network failure. */
export function fakeServer(): FakeServer {
  const routes = new Map<string, Reply[]>([['POST /v1/sessions/refresh', [problem(401, 'session_ended')]]]);
  const seen: Seen[] = [];
  const fetch = async (...call: ConstructorParameters<typeof Request>): Promise<Response> => {
    const request = new Request(...call);
    const text = await request.text();
    const { method, headers, signal } = request;
    const { pathname: path, searchParams: search } = new URL(request.url);
    const now: Seen = { method, path, search, headers, signal, body: text === '' ? undefined : JSON.parse(text) };
    seen.push(now);
    const replies = routes.get(`${method} ${path}`) ?? [];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    const outcome = typeof reply === 'function' ? await reply(now) : reply;
    if (!outcome) throw new TypeError(`no route ${method} ${path}`);
    if (!(outcome instanceof Response)) throw outcome;
    return outcome.clone();
  };
  vi.stubGlobal('fetch', vi.fn(fetch));
  return {
    seen,
    on: (route, ...replies) => void routes.set(route, replies),
    to: (route) => seen.filter(({ method, path }) => `${method} ${path}` === route),
  };
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
}

/** A problem document (RFC 9457). */
export function problem(status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Response {
  const body = { type: `urn:mofasa:problem:${code}`, title: `عنوان ${code}`, status, code, trace_id: `trace-${code}`, ...more };
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json', ...headers } });
}
