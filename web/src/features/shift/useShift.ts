import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { answer, problemFrom } from '../../api/problem.ts';
import { useMay, useOffice } from '../../api/session.tsx';
import type { PaymentMethod, Shift } from '../../api/types.ts';
import { useOccasion } from '../../api/useOccasion.ts';

const key = ['shift'] as const;
const current = [...key, 'current'] as const;

// As many as the server gives at once.
const pageLength = 100;

/** The person's open shift with what it has taken so far; null: none is open. */
export function useCurrentShift() {
  const { api } = useOffice();
  return useQuery({
    queryKey: current,
    queryFn: async (): Promise<Shift | null> => {
      try {
        return await answer(api.GET('/v1/shifts/current'));
      } catch (error) {
        if (problemFrom(error).facts.code === 'shift_not_open') return null;
        throw error;
      }
    },
    refetchInterval: 15_000,
  });
}

/** The shifts that the person sees, page by page, the newest first. */
export function useShifts() {
  const { api } = useOffice();
  return useInfiniteQuery({
    queryKey: [...key, 'list'],
    queryFn: ({ pageParam }) => answer(api.GET('/v1/shifts', { params: { query: pageParam ? { before: pageParam } : {} } })),
    initialPageParam: 0,
    getNextPageParam: ({ shifts }) => (shifts.length < pageLength ? undefined : shifts.at(-1)?.number),
  });
}

/** Names the office's people by their ids, for whoever may see them. */
export function useNames(): (person: string) => string {
  const { api } = useOffice();
  const { t } = useTranslation();
  const enabled = useMay('people.read');
  const staff = useQuery({ queryKey: ['staff'], queryFn: () => answer(api.GET('/v1/people')), enabled });
  return (person) => staff.data?.people.find(({ id }) => id === person)?.name_fa ?? t('app.none');
}

/** Whether the office takes money in open shifts alone. */
export function useShiftRule() {
  const { api } = useOffice();
  return useQuery({ queryKey: [...key, 'rule'], queryFn: () => answer(api.GET('/v1/shifts/rule')) });
}

/** Says whether it does. */
export function useSetShiftRule() {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (required: boolean) => answer(api.PUT('/v1/shifts/rule', { body: { required } })),
    onSuccess: (rule) => queries.setQueryData([...key, 'rule'], rule),
  });
}

/** Opens the person's shift. */
export function useOpenShift() {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  const [occasion, next] = useOccasion();
  return useMutation({
    mutationFn: (float: number) =>
      intend(`open shift ${occasion} ${float}`, (idempotency) =>
        answer(api.POST('/v1/shifts', { params: { header: { 'Idempotency-Key': idempotency } }, body: { opening_float_rial: float } })),
      ),
    onSuccess: next,
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  });
}

/** What was counted, and a word about it. */
export interface Count {
  counted: { method: PaymentMethod; amount_rial: number }[];
  note: string;
}

/** Closes a shift for ever. */
export function useCloseShift(id: string) {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ counted, note }: Count) =>
      intend(`close shift ${id} ${JSON.stringify(counted)} ${note}`, (idempotency) =>
        answer(
          api.POST('/v1/shifts/{shift_id}/closing', {
            params: { path: { shift_id: id }, header: { 'Idempotency-Key': idempotency } },
            body: { counted, ...(note && { note }) },
          }),
        ),
      ),
    // The page shows at once that the shift is closed; an answer that is still on its way was given before.
    onSuccess: async () => {
      await queries.cancelQueries({ queryKey: current });
      queries.setQueryData<Shift | null>(current, (known) => (known?.id === id ? null : known));
      void queries.invalidateQueries({ queryKey: [...key, 'list'] });
    },
  });
}

/** Makes the page ask again where the person's shift stands. */
export function useFreshShift(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: key });
}
