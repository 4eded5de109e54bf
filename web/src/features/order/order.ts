import type { Order, Payment } from '../../api/types.ts';

// Not decided yet: the server is still asking, so the page watches and nobody pays twice.
const undecided = new Set<Payment['state']>(['created', 'sent', 'unknown', 'confirmed']);

/** What the operator can do about the money now. */
export type Stance = 'pay' | 'watch' | 'suspense' | 'paid' | 'closed';

/** The attempt whose outcome is not certain yet. */
export function pending(order: Order): Payment | undefined {
  return order.payments.find((payment) => undecided.has(payment.state));
}

/** Decides from the order alone; `now` is the server's time in milliseconds. */
export function stanceOf(order: Order, now: number): Stance {
  if (pending(order)) return 'watch';
  if (order.payments.some((payment) => payment.state === 'suspense')) return 'suspense';
  if (order.state === 'paid') return 'paid';
  if (order.state === 'cancelled' || order.state === 'expired' || order.state === 'refunded') return 'closed';
  return Date.parse(order.valid_until) > now ? 'pay' : 'closed';
}

/** Whether the claimed dues can be given back: nothing was paid and nothing is under way. */
export function canCancel(order: Order): boolean {
  return order.state === 'open' && order.paid_rial === 0 && !pending(order) && !order.payments.some((payment) => payment.state === 'suspense');
}

/** The bills that still wait for money. */
export function openBills(order: Order): Order['bills'] {
  return order.bills.filter((bill) => bill.state === 'open');
}

/** Fiscal years in runs without a gap, first and last of each. */
export function yearRuns(years: number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const year of [...years].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && year <= run[1] + 1) run[1] = year;
    else runs.push([year, year]);
  }
  return runs;
}

/** Puts a new or changed attempt into the order, so that the page knows of it before it asks again. */
export function withPayment(order: Order, payment: Payment): Order {
  const others = order.payments.filter(({ id }) => id !== payment.id);
  return { ...order, payments: [...others, payment] };
}

/** An address that the payer may be sent to, or undefined for anything that is no web page. */
export function gatewayAddress(payment: Payment | undefined): string | undefined {
  if (payment?.state !== 'sent' || !payment.redirect_url) return undefined;
  if (!URL.canParse(payment.redirect_url, window.location.origin)) return undefined;
  const address = new URL(payment.redirect_url, window.location.origin);
  return /^https?:$/.test(address.protocol) ? address.href : undefined;
}
