import type { OrderSummary } from '../../api/types.ts';
import type { Tone } from '../../ui/Notice.tsx';

/** How an order's state looks. */
export const orderTones: Record<OrderSummary['state'], Tone | 'open'> = {
  open: 'open', part_paid: 'warn', paid: 'good', cancelled: 'neutral', expired: 'neutral', refunded: 'warn',
};

/** How a payment looks that is not decided or fits nothing; undefined for one that is over. */
export function payTone(state: string): Tone | 'open' | undefined {
  if (state === 'unknown' || state === 'suspense') return 'warn';
  return state === 'created' || state === 'sent' || state === 'confirmed' ? 'open' : undefined;
}
