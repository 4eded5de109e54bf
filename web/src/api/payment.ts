import type { Payment } from './types.ts';

const undecided: ReadonlySet<Payment['state']> = new Set(['created', 'sent', 'unknown', 'confirmed']);

/** Whether it is not decided yet: the server is still asking, so the page watches and nobody pays twice. */
export function isUndecided({ state }: Pick<Payment, 'state'>): boolean {
  return undecided.has(state);
}

/** Whether the payer can still pay at the gateway, at the server's time in milliseconds. */
export function isPayable({ state, expires_at: until }: Pick<Payment, 'state' | 'expires_at'>, now: number): boolean {
  return state === 'sent' && Date.parse(until) > now;
}

/** An address that the payer may be sent to, or undefined for anything that is no web page. */
export function gatewayAddress(payment: Payment | undefined): string | undefined {
  if (payment?.state !== 'sent' || !payment.redirect_url) return undefined;
  if (!URL.canParse(payment.redirect_url, window.location.origin)) return undefined;
  const address = new URL(payment.redirect_url, window.location.origin);
  return /^https?:$/.test(address.protocol) ? address.href : undefined;
}
