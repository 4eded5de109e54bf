import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { pause } from '../../api/events.ts';
import { keys } from '../../api/keys.ts';
import { answer } from '../../api/problem.ts';
import { useOffice, type Office } from '../../api/session.tsx';
import type { Payment } from '../../api/types.ts';
import type { Sale } from './agent.ts';
import { seeThrough } from './errand.ts';

/** A sale at the terminal: what the agent last said of it, what stands in the way now, and a way to look again at once. */
export interface SaleView {
  sale?: Sale;
  problem?: unknown;
}

/**
 * Sees a payment through at this machine's card terminal, from wherever it stands: a page that was reloaded, a machine that slept and a tab that comes back take the sale
 * up again, and a second page beside it does no harm, since the agent knows its sales and the server takes the same outcome twice.
 */
export function useSale(orderId: string, payment: Payment): SaleView & { look: () => void } {
  const { api, clock } = useOffice();
  const queries = useQueryClient();
  const [view, setView] = useState<SaleView>({});
  const [looks, setLooks] = useState(0);
  const { id } = payment;
  // The server signs the order anew whenever the payment is read, which is no reason to begin again.
  const latest = useRef(payment);
  useEffect(() => {
    latest.current = payment;
  });
  useEffect(() => {
    const off = new AbortController();
    const tell = (news: SaleView) => {
      if (!off.signal.aborted) setView((known) => ({ ...known, problem: undefined, ...news }));
    };
    const brought = () => queries.invalidateQueries({ queryKey: keys.order(orderId) });
    const fresh = () => Date.parse(latest.current.expires_at) > clock.now();
    const order = () => latest.current.terminal_order;
    void seeThrough({ id, order, fresh, tell, report: (outcome) => report(api, id, outcome).then(brought), pause }, off.signal);
    return () => off.abort();
  }, [id, orderId, api, clock, queries, looks]);
  const look = useCallback(() => setLooks((before) => before + 1), []);
  useEffect(() => onWaking(look), [look]);
  return { ...view, look };
}

// A machine that slept, or was without a network, waits for nothing that ran out meanwhile.
function onWaking(look: () => void): () => void {
  const shown = () => document.visibilityState === 'visible' && look();
  document.addEventListener('visibilitychange', shown);
  window.addEventListener('online', look);
  return () => {
    document.removeEventListener('visibilitychange', shown);
    window.removeEventListener('online', look);
  };
}

/** Brings the agent's signed word to the server and tells where the payment stands then. */
export function report(api: Office['api'], id: string, outcome: string): Promise<Payment> {
  return answer(api.POST('/v1/payments/{payment_id}/outcome', { params: { path: { payment_id: id } }, body: { outcome } }));
}
