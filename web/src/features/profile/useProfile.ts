import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { problemOf, answer } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';

const key = ['sessions'] as const;

// An answer without a body.
async function done(call: Promise<{ error?: unknown; response: Response }>): Promise<true> {
  const { error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return true;
}

/** Where the person is signed in. */
export function useSessions() {
  const { api } = useOffice();
  return useQuery({ queryKey: key, queryFn: () => answer(api.GET('/v1/sessions')) });
}

/** Ends some of them. */
export function useEndSession() {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ids: string[]) => Promise.all(ids.map((id) => done(api.DELETE('/v1/sessions/{session_id}', { params: { path: { session_id: id } } })))),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  });
}

/** Changes the person's password. */
export function useChangePassword() {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ before, after }: { before: string; after: string }) => done(api.POST('/v1/me/password', { body: { old_password: before, new_password: after } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: key }),
  });
}

/** Turns the second factor off and takes what the person may do anew. */
export function useRemoveFactor() {
  const { api, renew } = useOffice();
  return useMutation({
    mutationFn: ({ password, code }: { password: string; code: string }) => done(api.POST('/v1/me/second-factor/removal', { body: { password, code } })),
    onSuccess: () => renew(),
  });
}
