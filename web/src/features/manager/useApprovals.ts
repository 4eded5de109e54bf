import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import type { Approval } from '../../api/types.ts';

// How far back decisions are shown, in milliseconds: 30 days.
const recent = 30 * 24 * 3_600_000;

/** What waits for a second person of the office. */
export function useWaiting() {
  const { api } = useOffice();
  return useQuery({ queryKey: ['approvals', 'open'], queryFn: () => answer(api.GET('/v1/approvals', { params: { query: { state: 'open' } } })) });
}

/** What was decided in the last 30 days, or not in time; asked for once somebody looks. */
export function useDecided(looked: boolean) {
  const { api, clock } = useOffice();
  return useQuery({
    queryKey: ['approvals', 'decided'],
    enabled: looked,
    queryFn: async () => {
      const since = clock.now() - recent;
      const { approvals } = await answer(api.GET('/v1/approvals'));
      return approvals.filter(({ state, decided_at, expires_at }) => state !== 'open' && Date.parse(decided_at ?? expires_at) > since);
    },
  });
}

/** The second person's word. */
export interface Decision {
  verdict: 'approve' | 'refuse';
  remark?: string;
}

/** Approves, which is done at once, or refuses. A refused word, too, may mean that the list has changed. */
export function useDecide(approval: string) {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Decision) => answer(api.POST('/v1/approvals/{approval_id}/decision', { params: { path: { approval_id: approval } }, body })),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['approvals'] }), queries.invalidateQueries({ queryKey: ['staff'] })]),
  });
}

/** Whether somebody asked for it or would get it, and so does not decide about it. The server knows, too, whoever else had a hand in it. */
export function isTheirs({ requested_by, target_id }: Approval, person: string | undefined): boolean {
  return requested_by === person || target_id === person;
}
