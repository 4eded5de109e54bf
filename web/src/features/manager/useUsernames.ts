import { useMay } from '../../api/session.tsx';
import type { UsageRow } from '../../api/types.ts';
import { namesakes } from './usage.ts';
import { useStaff } from './useManager.ts';

/** The user names, by person, of those in a report who share their name with another; empty for whoever may not read the people of the office. */
export function useUsernames(rows: UsageRow[]): Map<string, string> {
  const shared = namesakes(rows);
  const staff = useStaff(useMay('people.read') && shared.size > 0);
  return new Map(staff.data?.people.filter(({ id }) => shared.has(id)).map(({ id, username }) => [id, username]));
}
