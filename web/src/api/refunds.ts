import { queryOptions } from '@tanstack/react-query';
import type { Api } from './client.ts';
import { heeding, looking } from './pace.ts';
import { answer } from './problem.ts';

/** The question what of a payment has been or can be given back; asked again while something waits for its decision. */
export function refundsOf(api: Api, payment: string) {
  return queryOptions({
    queryKey: ['refunds', payment],
    queryFn: () => answer(api.GET('/v1/payments/{payment_id}/refunds', { params: { path: { payment_id: payment } } })),
    refetchInterval: ({ state }) => heeding(state.data?.refunds.some((refund) => refund.state === 'waiting') === true && looking(), state),
  });
}
