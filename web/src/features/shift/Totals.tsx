import { useTranslation } from 'react-i18next';
import type { ShiftTotal } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { Difference } from './Difference.tsx';
import { useMethodName } from './method.ts';

/** All that was taken. */
export function sumOf(totals: ShiftTotal[]): number {
  return totals.reduce((all, { taken_rial }) => all + taken_rial, 0);
}

/** All that was counted beyond what must be there; negative: missing. */
export function differenceOf(totals: ShiftTotal[]): number {
  return totals.reduce((all, { difference_rial = 0 }) => all + difference_rial, 0);
}

/** What a shift took by each method and, once it was counted, what is missing or too much. */
export function Totals({ caption, totals }: { caption: string; totals: ShiftTotal[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useMethodName();
  const counted = totals.some(({ counted_rial }) => counted_rial !== undefined);
  const columns: Column<ShiftTotal>[] = [
    { head: t('shift.method'), cell: ({ method }) => name(method) },
    { head: t('shift.payments'), end: true, cell: ({ payments }) => format.number(payments) },
    { head: t('shift.taken'), end: true, cell: ({ taken_rial }) => <Rial amount={taken_rial} /> },
  ];
  // What must be there is said only once it was counted.
  if (counted) columns.push({ head: t('shift.expected'), end: true, cell: ({ expected_rial }) => <Rial amount={expected_rial} /> }, { head: t('shift.difference'), end: true, cell: ({ counted_rial, difference_rial = 0 }) => (counted_rial === undefined ? t('app.none') : <Difference rial={difference_rial} />) });
  const sum = (of: (total: ShiftTotal) => number) => totals.reduce((all, total) => all + of(total), 0);
  const foot = [
    t('usage.total'),
    format.number(sum(({ payments }) => payments)),
    <Rial key="taken" amount={sum(({ taken_rial }) => taken_rial)} toman />,
    ...(counted ? [<Rial key="expected" amount={sum(({ expected_rial }) => expected_rial)} />, <Difference key="difference" rial={differenceOf(totals)} />] : []),
  ];
  return <DataTable caption={caption} columns={columns} rows={totals} rowKey={({ method }) => method} foot={foot} />;
}
