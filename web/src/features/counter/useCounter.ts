import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { keys } from '../../api/keys.ts';
import { answer } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import type { Inquiry, InquiryRequest } from '../../api/types.ts';
import { emptySearch, requestOf, searchOf } from './search.ts';
import type { Cuts, Payable } from './selection.ts';

/**
 * One vehicle at the counter. The address names the inquiry and never the vehicle, so a page that is loaded again, or opened beside, asks the same anew by the
 * inquiry's id.
 */
export function useInquiry(id: string | undefined) {
  const { api } = useOffice();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const asked = useRef<{ id: string; request: InquiryRequest }>(undefined);
  const search = useMutation({ gcTime: 0, mutationFn: (request: InquiryRequest) => answer(api.POST('/v1/inquiries', { body: request })) });
  const shown = useQuery({
    queryKey: keys.inquiry(id ?? ''),
    queryFn: () => answer(api.POST('/v1/inquiries/{inquiry_id}/repetition', { params: { path: { inquiry_id: id ?? '' } } })),
    enabled: id !== undefined,
    // Every look is counted and written down: nobody looks but by a press.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    gcTime: 60_000,
  });
  const show = (found: Inquiry, request: InquiryRequest) => {
    asked.current = { id: found.id, request };
    queries.setQueryData(keys.inquiry(found.id), found);
    void navigate(`/inquiries/${found.id}`);
  };
  useEffect(() => {
    search.reset();
    if (asked.current?.id !== id) asked.current = undefined;
  }, [id]);
  const typed = asked.current?.id === id ? asked.current?.request : undefined;
  return {
    search: (request: InquiryRequest) => search.mutate(request, { onSuccess: show }),
    clear: () => {
      search.reset();
      if (id !== undefined) void navigate('/');
    },
    repeat: () => (search.isError ? search.mutate(search.variables, { onSuccess: show }) : void shown.refetch()),
    pending: search.isPending || (search.isSuccess && search.data.id !== id) || shown.isFetching,
    error: search.error ?? shown.error,
    answer: shown.data,
    /** The answer where nobody typed the vehicle here. */
    restored: typed ? undefined : shown.data,
    /** What the answer answers. */
    answered: typed ?? (shown.data && requestOf(searchOf(shown.data, emptySearch))),
  };
}

/** What is left out, kept with the page in the browser's history: a reload finds it again. */
export function useCuts(): [Cuts, (change: (now: Cuts) => Cuts) => void] {
  const { pathname, state } = useLocation() as { pathname: string; state: { cuts?: [number, number][] } | null };
  const navigate = useNavigate();
  const [first] = useState<Cuts>(() => new Map(state?.cuts));
  const [cuts, setCuts] = useState(first);
  useEffect(() => {
    if (cuts !== first) void navigate(pathname, { replace: true, state: { cuts: [...cuts] } });
  }, [cuts]);
  return [cuts, setCuts];
}

interface OrderWish {
  inquiry: Inquiry;
  dues: Payable[];
}

/** Claims the chosen dues and goes on to the order's page. */
export function useCreateOrder() {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ inquiry, dues }: OrderWish) =>
      intend(`order ${inquiry.id} ${dues.map((due) => due.key).join(' ')}`, (key) =>
        answer(
          api.POST('/v1/orders', {
            params: { header: { 'Idempotency-Key': key } },
            body: {
              inquiry_id: inquiry.id,
              dues: dues.map((due) => ({ municipality_code: due.municipality.code, fiscal_year: due.fiscalYear })),
            },
          }),
        ),
      ),
    onSuccess: (order) => {
      queries.setQueryData(keys.order(order.id), order);
      void queries.invalidateQueries({ queryKey: keys.inquiries, refetchType: 'none' }); // whoever comes back sees the dues claimed
      void navigate(`/orders/${order.id}`);
    },
  });
}
