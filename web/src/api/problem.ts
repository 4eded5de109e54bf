import type { Inquiry } from './types.ts';

/** What the operator can do about a problem; decides heading, advice and whether trying again makes sense. */
export type ProblemKind =
  | 'offline'
  | 'timeout'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'invalid'
  | 'limited'
  | 'server';

/** One refused field of a request. `position` counts characters in the given value. */
export interface FieldError {
  field: string;
  code: string;
  detail: string;
  position?: number;
}

/** Everything that is known about a failed call. Times are ISO 8601 in UTC, `retryAfter` is in seconds. */
export interface ProblemFacts {
  kind: ProblemKind;
  status?: number;
  code?: string;
  title?: string;
  traceId?: string;
  fields?: FieldError[];
  retryAfter?: number;
  claimedUntil?: string;
  inquiry?: Inquiry;
}

/** A failed call, whether the server refused it (RFC 9457), broke, or was never reached. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly facts: ProblemFacts;

  constructor(facts: ProblemFacts, cause?: unknown) {
    super(facts.code ?? facts.kind, { cause });
    this.facts = facts;
  }

  /** Whether the server certainly refused, so that repeating the same request cannot have a second effect. */
  get definite(): boolean {
    const { status = 0 } = this.facts;
    return status >= 400 && status < 500 && !undecided.has(status);
  }

  /** Whether trying again unchanged can help. */
  get passing(): boolean {
    return passingKinds.has(this.facts.kind);
  }
}

// Not signed in, request timeout, too early, limited: the request was not carried out and is repeated under its own key.
const undecided = new Set([401, 408, 425, 429]);

const passingKinds = new Set<ProblemKind>(['offline', 'timeout', 'limited', 'server']);

const kinds: Record<number, ProblemKind> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'timeout',
  409: 'conflict',
  429: 'limited',
  504: 'timeout',
};

function kindOf(status: number): ProblemKind {
  return kinds[status] ?? (status >= 400 && status < 500 ? 'invalid' : 'server');
}

/** Reads an answer that is not 2xx. A body that is no problem document (a proxy's page, say) leaves the status alone. */
export function problemOf(response: Response, body: unknown): Problem {
  const facts: ProblemFacts = { kind: kindOf(response.status), status: response.status };
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  if (Number.isFinite(retryAfter)) facts.retryAfter = Math.max(0, retryAfter);
  return new Problem({ ...facts, ...documentOf(body) });
}

function documentOf(body: unknown): Partial<ProblemFacts> {
  if (typeof body !== 'object' || body === null) return {};
  const given = body as Record<string, unknown>;
  const facts: Partial<ProblemFacts> = {};
  if (typeof given['code'] === 'string') facts.code = given['code'];
  if (typeof given['title'] === 'string') facts.title = given['title'];
  if (typeof given['trace_id'] === 'string') facts.traceId = given['trace_id'];
  if (typeof given['claimed_until'] === 'string') facts.claimedUntil = given['claimed_until'];
  if (Array.isArray(given['errors'])) facts.fields = given['errors'] as FieldError[];
  if (given['inquiry']) facts.inquiry = given['inquiry'] as Inquiry;
  return facts;
}

/** Turns anything thrown into a Problem: no connection, no answer in time, or an answer that cannot be read. */
export function problemFrom(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  const name = (cause as { name?: unknown } | null | undefined)?.name;
  if (name === 'TimeoutError' || name === 'AbortError') return new Problem({ kind: 'timeout' }, cause);
  if (cause instanceof TypeError) return new Problem({ kind: 'offline' }, cause);
  return new Problem({ kind: 'server' }, cause);
}

/** The data of a call; throws a Problem for every other outcome. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const result = await call.catch((cause: unknown) => {
    throw problemFrom(cause);
  });
  if (!result.response.ok) throw problemOf(result.response, result.error);
  if (result.data === undefined || result.data === null) throw new Problem({ kind: 'server', status: result.response.status });
  return result.data;
}
