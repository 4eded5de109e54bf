import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { Clock } from './clock.ts';
import type { paths } from './schema.gen.ts';

/** The generated client of the contract, on the portal's own origin. */
export type Api = Client<paths>;

/** What the client needs to know of the running session. */
export interface Wire {
  token(): string | undefined;
  language(): string;
  clock: Clock;
  /** Called when the server no longer accepts the token. */
  expired(): void;
}

// What trades the refresh cookie shows no token, and its refusal is no end of a session that has one.
function refreshes(request: Request): boolean {
  return request.headers.has('X-Mofasa-Refresh');
}

// A wrong password or code, asked for again in a running session, ends no session.
async function wrongSecret(response: Response): Promise<boolean> {
  const problem = (await response.clone().json().catch(() => undefined)) as { code?: string } | undefined;
  return problem?.code === 'credentials_invalid' || problem?.code === 'second_factor_invalid';
}

// Longer than the server's own limit for a payment provider, so that its 202 arrives before this gives up.
const timeout = 40_000;

function middleware(wire: Wire): Middleware {
  return {
    onRequest({ request }) {
      const token = wire.token();
      if (token && !request.headers.has('Authorization') && !refreshes(request)) request.headers.set('Authorization', `Bearer ${token}`);
      request.headers.set('Accept-Language', wire.language());
      return request;
    },
    async onResponse({ request, response }) {
      wire.clock.learn(response.headers.get('Date'));
      if (response.status === 401 && request.headers.has('Authorization') && !(await wrongSecret(response))) wire.expired();
      return undefined;
    },
  };
}

/** Makes the client. The access token travels in a header only; it is never stored and never part of a URL. */
export function createApi(wire: Wire): Api {
  const api = createClient<paths>({
    baseUrl: window.location.origin,
    cache: 'no-store',
    credentials: 'same-origin',
    fetch: (request) => fetch(request, { signal: AbortSignal.timeout(timeout) }),
  });
  api.use(middleware(wire));
  return api;
}
