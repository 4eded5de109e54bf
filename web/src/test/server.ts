import { vi } from 'vitest';

/** A request as it left the portal. */
export interface Seen {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

type Reply = Response | Error | ((seen: Seen) => Response | Error);

/** Stands where the network begins: answers by "METHOD /path", several replies in turn, the last for ever. */
export interface FakeServer {
  seen: Seen[];
  on(route: string, ...replies: Reply[]): void;
  /** The requests of one route. */
  to(route: string): Seen[];
}

/** Replaces fetch until the end of the test. An unknown route is a network failure. */
export function fakeServer(): FakeServer {
  const routes = new Map<string, Reply[]>();
  const seen: Seen[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const text = await request.text();
    const { method, headers } = request;
    const path = new URL(request.url).pathname;
    const now: Seen = { method, path, headers, body: text === '' ? undefined : JSON.parse(text) };
    seen.push(now);
    const replies = routes.get(`${method} ${path}`) ?? [];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    const outcome = typeof reply === 'function' ? reply(now) : reply;
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
