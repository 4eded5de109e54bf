import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { keys } from '../../api/keys.ts';
import { answer, problemFrom } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import type { Order, Payment } from '../../api/types.ts';
import type { GatewayTab } from './gatewayTab.ts';
import { gatewayAddress, pending, withPayment } from './order.ts';

const watchEvery = 2_000;

/** The order; asked again every two seconds while a payment is undecided, or as late as the server wants. */
export function useOrder(id: string) {
  const { api } = useOffice();
  return useQuery({
    queryKey: keys.order(id),
    queryFn: () => answer(api.GET('/v1/orders/{order_id}', { params: { path: { order_id: id } } })),
    refetchInterval: ({ state }) => {
      if (!state.data || !pending(state.data)) return false;
      const wait = state.status === 'error' ? problemFrom(state.error).facts.retryAfter : undefined;
      return Math.max(watchEvery, (wait ?? 0) * 1000);
    },
    refetchIntervalInBackground: true,
  });
}

/** Starts one attempt to pay and leads the waiting tab to it. The same click repeated after a lost answer is the same attempt. */
export function useCreatePayment(order: Order) {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  const key = keys.order(order.id);
  return useMutation({
    mutationFn: (_tab: GatewayTab) =>
      intend(`payment ${order.id} ${order.payments.length}`, (idempotency) =>
        answer(
          api.POST('/v1/orders/{order_id}/payments', {
            params: { path: { order_id: order.id }, header: { 'Idempotency-Key': idempotency } },
            body: { method: 'gateway' },
          }),
        ),
      ),
    onSuccess: (payment: Payment, tab) => {
      const address = gatewayAddress(payment);
      if (address) tab.go(address);
      else tab.close();
      queries.setQueryData<Order>(key, (known) => (known ? withPayment(known, payment) : known));
    },
    onError: (_error, tab) => tab.close(),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
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
