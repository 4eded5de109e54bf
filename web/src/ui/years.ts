import { useTranslation } from 'react-i18next';
import { useFormat } from '../format/useFormat.ts';

/** Fiscal years in runs without a gap, first and last of each. */
export function yearRuns(years: number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const year of [...years].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && year <= run[1] + 1) run[1] = year;
    else runs.push([year, year]);
  }
  return runs;
}

/** Names fiscal years as briefly as they can be named: سال‌های ۱۳۹۶ تا ۱۴۰۰، ۱۴۰۳. */
export function useYears(): (years: number[]) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (years) => {
    const text = yearRuns(years)
      .map(([from, to]) => (from === to ? format.digits(from) : t('app.yearRange', { from: format.digits(from), to: format.digits(to) })))
      .join(t('app.comma'));
    return years.length > 1 ? t('app.years', { years: text }) : t('app.yearOne', { year: text });
  };
}
