import { isUndecided } from '../../api/payment.ts';
import { answer } from '../../api/problem.ts';
import type { Office } from '../../api/session.tsx';
import { agent, type Sale } from './agent.ts';
import { report } from './useSale.ts';

type Api = Office['api'];

const paymentOf = (api: Api, id: string) => answer(api.GET('/v1/payments/{payment_id}', { params: { path: { payment_id: id } } }));

/** Brings a sale's signed word to the server where that still waits for it. Gives the state of the payment afterwards. */
export async function bringLast(api: Api, sale: Sale | undefined): Promise<string> {
  if (sale?.outcome === undefined) return 'none';
  const payment = await paymentOf(api, sale.payment_id);
  return isUndecided(payment) ? (await report(api, sale.payment_id, sale.outcome)).state : payment.state;
}

/** Brings what the agent can learn of a sale to the server; where the server has settled it without the agent, it brings the agent the word that it may go on. */
export async function clearUp(api: Api, held: Sale): Promise<'open' | 'clear'> {
  const id = held.payment_id;
  const { outcome } = await searched(await agent.recover(id));
  if (outcome) await report(api, id, outcome);
  const payment = await paymentOf(api, id);
  if (isUndecided(payment)) return 'open';
  const { state } = await agent.sale(id);
  if (state !== 'unknown') return 'clear';
  const { release } = await answer(api.POST('/v1/payments/{payment_id}/terminal-release', { params: { path: { payment_id: id } } }));
  await agent.release(id, release);
  return 'clear';
}

const looks = 10;
const between = 700; // milliseconds

// The agent answers before its search is over; a terminal that is silent takes longer than anybody waits here.
async function searched(sale: Sale): Promise<Sale> {
  let now = sale;
  for (let at = 0; at < looks && now.phase === 'recovering'; at += 1) {
    await new Promise((done) => setTimeout(done, between));
    now = await agent.sale(sale.payment_id);
  }
  return now;
}
