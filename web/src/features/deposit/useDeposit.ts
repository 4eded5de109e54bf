import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { keys } from '../../api/keys.ts';
import { heeding, looking, watching } from '../../api/pace.ts';
import { isUndecided } from '../../api/payment.ts';
import { answer } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import type { Payment } from '../../api/types.ts';
import { useOccasion } from '../../api/useOccasion.ts';

/** What moved it, page by page, the newest first. */
export function useStatement() {
  const { api } = useOffice();
  return useInfiniteQuery({
    queryKey: [...keys.deposit, 'statement'],
    queryFn: ({ pageParam }) => answer(api.GET('/v1/deposit/statement', { params: { query: { limit: 50, ...(pageParam && { before: pageParam }) } } })),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
  });
}

/** What the office has said that it transferred. */
export function useTransfers() {
  const { api } = useOffice();
  return useQuery({ queryKey: [...keys.deposit, 'transfers'], queryFn: () => answer(api.GET('/v1/deposit/transfers')) });
}

const topUps = ['topup'] as const;
const underWay = [...topUps, 'under way'] as const;

/** Starts a payment by card that adds to the deposit. */
export function useTopUp(onBegun: (payment: Payment) => void) {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  const [occasion, next] = useOccasion();
  return useMutation({
    mutationFn: (amount: number) =>
      intend(`top up ${occasion} ${amount}`, (idempotency) =>
        answer(api.POST('/v1/deposit/topups', { params: { header: { 'Idempotency-Key': idempotency } }, body: { amount_rial: amount } })),
      ),
    onSuccess: (payment) => {
      queries.setQueryData([...topUps, payment.id], payment);
      next();
      onBegun(payment);
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: underWay }),
  });
}

/** The office's top-ups whose money is not certain: watched while one is undecided, and otherwise looked for, since somebody may begin one elsewhere. */
export function useTopUpsUnderWay() {
  const { api } = useOffice();
  return useQuery({
    queryKey: underWay,
    queryFn: async () => (await answer(api.GET('/v1/deposit/topups', { params: { query: { undecided: true, limit: 200 } } }))).payments,
    refetchInterval: ({ state }) => heeding(state.data?.some(isUndecided) ? watching() : looking(), state),
    refetchIntervalInBackground: true,
    gcTime: 0, // Whoever comes back is told what the server says now, not what it said when they left.
  });
}

function pace(payment: Payment | undefined): number | false {
  if (payment && isUndecided(payment)) return watching();
  return (!payment || payment.state === 'suspense') && looking();
}

/** A payment that adds to the deposit, watched until it is decided; then the deposit is asked for again. */
export function useTopUpPayment(id: string) {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useQuery({
    queryKey: [...topUps, id],
    queryFn: async () => {
      const payment = await answer(api.GET('/v1/payments/{payment_id}', { params: { path: { payment_id: id } } }));
      if (!isUndecided(payment)) {
        void queries.invalidateQueries({ queryKey: keys.deposit });
        void queries.invalidateQueries({ queryKey: underWay });
      }
      return payment;
    },
    refetchInterval: ({ state }) => heeding(pace(state.data), state),
    refetchIntervalInBackground: true,
  });
}

/** A transfer to the platform's account. */
export interface Transfer {
  amount_rial: number;
  reference: string;
  paid_on: string;
}

/** Tells of a transfer. */
export function useDeclareTransfer() {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (transfer: Transfer) =>
      intend(`transfer ${JSON.stringify(transfer)}`, (idempotency) =>
        answer(api.POST('/v1/deposit/transfers', { params: { header: { 'Idempotency-Key': idempotency } }, body: transfer })),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...keys.deposit, 'transfers'] }),
  });
}

/** Sets below which amount the office is warned. */
export function useSetWarning() {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (below: number) => answer(api.PUT('/v1/deposit/warning', { body: { below_rial: below } })),
    onSuccess: (deposit) => queries.setQueryData(keys.depositStanding, deposit),
  });
}

/** What the office has asked to have back. */
export function useWithdrawals() {
  const { api } = useOffice();
  return useQuery({ queryKey: [...keys.deposit, 'withdrawals'], queryFn: () => answer(api.GET('/v1/deposit/withdrawals')) });
}

/** Unused money that goes back to the office's account. */
export interface Withdrawal {
  amount_rial: number;
  iban: string;
}

/** Asks for it; from then on it is held and pays for nothing. */
export function useAskWithdrawal() {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  const [occasion, next] = useOccasion();
  return useMutation({
    mutationFn: (withdrawal: Withdrawal) =>
      intend(`withdraw ${occasion} ${JSON.stringify(withdrawal)}`, (idempotency) =>
        answer(api.POST('/v1/deposit/withdrawals', { params: { header: { 'Idempotency-Key': idempotency } }, body: withdrawal })),
      ),
    onSuccess: () => {
      next();
      return queries.invalidateQueries({ queryKey: keys.deposit });
    },
  });
}
