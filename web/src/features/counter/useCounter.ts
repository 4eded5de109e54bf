import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { keys } from '../../api/keys.ts';
import { answer } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import type { Inquiry, InquiryRequest } from '../../api/types.ts';
import type { Payable } from './selection.ts';

/** Looks one vehicle up; the plate or VIN travels in the body alone. */
export function useInquiry() {
  const { api } = useOffice();
  return useMutation({
    gcTime: 0,
    mutationFn: (request: InquiryRequest) => answer(api.POST('/v1/inquiries', { body: request })),
  });
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
      void navigate(`/orders/${order.id}`);
    },
  });
}
