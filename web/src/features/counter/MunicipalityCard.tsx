import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Collectable, MunicipalityDues } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { useLabel, type LabelGroup } from '../../i18n/useLabel.ts';
import { useMunicipalityName } from '../../ui/municipality.ts';
import { Rial } from '../../ui/Rial.tsx';
import { DueRow } from './DueRow.tsx';
import classes from './Dues.module.css';
import { dueKey, isPayable, payablesOf } from './selection.ts';

interface MunicipalityCardProps {
  city: MunicipalityDues;
  /** The payable dues that the operator left out. */
  left: ReadonlySet<string>;
  /** The dues whose amount has changed, with the amount before. */
  changed: ReadonlyMap<string, number>;
  onToggle(keys: string[], on: boolean): void;
}

/** What one municipality is owed, year by year. */
export function MunicipalityCard({ city, left, changed, onToggle }: MunicipalityCardProps) {
  const { t } = useTranslation();
  const { code } = city.municipality;
  return (
    <section className={`card ${classes.city}`}>
      <CityHeader city={city} left={left} onToggle={onToggle} />
      {city.state !== 'answered' && <p className={classes.silent}>{t(`inquiry.${city.state}`)}</p>}
      {city.agreement && <Agreement agreement={city.agreement} />}
      {city.dues.map((due) => {
        const key = dueKey(code, due.fiscal_year);
        return (
          <DueRow
            key={key}
            due={due}
            city={city.municipality}
            chosen={isPayable(city, due) ? !left.has(key) : undefined}
            before={changed.get(key)}
            onToggle={(on) => onToggle([key], on)}
          />
        );
      })}
    </section>
  );
}

/** What the agreement leaves out or limits, said before anything is chosen; nothing where it covers all. */
function Agreement({ agreement }: { agreement: Collectable }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const list = (group: LabelGroup, codes: string[]) => codes.map((code) => label(group, code)).join(t('app.comma'));
  const { charges, methods, order_ceiling_rial: order, left_today_rial: left } = agreement;
  const said = [
    charges && t('inquiry.agreement.charges', { list: list('charge', charges) }),
    methods && t('inquiry.agreement.methods', { list: list('method', methods) }),
    order !== undefined && t('inquiry.agreement.order', { amount: format.number(order) }),
    left !== undefined && t('inquiry.agreement.day', { amount: format.number(left) }),
  ].filter((line) => typeof line === 'string');
  if (said.length === 0) return null;
  return <p className={classes.silent}>{said.join(' ')}</p>;
}

function CityHeader({ city, left, onToggle }: Pick<MunicipalityCardProps, 'city' | 'left' | 'onToggle'>) {
  const { t } = useTranslation();
  const name = useMunicipalityName()(city.municipality);
  const keys = payablesOf(city).map((due) => due.key);
  const on = keys.filter((key) => !left.has(key)).length;
  const all = on === keys.length;
  return (
    <header className={classes.head}>
      <Checkbox
        className={keys.length === 0 ? classes.gone : undefined}
        aria-label={t('inquiry.selectCity', { city: name })}
        checked={keys.length > 0 && all}
        indeterminate={on > 0 && !all}
        disabled={keys.length === 0}
        onChange={() => onToggle(keys, !all)}
      />
      <h3>
        {name}{' '}
        <small>{city.municipality.province_fa}</small>
      </h3>
      {city.payable_rial > 0 && <Rial amount={city.payable_rial} />}
    </header>
  );
}
