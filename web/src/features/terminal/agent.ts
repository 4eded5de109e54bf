import { eventsOf } from '../../api/events.ts';
import { remembered } from '../../api/machine.ts';
import type { Text } from '../../api/types.ts';

/** Where the agent listens unless this machine was told otherwise. */
export const usualPort = '8899';

/** How far a sale at the terminal has come; card and PIN are one step, since the terminal says nothing between them. */
export type Phase = 'connecting' | 'connected' | 'waiting_for_card' | 'recovering' | 'unknown' | 'done' | 'released';

/** A sale as the agent tells of it. `outcome` is its signed word for the server. */
export interface Sale {
  payment_id: string;
  amount_rial: number;
  phase: Phase;
  state: 'pending' | 'approved' | 'declined' | 'mismatch' | 'unknown';
  message: Text;
  outcome?: string;
  /** Why a sale took nothing: the terminal's own code, or the agent's word. */
  code?: string;
  next_search_at?: string;
}

/** What the agent says of itself; `sale` is what keeps it from another one, `latest` the last one that it began. */
export interface AgentStatus {
  device_id: string;
  state: 'ready' | 'busy' | 'unknown';
  sale?: Sale;
  latest?: Sale;
}

/**
 * A call to the agent that came to nothing: nobody listens there (`absent`), or the agent refused by a code and in words. A refusal for ever carries `outcome`, the agent's
 * signed word that this order never begins.
 */
export class AgentProblem extends Error {
  override readonly name = 'AgentProblem';
  readonly code: string;
  readonly text: Text | undefined;
  readonly outcome: string | undefined;

  constructor(code: string, said: { text?: Text; outcome?: string; cause?: unknown } = {}) {
    super(code, { cause: said.cause });
    this.code = code;
    this.text = said.text;
    this.outcome = said.outcome;
  }
}

const patience = 5_000;
// The agent shows every fifteen seconds that it lives.
const silence = 40_000;

async function reach(path: string, init: RequestInit): Promise<Response> {
  const address = `http://127.0.0.1:${remembered('agent') ?? usualPort}/v1${path}`;
  const response = await fetch(address, { cache: 'no-store', credentials: 'omit', ...init }).catch((cause: unknown) => {
    throw new AgentProblem('absent', { cause });
  });
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { code?: string; title?: string; title_fa?: string; outcome?: string };
  throw new AgentProblem(said.code ?? 'absent', {
    ...(said.title_fa && { text: { fa: said.title_fa, en: said.title ?? '' } }),
    ...(said.outcome && { outcome: said.outcome }),
  });
}

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await reach(path, { ...init, signal: AbortSignal.timeout(patience) });
  return (await response.json().catch((cause: unknown) => {
    throw new AgentProblem('absent', { cause }); // another program has the port
  })) as T;
}

function post<T>(path: string, body?: Record<string, string>): Promise<T> {
  return call(path, { method: 'POST', ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }) });
}

/** The agent of the card terminal on this very machine: the only other program that the portal speaks to. Payment ids are the only thing in its addresses. */
export const agent = {
  status: () => call<AgentStatus>('/status'),
  sale: (payment: string) => call<Sale>(`/sales/${payment}`),
  /** Has the terminal carry out what the server has signed; the same order again is the same sale. */
  sell: (order: string) => post<Sale>('/sales', { order }),
  /** Has it search for a sale now; the order makes it answer for one that it was never brought, too. */
  recover: (payment: string, order?: string) => post<Sale>(`/sales/${payment}/recover`, order === undefined ? undefined : { order }),
  /** Lets the terminal sell again after a sale that the server has settled without it. */
  release: (payment: string, word: string) => post<Sale>(`/sales/${payment}/release`, { release: word }),
  /** Every step of a sale from now on, until its end or until it is called off. */
  async *follow(payment: string, off: AbortSignal): AsyncGenerator<Sale> {
    const { body } = await reach(`/sales/${payment}/events`, { signal: off, headers: { Accept: 'text/event-stream' } });
    if (!body) return;
    for await (const { data } of eventsOf(body, silence)) yield JSON.parse(data) as Sale;
  },
};
