import type { OrderEvent, Refund } from '../../api/types.ts';

/** Where money stands that is to go back. */
export type RefundStanding = 'waiting' | 'granted';

/**
 * What of an order is asked back or on its way: a grant tells more than a wish. Whoever may not read refunds has the order's story alone, which tells of no refusal.
 */
export function refundStanding(refunds: Refund[] | undefined, events: OrderEvent[]): RefundStanding | undefined {
  if (refunds) return (['granted', 'waiting'] as const).find((standing) => refunds.some(({ state }) => state === standing));
  const count = (wanted: string) => events.filter(({ kind, state }) => kind === 'refund' && state === wanted).length;
  const [asked, granted, paid] = [count('waiting'), count('granted'), count('paid')];
  if (granted > paid) return 'granted';
  return asked > Math.max(granted, paid) ? 'waiting' : undefined;
}
