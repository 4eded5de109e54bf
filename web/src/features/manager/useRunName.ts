import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat.ts';
import { lastOf, type Period, type Run } from './usage.ts';

/** Names a run of days by its first day: the day, the week from and to, or the month. */
export function useRunName(): (run: Run, first: string, period: Period) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (run, first, period) => {
    if (run === 'month') return format.month(first);
    if (run === 'day') return format.digits(first);
    const from = first < period.from ? period.from : first;
    const to = lastOf(run, first, period);
    return from === to ? format.digits(from) : t('agreements.between', { from: format.digits(from), to: format.digits(to) });
  };
}
