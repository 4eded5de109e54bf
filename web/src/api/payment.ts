import type { Payment } from './types.ts';

const undecided: ReadonlySet<Payment['state']> = new Set(['created', 'sent', 'unknown', 'confirmed']);

/** Whether it is not decided yet: the server is still asking, so the page watches and nobody pays twice. */
export function isUndecided({ state }: Pick<Payment, 'state'>): boolean {
  return undecided.has(state);
}

/** An address that the payer may be sent to, or undefined for anything that is no web page. */
export function gatewayAddress(payment: Payment | undefined): string | undefined {
  if (payment?.state !== 'sent' || !payment.redirect_url) return undefined;
  if (!URL.canParse(payment.redirect_url, window.location.origin)) return undefined;
  const address = new URL(payment.redirect_url, window.location.origin);
  return /^https?:$/.test(address.protocol) ? address.href : undefined;
}
