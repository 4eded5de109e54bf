import { isUndecided } from '../../api/payment.ts';
import type { Order, Payment } from '../../api/types.ts';

/** What the operator can do about the money now. */
export type Stance = 'pay' | 'watch' | 'suspense' | 'paid' | 'closed';

/** The attempt whose outcome is not certain yet. */
export function pending(order: Order): Payment | undefined {
  return order.payments.find(isUndecided);
}

/** Whether nothing is left to happen to an order while somebody looks at it: it is closed or certified, and no money is on its way. */
export function atRest(order: Order): boolean {
  if (pending(order)) return false;
  return order.certificate_serial !== undefined || ['cancelled', 'expired', 'refunded'].includes(order.state);
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

/** What the open bills come to. */
export function restOf(order: Order): number {
  return openBills(order).reduce((sum, bill) => sum + bill.amount_rial, 0);
}

/** Whether a payment has taken the fee of the order, or may have. */
export function feeTaken(order: Order): boolean {
  return order.payments.some(({ fee_rial: fee, state }) => fee !== undefined && !['failed', 'reversed', 'refunded'].includes(state));
}

/** The fee that the order's next payment takes, unless a bank collects it, which takes none. */
export function feeDue(order: Order): number {
  return order.fee?.charged && !feeTaken(order) ? order.fee.amount_rial : 0;
}

/** What payments have brought, the fee included. */
export function receivedOf(order: Order): number {
  return order.payments.filter(({ state }) => state === 'captured').reduce((sum, payment) => sum + payment.amount_rial, 0);
}

/** Puts a new or changed attempt into the order, so that the page knows of it before it asks again. */
export function withPayment(order: Order, payment: Payment): Order {
  const others = order.payments.filter(({ id }) => id !== payment.id);
  return { ...order, payments: [...others, payment] };
}
