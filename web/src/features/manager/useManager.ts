import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import type { Device, StaffMember } from '../../api/types.ts';
import type { Role } from './roles.ts';

/** The people of the office; asked for only where they are wanted. */
export function useStaff(wanted = true) {
  const { api } = useOffice();
  return useQuery({ queryKey: ['staff'], queryFn: () => answer(api.GET('/v1/people')), enabled: wanted });
}

/** Who is invited, as what. */
export interface Newcomer {
  username: string;
  name_fa: string;
  national_id: string;
  role: Role;
}

/** Makes an invitation, whose secret is told once. */
export function useInvite() {
  const { api } = useOffice();
  return useMutation({ mutationFn: (body: Newcomer) => answer(api.POST('/v1/invitations', { body })) });
}

/** Changes what a colleague may do. */
export function useChangeRole(person: string) {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { role: string; reason: string }) => answer(api.POST('/v1/people/{person_id}/role', { params: { path: { person_id: person } }, body })),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['staff'] }), queries.invalidateQueries({ queryKey: ['approvals'] })]),
  });
}

/** Locks, unlocks or lets go of a colleague. */
export function useChangeStanding(person: string) {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { standing: StaffMember['standing']; reason: string }) =>
      answer(api.POST('/v1/people/{person_id}/standing', { params: { path: { person_id: person } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['staff'] }),
  });
}

/** The devices of the office; asked for again and again while one is about to pair itself. */
export function useDevices(watched = false) {
  const { api } = useOffice();
  return useQuery({ queryKey: ['devices'], queryFn: () => answer(api.GET('/v1/devices')), refetchInterval: watched ? 3_000 : false });
}

/** Gets a code with which a device pairs itself. */
export function useInviteDevice() {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; kind: Device['kind'] }) => answer(api.POST('/v1/devices', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['devices'] }),
  });
}

/** Refuses a device from now on. */
export function useRevokeDevice(device: string) {
  const { api } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => answer(api.POST('/v1/devices/{device_id}/revocation', { params: { path: { device_id: device } }, body: { reason } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['devices'] }),
  });
}

/** What the office may do for each city. */
export function useAgreements() {
  const { api } = useOffice();
  return useQuery({ queryKey: ['agreements'], queryFn: () => answer(api.GET('/v1/agreements')) });
}

/** What cities have proposed. */
export function useProposals() {
  const { api } = useOffice();
  return useQuery({ queryKey: ['proposals'], queryFn: () => answer(api.GET('/v1/agreements/proposals')) });
}

/** One proposal with its text. */
export function useProposal(id: string) {
  const { api } = useOffice();
  return useQuery({
    queryKey: ['proposals', id],
    queryFn: () => answer(api.GET('/v1/agreements/proposals/{proposal_id}', { params: { path: { proposal_id: id } } })),
  });
}

/** Accepts a proposal with the version of the text that was read. */
export function useAccept(id: string) {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (version: string) =>
      intend(`accept ${id} ${version}`, (key) =>
        answer(
          api.POST('/v1/agreements/proposals/{proposal_id}/acceptance', {
            params: { path: { proposal_id: id }, header: { 'Idempotency-Key': key } },
            body: { text_version: version },
          }),
        ),
      ),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['proposals'] }), queries.invalidateQueries({ queryKey: ['agreements'] })]),
  });
}

/** What the payer gives for the office's services. */
export function useFees() {
  const { api } = useOffice();
  return useQuery({ queryKey: ['fees'], queryFn: () => answer(api.GET('/v1/fees')) });
}

/** What each operator did in a run of Jalali days. */
export function useUsage(from: string, to: string) {
  const { api } = useOffice();
  return useQuery({ queryKey: ['usage', from, to], queryFn: () => answer(api.GET('/v1/usage', { params: { query: { from, to } } })) });
}

/** The same as a workbook, asked for with the token and held in this browser alone. */
export function useSpreadsheet() {
  const { api } = useOffice();
  return useMutation({ mutationFn: (query: { from: string; to: string }) => answer(api.GET('/v1/usage/spreadsheet', { params: { query }, parseAs: 'blob' })) });
}
