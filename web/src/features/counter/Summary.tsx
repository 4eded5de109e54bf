import { Button, UnstyledButton } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Fee } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { FeeLine } from '../../ui/FeeLine.tsx';
import { ChevronIcon, WarningIcon } from '../../ui/icons.tsx';
import { useMunicipalityName } from '../../ui/municipality.ts';
import { Notice } from '../../ui/Notice.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { useShortcut } from '../../ui/shortcuts/useShortcut.ts';
import { Refusal } from './Refusal.tsx';
import { mostDues, summarize, type Ceiling, type CityTotal, type Payable } from './selection.ts';
import classes from './Summary.module.css';

interface SummaryProps {
  chosen: Payable[];
  /** How many dues could be chosen at all. */
  payable: number;
  /** What the office may ask besides; absent where none is published. */
  fee: Fee | undefined;
  /** The last year of the certificate that follows; absent where it is not certain. */
  through: number | undefined;
  /** The cities whose chosen dues are together above a ceiling of the agreement. */
  above: Ceiling[];
  busy: boolean;
  error: unknown;
  onSubmit(): void;
  onRepeat(): void;
}

/** What the order will cost, always in sight, and the button that issues it. */
export function Summary({ chosen, payable, fee, through, above, busy, error, onSubmit, onRepeat }: SummaryProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const may = useMay('orders.create');
  const { dues, cities, total } = summarize(chosen);
  const ready = dues > 0 && dues <= mostDues && above.length === 0 && may;
  useShortcut('submit', onSubmit, ready && !busy);
  if (payable === 0) return error ? <Refusal error={error} onSubmit={onSubmit} onRepeat={onRepeat} /> : null;
  return (
    <aside className={classes.summary}>
      {error !== null && <Refusal error={error} onSubmit={onSubmit} onRepeat={onRepeat} />}
      <div className={`card ${classes.box}`}>
        <h2>{t('summary.title')}</h2>
        <p className={classes.count} aria-live="polite">
          {dues === 0 ? t('summary.nothing') : t('summary.chosen', { dues: format.digits(dues), cities: format.digits(cities.length) })}
        </p>
        <p className={classes.label}>{t('summary.total')}</p>
        <p className={classes.total}><Rial amount={total} toman /></p>
        <CityTotals cities={cities} />
        <FeeLine fee={fee} duty={total} />
        {through !== undefined && <p className={classes.through}>{t('summary.through', { year: format.digits(through) })}</p>}
        <Limits dues={dues} above={above} />
        <Button size="md" fullWidth loading={busy} disabled={!ready} onClick={onSubmit} aria-keyshortcuts="Control+Enter">{t('summary.submit')}</Button>
        {!may && <p className={classes.note}>{t('problem.notPermitted')}</p>}
        <p className={classes.note}>{t('summary.note')}</p>
      </div>
    </aside>
  );
}

/** Where the total goes, city by city, on demand. */
function CityTotals({ cities }: { cities: CityTotal[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const list = useId();
  const name = useMunicipalityName();
  if (cities.length < 2) return null;
  return (
    <div className={classes.cities}>
      <UnstyledButton className={classes.more} aria-expanded={open} aria-controls={open ? list : undefined} onClick={() => setOpen(!open)}>
        {t('summary.byCity')} <span className={classes.chevron} data-open={open || undefined}><ChevronIcon size={14} /></span>
      </UnstyledButton>
      {open && (
        <dl id={list}>
          {cities.map(({ municipality, total }) => (
            <div key={municipality.code}>
              <dt>{name(municipality)}</dt>
              <dd><Rial amount={total} bare /></dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

/** What keeps the chosen dues from being one order, and what to leave out. */
function Limits({ dues, above }: { dues: number; above: Ceiling[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useMunicipalityName();
  return (
    <>
      {dues > mostDues && <Notice tone="warn" icon={<WarningIcon />} title={t('summary.tooMany', { most: format.digits(mostDues) })} />}
      {above.map(({ municipality, most }) => (
        <Notice key={municipality.code} tone="warn" icon={<WarningIcon />} title={t('summary.aboveCeiling', { city: name(municipality), amount: format.number(most) })} />
      ))}
    </>
  );
}
