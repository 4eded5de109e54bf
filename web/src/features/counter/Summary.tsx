import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import { useMay } from '../../api/session.tsx';
import type { Fee } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { FeeLine } from '../../ui/FeeLine.tsx';
import { ClockIcon, WarningIcon } from '../../ui/icons.tsx';
import { useMunicipalityName } from '../../ui/municipality.ts';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { summarize, type Ceiling, type Payable } from './selection.ts';
import classes from './Summary.module.css';

interface SummaryProps {
  chosen: Payable[];
  /** How many dues could be chosen at all. */
  payable: number;
  /** What the office may ask besides; absent where none is published. */
  fee: Fee | undefined;
  /** The cities whose chosen dues are together above a ceiling of the agreement. */
  above: Ceiling[];
  busy: boolean;
  error: unknown;
  onSubmit(): void;
  onRepeat(): void;
}

/** What the order will cost, always in sight, and the button that issues it. */
export function Summary({ chosen, payable, fee, above, busy, error, onSubmit, onRepeat }: SummaryProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const may = useMay('orders.create');
  const name = useMunicipalityName();
  const { dues, cities, total } = summarize(chosen);
  if (payable === 0) return error ? <Refusal error={error} onSubmit={onSubmit} onRepeat={onRepeat} /> : null;
  return (
    <aside className={classes.summary}>
      {error !== null && <Refusal error={error} onSubmit={onSubmit} onRepeat={onRepeat} />}
      <div className={`card ${classes.box}`}>
        <h2>{t('summary.title')}</h2>
        <p className={classes.count} aria-live="polite">
          {dues === 0 ? t('summary.nothing') : t('summary.chosen', { dues: format.digits(dues), cities: format.digits(cities) })}
        </p>
        <p className={classes.label}>{t('summary.total')}</p>
        <p className={classes.total}><Rial amount={total} /></p>
        <FeeLine fee={fee} duty={total} />
        {above.map(({ municipality, most }) => (
          <Notice key={municipality.code} tone="warn" icon={<WarningIcon />} title={t('summary.aboveCeiling', { city: name(municipality), amount: format.number(most) })} />
        ))}
        <Button size="md" fullWidth loading={busy} disabled={dues === 0 || above.length > 0 || !may} onClick={onSubmit}>{t('summary.submit')}</Button>
        {!may && <p className={classes.note}>{t('problem.notPermitted')}</p>}
        <p className={classes.note}>{t('summary.note')}</p>
      </div>
    </aside>
  );
}

/** A refused order: what the two conflicts mean, else the problem as it is. */
function Refusal({ error, onSubmit, onRepeat }: Pick<SummaryProps, 'error' | 'onSubmit' | 'onRepeat'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const { inquiry, claimedUntil } = problemFrom(error).facts;
  if (inquiry) {
    return <Notice tone="warn" icon={<WarningIcon />} title={t('summary.changed')}>{t('summary.changedHint')}</Notice>;
  }
  if (claimedUntil) {
    return (
      <Notice tone="warn" icon={<ClockIcon />} title={t('summary.claimed')}>
        <div>{t('summary.claimedHint', { moment: format.moment(claimedUntil) })}</div>
        <Button mt="xs" size="xs" variant="default" onClick={onRepeat}>{t('search.submit')}</Button>
      </Notice>
    );
  }
  return <ProblemView error={error} retry={onSubmit} />;
}
