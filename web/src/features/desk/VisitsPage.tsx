import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { useMay, useOffice } from '../../api/session.tsx';
import { plainDay } from '../../format/format.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Empty, PageHead, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useKept } from '../../ui/useKept.ts';
import { useVisits, type VisitQuery } from './useDesk.ts';
import { VisitSearch } from './VisitSearch.tsx';
import { VisitTable } from './VisitTable.tsx';
import classes from './Visits.module.css';

const day = 86_400_000;

/** The visits of a day, and a way to find any other by its plate or a number on its papers. */
export function VisitsPage() {
  return useMay('orders.read') ? <Visits /> : <Forbidden />;
}

function Visits() {
  const { t } = useTranslation();
  const format = useFormat();
  const { clock } = useOffice();
  const { at, sought, seek, walk } = useLooked();
  const back = at === undefined ? 0 : Math.max(0, Math.round((clock.now() - at) / day));
  const shown = new Date(at ?? clock.now()).toISOString();
  const query = sought ?? { day: plainDay(shown) };
  return (
    <>
      <PageHead title={t('visits.title')}>
        {!sought && <DayWalk back={back} onBack={(days) => walk(days === 0 ? undefined : clock.now() - days * day)} />}
      </PageHead>
      <div className={classes.page}>
        <VisitSearch key={sought ? 'sought' : 'day'} sought={sought} onSearch={seek} onClear={() => seek(undefined)} />
        <Found query={query} title={sought ? t('visits.found') : t('visits.of', { day: format.day(shown) })} />
      </div>
    </>
  );
}

/** What the page was asked for: a moment of another day, or something sought, which another page may ask for by handing a plate over. */
function useLooked() {
  const handed = (useLocation().state as { plate?: unknown } | null)?.plate;
  const [kept, keep] = useKept<{ at?: number; sought?: VisitQuery } | undefined>('looked', undefined);
  const { at, sought } = kept ?? (typeof handed === 'string' ? { at: undefined, sought: { plate: handed } } : {});
  const day = at === undefined ? {} : { at };
  // From here on it is kept as what its person has sought.
  useEffect(() => {
    if (!kept && sought) keep({ sought });
  }, [kept, sought?.plate]);
  return {
    at,
    sought,
    seek: (query: VisitQuery | undefined) => keep({ ...day, ...(query && { sought: query }) }),
    walk: (to: number | undefined) => keep(to === undefined ? {} : { at: to }),
  };
}

function DayWalk({ back, onBack }: { back: number; onBack: (days: number) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Button variant="default" size="xs" onClick={() => onBack(back + 1)}>{t('visits.earlier')}</Button>
      <Button variant="default" size="xs" disabled={back === 0} onClick={() => onBack(back - 1)}>{t('visits.later')}</Button>
      <Button variant="default" size="xs" disabled={back === 0} onClick={() => onBack(0)}>{t('visits.today')}</Button>
    </>
  );
}

function Found({ query, title }: { query: VisitQuery; title: string }) {
  const { t } = useTranslation();
  const visits = useVisits(query);
  if (visits.isPending) return <Loading cards={2} />;
  const rows = visits.data?.pages.flatMap(({ orders }) => orders) ?? [];
  const which = query.day ? 'empty' : 'nothing';
  return (
    <>
      {visits.isError && <ProblemView error={visits.error} retry={() => void visits.refetch()} />}
      {visits.data && (
        <Panel title={title} flush>
          {rows.length === 0 ? <Empty title={t(`visits.${which}`)}>{t(`visits.${which}Hint`)}</Empty> : <VisitTable caption={title} visits={rows} />}
          {visits.hasNextPage && (
            <div className={classes.more}>
              <Button variant="default" loading={visits.isFetchingNextPage} onClick={() => void visits.fetchNextPage()}>{t('desk.older')}</Button>
            </div>
          )}
        </Panel>
      )}
    </>
  );
}
