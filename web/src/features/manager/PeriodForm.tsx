import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readDay } from '../../format/days.ts';
import { latinDigits } from '../../format/format.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Panel } from '../../ui/Panel.tsx';
import classes from './Manager.module.css';
import { spans, type Period, type Span } from './usage.ts';

interface PeriodFormProps {
  span: Span | 'own';
  period: Period;
  onChoose(chosen: Chosen): void;
}

/** Which days a report is about: a usual period, which moves on with the days, or days of one's own. */
export interface Chosen {
  span: Span | 'own';
  own?: Period;
}

/** Chooses the days of a report: a usual period, or any other by its first and last Jalali day. */
export function PeriodForm({ span, period, onChoose }: PeriodFormProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const choose = (chosen: string) => onChoose({ span: chosen as Span, ...(chosen === 'own' && { own: period }) });
  const data = [...spans, 'own' as const].map((value) => ({ value, label: t(`usage.periods.${value}`) }));
  return (
    <Panel>
      <div className={classes.period}>
        <SegmentedControl classNames={{ root: classes.spans }} withItemsBorders={false} aria-label={t('usage.period')} data={data} value={span} onChange={choose} />
        {span === 'own' ? (
          <OwnPeriod period={period} onPeriod={(own) => onChoose({ span: 'own', own })} />
        ) : (
          <span className="quiet">{period.from === period.to ? format.digits(period.from) : t('agreements.between', { from: format.digits(period.from), to: format.digits(period.to) })}</span>
        )}
      </div>
    </Panel>
  );
}

function OwnPeriod({ period, onPeriod }: { period: Period; onPeriod: (period: Period) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [typed, setTyped] = useState({ from: format.digits(period.from), to: format.digits(period.to) });
  const [asked, setAsked] = useState(false);
  const [from, to] = [readDay(typed.from), readDay(typed.to)];
  const fault = (day: string | undefined) => (asked && day === undefined ? t('usage.noDay') : undefined);
  const turned = asked && from !== undefined && to !== undefined && to < from ? t('usage.turned') : undefined;
  return (
    <form
      className={classes.own}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (from !== undefined && to !== undefined && from <= to) onPeriod({ from, to });
      }}
    >
      <TextInput label={t('usage.from')} value={typed.from} onChange={(event) => setTyped({ ...typed, from: format.digits(latinDigits(event.currentTarget.value)) })} error={fault(from)} dir="ltr" inputMode="numeric" maxLength={10} autoComplete="off" />
      <TextInput label={t('usage.to')} value={typed.to} onChange={(event) => setTyped({ ...typed, to: format.digits(latinDigits(event.currentTarget.value)) })} error={fault(to) ?? turned} dir="ltr" inputMode="numeric" maxLength={10} autoComplete="off" />
      <Button type="submit" variant="default">{t('usage.show')}</Button>
    </form>
  );
}
