import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { keys } from '../../api/keys.ts';
import { answer } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';

/** The certificate by its serial. */
export function useCertificate(serial: string) {
  const { api } = useOffice();
  return useQuery({
    queryKey: keys.certificate(serial),
    queryFn: () => answer(api.GET('/v1/certificates/{serial}', { params: { path: { serial } } })),
  });
}

/** Certifies a paid order; repeating it gives the same certificate. */
export function useIssueCertificate(orderId: string) {
  const { api, intend } = useOffice();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      intend(`certificate ${orderId}`, (key) =>
        answer(api.POST('/v1/certificates', { params: { header: { 'Idempotency-Key': key } }, body: { order_id: orderId } })),
      ),
    onSuccess: (certificate) => {
      queries.setQueryData(keys.certificate(certificate.serial), certificate);
      return queries.invalidateQueries({ queryKey: keys.order(orderId) });
    },
  });
}

/** The page to hand over, as an address inside this browser: fetched with the token, kept while it is shown. */
export function useCertificatePdf(serial: string) {
  const { api } = useOffice();
  const pdf = useQuery({
    queryKey: keys.certificatePdf(serial),
    queryFn: () =>
      answer(api.GET('/v1/certificates/{serial}/pdf', { params: { path: { serial } }, parseAs: 'blob' })),
    staleTime: Infinity,
    gcTime: 0,
  });
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!pdf.data) return;
    const made = URL.createObjectURL(pdf.data);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [pdf.data]);
  return { address, error: pdf.error, refetch: () => void pdf.refetch() };
}
