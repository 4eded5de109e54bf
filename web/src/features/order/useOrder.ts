import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { keys } from '../../api/keys.ts';
import { heeding, looking, watching } from '../../api/pace.ts';
import { gatewayAddress } from '../../api/payment.ts';
import { answer } from '../../api/problem.ts';
import { refundsOf } from '../../api/refunds.ts';
import { useMay, useOffice } from '../../api/session.tsx';
import type { Order, Payment, Refund } from '../../api/types.ts';
import type { GatewayTab } from './gatewayTab.ts';
import { atRest, pending, withPayment } from './order.ts';
import { useLive } from './useLive.ts';

function interval(order: Order | undefined, live: boolean): number | false {
  if (order && pending(order)) return watching(live);
  return !live && order !== undefined && ['open', 'part_paid'].includes(order.state) && looking();
}

/** The order, fresh: by the server's events, and without them asked again as often as its state is worth, or as late as the server wants. */
export function useOrder(id: string) {
  const { api } = useOffice();
  const asked = { queryKey: keys.order(id), queryFn: () => answer(api.GET('/v1/orders/{order_id}', { params: { path: { order_id: id } } })) };
  const known = useQuery<Order, Error, boolean>({ ...asked, enabled: false, select: atRest });
  const live = useLive(id, known.data === false);
  return useQuery<Order>({
    ...asked,
    refetchInterval: ({ state }) => heeding(interval(state.data, live), state),
    refetchIntervalInBackground: true,
  });
}

/** One attempt as the operator wants it. */
export type Attempt = { method: 'gateway'; tab: GatewayTab } | { method: 'terminal'; device: string } | { method: 'deposit' };

const deviceOf = (attempt: Attempt) => (attempt.method === 'terminal' ? attempt.device : '');

/** Starts one attempt to pay and leads a waiting tab to it. The same click repeated after a lost answer is the same attempt. */
export function useCreatePayment(order: Order) {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  const key = keys.order(order.id);
  const leave = (attempt: Attempt) => attempt.method === 'gateway' && attempt.tab.close();
  return useMutation({
    mutationFn: (attempt: Attempt) =>
      intend(`payment ${order.id} ${order.payments.length} ${attempt.method} ${deviceOf(attempt)}`, (idempotency) =>
        answer(
          api.POST('/v1/orders/{order_id}/payments', {
            params: { path: { order_id: order.id }, header: { 'Idempotency-Key': idempotency } },
            body: { method: attempt.method, ...(attempt.method === 'terminal' && { device_id: attempt.device }) },
          }),
        ),
      ),
    onSuccess: (payment: Payment, attempt) => {
      const address = gatewayAddress(payment);
      if (attempt.method === 'gateway' && address) attempt.tab.go(address);
      else leave(attempt);
      queries.setQueryData<Order>(key, (known) => (known ? withPayment(known, payment) : known));
    },
    onError: (_error, attempt) => leave(attempt),
    onSettled: (_payment, _error, attempt) => {
      if (attempt.method === 'deposit') void queries.invalidateQueries({ queryKey: keys.deposit });
      return queries.invalidateQueries({ queryKey: key });
    },
  });
}

/** What people asked back of a paid order, not what a payer's bank took: how much nobody has decided about, and what was refused since nothing else came after it. Nothing where this person may not know. */
export function useRefundsAsked(order: Order): { waiting: number; refused: Refund[] } {
  const { api } = useOffice();
  const may = useMay('refunds.read');
  const brought = may && order.state === 'paid' ? order.payments.filter(({ state }) => state === 'captured') : [];
  return useQueries({
    queries: brought.map(({ id }) => refundsOf(api, id)),
    combine: (answers) => {
      const lists = answers.map(({ data }) => data?.refunds.filter(({ kind }) => kind === 'refund') ?? []);
      const newest = lists.flatMap((list) => list.filter((refund, at) => at === list.findIndex(({ bill_id }) => bill_id === refund.bill_id)));
      const waiting = lists.flat().reduce((sum, refund) => sum + (refund.state === 'waiting' ? refund.amount_rial : 0), 0);
      return { waiting, refused: newest.filter(({ state }) => state === 'refused') };
    },
  });
}

/** Counts a print of a receipt and gives what goes on the paper. A click without an answer, repeated, is the same print. */
export function usePrintReceipt() {
  const { api, intend } = useOffice();
  return useMutation({
    mutationFn: (number: number) =>
      intend(`print ${number}`, (key) =>
        answer(
          api.POST('/v1/receipts/{receipt_number}/prints', { params: { path: { receipt_number: number }, header: { 'Idempotency-Key': key } } }),
        ),
      ),
  });
}

/** Gives the claimed dues back. */
export function useCancelOrder(order: Order) {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      intend(`cancel ${order.id}`, (key) =>
        answer(
          api.POST('/v1/orders/{order_id}/cancellation', {
            params: { path: { order_id: order.id }, header: { 'Idempotency-Key': key } },
          }),
        ),
      ),
    onSuccess: (cancelled) => queries.setQueryData(keys.order(order.id), cancelled),
    onError: () => queries.invalidateQueries({ queryKey: keys.order(order.id) }),
  });
}
