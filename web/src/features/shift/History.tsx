import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Shift } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Empty, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { Difference } from './Difference.tsx';
import classes from './Shift.module.css';
import { differenceOf, sumOf } from './Totals.tsx';
import { useNames, useShifts } from './useShift.ts';

/** The shifts that were closed before: one's own, and for the manager everybody's. */
export function History({ manages }: { manages: boolean }) {
  const { t } = useTranslation();
  const shifts = useShifts();
  const columns = useColumns(manages);
  if (shifts.isPending) return <Loading />;
  const closed = shifts.data?.pages.flatMap((page) => page.shifts).filter(({ closed_at }) => closed_at) ?? [];
  return (
    <Panel title={t('shift.history')} flush>
      {shifts.isError && <ProblemView error={shifts.error} retry={() => void shifts.refetch()} />}
      {shifts.data && (closed.length === 0 ? <Empty title={t('shift.noHistory')} /> : <DataTable caption={t('shift.history')} columns={columns} rows={closed} rowKey={({ id }) => id} />)}
      {shifts.hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" loading={shifts.isFetchingNextPage} onClick={() => void shifts.fetchNextPage()}>{t('desk.older')}</Button>
        </div>
      )}
    </Panel>
  );
}

function useColumns(manages: boolean): Column<Shift>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useNames();
  const whose: Column<Shift>[] = manages ? [{ head: t('desk.by'), cell: ({ person_id }) => name(person_id) }] : [];
  return [
    { head: t('shift.number'), cell: ({ number }) => format.digits(number) },
    ...whose,
    { head: t('shift.opened'), cell: ({ opened_at }) => format.moment(opened_at) },
    { head: t('shift.ended'), cell: (shift) => <Ended shift={shift} /> },
    { head: t('shift.sum'), end: true, cell: ({ totals }) => <Rial amount={sumOf(totals)} /> },
    { head: t('shift.difference'), end: true, cell: ({ totals }) => <Difference rial={differenceOf(totals)} /> },
    { head: t('shift.later'), end: true, cell: ({ later }) => <Rial amount={sumOf(later)} /> },
  ];
}

function Ended({ shift }: { shift: Shift }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {shift.closed_at ? format.moment(shift.closed_at) : t('app.none')}
      {shift.closed_by !== shift.person_id && <small className={classes.sub}>{t('shift.closedByOther')}</small>}
      {shift.note && <small className={classes.sub}>{shift.note}</small>}
    </>
  );
}
