import { useQuery } from '@tanstack/react-query';
import { keys } from './keys.ts';
import { answer } from './problem.ts';
import { useMay, useOffice } from './session.tsx';

/** What the office's deposit holds; asked only of whoever may see it. */
export function useDeposit() {
  const { api } = useOffice();
  const enabled = useMay('deposits.read');
  return useQuery({ queryKey: keys.depositStanding, queryFn: () => answer(api.GET('/v1/deposit')), enabled });
}
