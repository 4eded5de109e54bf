import { useInfiniteQuery, useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { answer } from '../../api/problem.ts';
import { refundsOf } from '../../api/refunds.ts';
import { useMay, useOffice } from '../../api/session.tsx';
import type { Order, Payment, Refund } from '../../api/types.ts';
import { useMunicipalityName } from '../../ui/municipality.ts';

/** What a list of visits is asked for: one day's, or those of a plate or a number. */
export interface VisitQuery {
  day?: string;
  plate?: string;
  number?: string;
}

/** Visits page by page, the newest first. What is looked for travels in the body and is no part of any address. */
export function useVisits(query: VisitQuery) {
  const { api } = useOffice();
  return useInfiniteQuery({
    queryKey: ['visits', query],
    queryFn: ({ pageParam }) => answer(api.POST('/v1/orders/searches', { body: { ...query, limit: 50, ...(pageParam && { after: pageParam }) } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: query.day ? 30_000 : false,
  });
}

/** The order of a visit. */
export function useVisit(id: string) {
  const { api } = useOffice();
  return useQuery({ queryKey: keys.order(id), queryFn: () => answer(api.GET('/v1/orders/{order_id}', { params: { path: { order_id: id } } })) });
}

/** All that happened to a visit. */
export function useTimeline(id: string) {
  const { api } = useOffice();
  return useQuery({
    queryKey: ['timeline', id],
    queryFn: () => answer(api.GET('/v1/orders/{order_id}/timeline', { params: { path: { order_id: id } } })),
  });
}

/** Names the city of one of the order's bills. */
export function useCityOf(order: Order): (bill: string | undefined) => string {
  const { t } = useTranslation();
  const name = useMunicipalityName();
  return (bill) => {
    const found = order.bills.find(({ id }) => id === bill);
    return found ? name(found.municipality) : t('app.none');
  };
}

/** What of a payment has been or can be given back. */
export function useRefunds(payment: string) {
  const { api } = useOffice();
  return useQuery(refundsOf(api, payment));
}

/** What of all that an order took is given back; undefined until it is known, and for whoever may not know. */
export function useRefundsOf(order: Order | undefined): Refund[] | undefined {
  const { api } = useOffice();
  const enabled = useMay('refunds.read');
  const taken = enabled ? (order?.payments.filter(broughtMoney) ?? []) : [];
  const found = useQueries({ queries: taken.map(({ id }) => refundsOf(api, id)) });
  if (!enabled || !order || found.some(({ data }) => !data)) return undefined;
  return found.flatMap(({ data }) => data?.refunds ?? []);
}

/** Whether a payment brought money, which can go back or has. */
export function broughtMoney({ state }: Payment): boolean {
  return state === 'captured' || state === 'refunded';
}

/** What an operator asks a city to give back. */
export interface RefundWish {
  bill: string | undefined;
  /** Of one bill, less than all that is left of it. */
  part: number | undefined;
  available: number;
  reason: string;
  iban: string;
}

/** Asks the cities; repeating the click after a lost answer asks once. */
export function useAskRefund(payment: string, order: string) {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wish: RefundWish) =>
      intend(`refund ${payment} ${JSON.stringify(wish)}`, (key) =>
        answer(
          api.POST('/v1/payments/{payment_id}/refund-requests', {
            params: { path: { payment_id: payment }, header: { 'Idempotency-Key': key } },
            body: {
              ...(wish.bill && { bill_id: wish.bill }),
              ...(wish.part && { amount_rial: wish.part }),
              ...(wish.iban && { payer_iban: wish.iban }),
              expected_available_rial: wish.available,
              reason: wish.reason,
            },
          }),
        ),
      ),
    onSettled: () =>
      Promise.all([queries.invalidateQueries({ queryKey: ['refunds', payment] }), queries.invalidateQueries({ queryKey: ['timeline', order] })]),
  });
}
