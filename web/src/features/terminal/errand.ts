import { problemFrom } from '../../api/problem.ts';
import { agent, AgentProblem, type Sale } from './agent.ts';

// How long until a lost agent or server is tried again, in milliseconds; ever longer while that fails.
const soonest = 2_000;
const latest = 20_000;

/** One payment to be seen through at the terminal. */
export interface Errand {
  id: string;
  /** The server's signed order, while there is one. */
  order(): string | undefined;
  /** Whether a sale may still begin by it. */
  fresh(): boolean;
  tell(view: { sale?: Sale; problem?: unknown }): void;
  /** Brings a signed word to the server. */
  report(outcome: string): Promise<unknown>;
  pause(milliseconds: number, off: AbortSignal): Promise<void>;
}

/** Takes the order to the agent, follows the sale and brings each signed word to the server, until the sale has its end or it is called off. */
export async function seeThrough(errand: Errand, off: AbortSignal): Promise<void> {
  const carry = carrier(errand, off);
  for (let failures = 0; !off.aborted; ) {
    try {
      const sale = await takeUp(errand);
      errand.tell({ sale });
      await carry(sale.outcome);
      if (!open(sale)) return;
      failures = 0;
      for await (const news of agent.follow(errand.id, off)) {
        errand.tell({ sale: news });
        await carry(news.outcome);
        if (!open(news)) return;
      }
    } catch (problem) {
      if (await settled(problem, carry, errand)) return;
      failures += 1;
    }
    await errand.pause(Math.min(latest, soonest * 2 ** Math.max(0, failures - 1)), off);
  }
}

function carrier(errand: Errand, off: AbortSignal): (outcome: string | undefined) => Promise<void> {
  let told: string | undefined;
  return async (outcome) => {
    if (outcome === undefined || outcome === told || off.aborted) return;
    await errand.report(outcome);
    told = outcome;
  };
}

// A refusal for ever comes with its signed word: that ends the payment, too. Every other problem is told and tried again.
async function settled(problem: unknown, carry: (outcome: string | undefined) => Promise<void>, errand: Errand): Promise<boolean> {
  errand.tell({ problem });
  if (!(problem instanceof AgentProblem) || problem.outcome === undefined) return false;
  try {
    await carry(problem.outcome);
    return true;
  } catch (unsaid) {
    errand.tell({ problem: problemFrom(unsaid) });
    return false;
  }
}

function open(sale: Sale): boolean {
  return sale.phase !== 'released' && (sale.state === 'pending' || sale.state === 'unknown');
}

// What the agent knows of the payment; one that it was never brought begins now, or, past its time, is spoken for.
async function takeUp({ id, order, fresh }: Errand): Promise<Sale> {
  try {
    return await agent.sale(id);
  } catch (problem) {
    const word = order();
    if (!(problem instanceof AgentProblem) || problem.code !== 'pos_payment_unknown' || word === undefined) throw problem;
    return fresh() ? agent.sell(word) : agent.recover(id, word);
  }
}
