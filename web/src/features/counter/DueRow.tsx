import { Anchor } from '@mantine/core';
import { memo, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Due, Municipality } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Check } from '../../ui/Check.tsx';
import { ChevronIcon } from '../../ui/icons.tsx';
import { useMunicipalityName } from '../../ui/municipality.ts';
import type { Tone } from '../../ui/Notice.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import classes from './Dues.module.css';
import { Explanation } from './Explanation.tsx';

interface DueRowProps {
  due: Due;
  /** Absent for a year that no city is known for. */
  city?: Municipality;
  /** Undefined where nothing can be chosen. */
  chosen?: boolean | undefined;
  /** What it was before the amounts changed. */
  before?: number | undefined;
  /** Its own way to the office's order that holds it, where there is more than one such order. */
  linked?: boolean;
  onCut?(municipalityCode: number, lastYear: number): void;
}

/** One fiscal year: chosen or not, its state, and its amount, which opens why it is that. */
export const DueRow = memo(function DueRow({ due, city, chosen, before, linked = false, onCut }: DueRowProps) {
  const format = useFormat();
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const panel = useId();
  const year = format.digits(due.fiscal_year);
  const name = useMunicipalityName();
  const payable = chosen !== undefined;
  // A year is chosen with all before it, and left out with all after it.
  const toggle = (on: boolean) => city && onCut?.(city.code, on ? due.fiscal_year : due.fiscal_year - 1);
  return (
    <div className={classes.due} data-row data-changed={before !== undefined || undefined}>
      <div className={classes.row}>
        <Check gone={!payable} label={t('inquiry.select', { year, city: city ? name(city) : '' })} checked={chosen ?? false} onChange={toggle} />
        <span className={classes.year}>{t('inquiry.year', { year })}</span>
        <DueState due={due} payable={payable} linked={linked} />
        <button type="button" className={`plain ${classes.why}`} aria-expanded={open} aria-controls={open ? panel : undefined} onClick={() => setOpen(!open)}>
          <Amount due={due} payable={payable} before={before} />
          <span className={classes.ask}>
            {t(hasAmount(due) ? 'inquiry.why' : 'inquiry.whyNot')}
            <span className={classes.chevron} data-open={open || undefined}><ChevronIcon size={14} /></span>
          </span>
        </button>
      </div>
      {due.refusal && due.refusal.code !== 'no_agreement' && <p className={classes.refusal}>{format.text(due.refusal.text)}</p>}
      {open && <div id={panel}><Explanation due={due} /></div>}
    </div>
  );
});

type Shown = Due['state'] | 'cleared' | 'computed';

const tones: Record<Shown, Tone | 'open'> = {
  assessed: 'open',
  not_agreed: 'warn',
  cleared: 'good',
  computed: 'neutral',
  paid: 'good',
  claimed: 'warn',
  exempt: 'neutral',
  under_review: 'neutral',
  missing_tariff: 'neutral',
  missing_valuation: 'neutral',
  missing_residence: 'neutral',
};

function hasAmount(due: Due): boolean {
  return !due.state.startsWith('missing');
}

// An assessed due is payable, cleared, or only computed where the city takes nothing from this office.
function shown(due: Due, payable: boolean): Shown {
  if (due.state !== 'assessed' || payable) return due.state;
  return due.balance_rial === 0 ? 'cleared' : 'computed';
}

function DueState({ due, payable, linked }: { due: Due; payable: boolean; linked: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const state = shown(due, payable);
  const until = due.state === 'claimed' ? due.claimed_until : undefined;
  const own = due.order_id !== undefined;
  const held = until ? t(own ? 'inquiry.ownUntil' : 'inquiry.claimedUntil', { time: format.time(until) }) : undefined;
  return (
    <span className={classes.state}>
      <StateBadge tone={tones[state]}>
        {held ?? t(own ? 'inquiry.own' : `inquiry.state.${state}`)}
      </StateBadge>
      {linked && own && (
        <Anchor component={Link} to={`/orders/${due.order_id}`} size="sm">
          {t('inquiry.resume')}
        </Anchor>
      )}
    </span>
  );
}

function Amount({ due, payable, before }: { due: Due; payable: boolean; before: number | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <span className={classes.amount} data-quiet={!payable || undefined}>
      {before !== undefined && <s className={classes.before}>{t('inquiry.before', { amount: format.number(before) })}</s>}
      {hasAmount(due) ? <Rial amount={payable ? due.balance_rial : due.total_rial} /> : t('app.none')}
    </span>
  );
}
