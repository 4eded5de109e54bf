import { Group, SegmentedControl, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMay, useOffice } from '../../api/session.tsx';
import type { UsageRow } from '../../api/types.ts';
import { plainDay } from '../../format/format.ts';
import { Answered } from '../../ui/Answered.tsx';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { Columns, Empty, Panel } from '../../ui/Panel.tsx';
import { useKept } from '../../ui/useKept.ts';
import classes from './Manager.module.css';
import { PeriodForm, type Chosen } from './PeriodForm.tsx';
import { figures, periodOf, runs, sumBy, sumByRun, total, type Figure, type Period, type Run, type Sum } from './usage.ts';
import { UsageChart } from './UsageChart.tsx';
import { UsageFiles } from './UsageFiles.tsx';
import { UsageTable } from './UsageTable.tsx';
import { useRunName } from './useRunName.ts';
import { useUsage } from './useManager.ts';
import { useUsernames } from './useUsernames.ts';

/** How much each operator has done in a period: tables, a chart, and files. */
export function UsagePage() {
  return useMay('usage.read') ? <Report /> : <Forbidden />;
}

function Report() {
  const { clock } = useOffice();
  const today = plainDay(new Date(clock.now()).toISOString());
  const [{ span, own }, keep] = useKept<Chosen>('period', { span: 'week' });
  const period = span === 'own' ? (own ?? periodOf('week', today)) : periodOf(span, today);
  const usage = useUsage(period.from, period.to);
  return (
    <Columns>
      <PeriodForm span={span} period={period} onChoose={keep} />
      <Answered query={usage} cards={2}>{({ rows }) => <Figures rows={rows} period={period} />}</Answered>
    </Columns>
  );
}

function Figures({ rows, period }: { rows: UsageRow[]; period: Period }) {
  const { t } = useTranslation();
  const usernames = useUsernames(rows);
  const people = sumBy(rows, ({ person_id, person_name }) => ({ key: person_id, name: person_name })).map((sum) => ({ ...sum, username: usernames.get(sum.key) }));
  if (rows.length === 0) return <Panel><Empty title={t('usage.empty')}>{t('usage.emptyHint')}</Empty></Panel>;
  return (
    <>
      <Panel title={t('usage.operators')} flush aside={<UsageFiles rows={rows} period={period} usernames={usernames} />}>
        <UsageTable caption={t('usage.operators')} head={t('desk.by')} sums={people} total={total(rows)} />
      </Panel>
      <Runs rows={rows} period={period} people={people} />
    </>
  );
}

interface RunsProps {
  rows: UsageRow[];
  period: Period;
  people: Sum[];
}

/** How the work went over time, of all operators or of one. */
function Runs({ rows, period, people }: RunsProps) {
  const { t } = useTranslation();
  const [view, keep] = useKept<{ run: Run; figure: Figure; person: string }>('division', { run: 'day', figure: 'taken', person: '' });
  const { run, figure, person } = view;
  // Whoever did nothing in a period that was chosen later is not kept in mind.
  const whose = people.some(({ key }) => key === person) ? person : '';
  const chosen = rows.filter(({ person_id }) => whose === '' || person_id === whose);
  const name = useRunName();
  const sums = sumByRun(chosen, run, period).map((sum) => ({ ...sum, name: name(run, sum.key, period) }));
  const charted = sums.length > 1;
  const title = t(`usage.by.${run}`);
  const told = people.map(({ key, name: label, username }) => ({ value: key, label: username ? t('usage.named', { name: label, username }) : label }));
  return (
    <Panel title={title} flush>
      <Group className={classes.choices} align="end" gap="md">
        <SegmentedControl aria-label={t('usage.run')} data={runs.map((value) => ({ value, label: t(`usage.runs.${value}`) }))} value={run} onChange={(value) => keep({ ...view, run: value as Run })} />
        <Select label={t('desk.by')} data={[{ value: '', label: t('usage.everybody') }, ...told]} value={whose} onChange={(value) => keep({ ...view, person: value ?? '' })} allowDeselect={false} />
        {charted && (
          <Select label={t('usage.figure')} data={figures.map((value) => ({ value, label: t(`usage.${value}`) }))} value={figure} onChange={(value) => keep({ ...view, figure: (value ?? 'taken') as Figure })} allowDeselect={false} />
        )}
      </Group>
      {charted && <UsageChart sums={sums} figure={figure} title={`${t(`usage.${figure}`)}${t('app.comma')}${title}`} />}
      <UsageTable caption={title} head={t(`usage.runs.${run}`)} sums={sums.filter((sum) => figures.some((one) => sum[one] > 0))} total={total(chosen)} />
    </Panel>
  );
}
