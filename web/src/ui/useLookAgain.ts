import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { keys } from '../api/keys.ts';

/** Leads to the counter, where the vehicle of an inquiry is looked up anew, since what is known of it may be older than what was paid meanwhile. */
export function useLookAgain(inquiryId: string): () => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return () => {
    queries.removeQueries({ queryKey: keys.inquiry(inquiryId) });
    void navigate(`/inquiries/${inquiryId}`);
  };
}
