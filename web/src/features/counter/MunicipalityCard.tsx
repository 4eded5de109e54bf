import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Collectable, MunicipalityDues } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { useLabel, type LabelGroup } from '../../i18n/useLabel.ts';
import { Check } from '../../ui/Check.tsx';
import { useMunicipalityName } from '../../ui/municipality.ts';
import { Rial } from '../../ui/Rial.tsx';
import { DueRow } from './DueRow.tsx';
import classes from './Dues.module.css';
import { dueKey, everything, isPayable, isSettled, nothing, payablesOf, summarize } from './selection.ts';
import { SettledYears } from './SettledYears.tsx';
import { ToDo } from './ToDo.tsx';

interface MunicipalityCardProps {
  city: MunicipalityDues;
  /** The last year that is chosen here. */
  cut: number;
  /** The dues whose amount has changed, with the amount before. */
  changed: ReadonlyMap<string, number>;
  /** Whether its rows lead to the office's orders that hold them. */
  linked: boolean;
  onCut(municipalityCode: number, lastYear: number): void;
}

/** What one municipality is owed, year by year, the settled years folded away; drawn anew only when something of this city changes. */
export const MunicipalityCard = memo(function MunicipalityCard({ city, cut, changed, linked, onCut }: MunicipalityCardProps) {
  const { t } = useTranslation();
  const [unfolded, setUnfolded] = useState(false);
  const { code } = city.municipality;
  const settled = city.dues.filter(isSettled);
  const shown = unfolded ? city.dues : city.dues.filter((due) => !isSettled(due));
  return (
    <section className={`card ${classes.city}`} style={{ containIntrinsicBlockSize: `auto ${60 + 51 * (shown.length + 1)}px` }}>
      <CityHeader city={city} cut={cut} onCut={onCut} />
      {city.state !== 'answered' && <p className={classes.silent}>{t(`inquiry.${city.state}`)}</p>}
      {city.agreement && <Agreement agreement={city.agreement} />}
      <ToDo dues={city.dues} />
      <SettledYears dues={settled} unfolded={unfolded} onFold={setUnfolded} />
      {shown.map((due) => (
        <DueRow
          key={due.fiscal_year}
          due={due}
          city={city.municipality}
          chosen={isPayable(city, due) ? due.fiscal_year <= cut : undefined}
          before={changed.get(dueKey(code, due.fiscal_year))}
          linked={linked}
          onCut={onCut}
        />
      ))}
    </section>
  );
});

/** What the agreement leaves out or limits, said before anything is chosen; nothing where it covers all. */
function Agreement({ agreement }: { agreement: Collectable }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const list = (group: LabelGroup, codes: string[]) => codes.map((code) => label(group, code)).join(t('app.comma'));
  const { charges, methods, order_ceiling_rial: order, left_today_rial: left } = agreement;
  const said = [
    charges && t('inquiry.agreement.charges', { list: list('charge', charges) }),
    methods && t('inquiry.agreement.methods', { list: list('methodAmong', methods) }),
    order !== undefined && t('inquiry.agreement.order', { amount: format.number(order) }),
    left !== undefined && t('inquiry.agreement.day', { amount: format.number(left) }),
  ].filter((line) => typeof line === 'string');
  if (said.length === 0) return null;
  return <p className={classes.silent}>{said.join(' ')}</p>;
}

function CityHeader({ city, cut, onCut }: Pick<MunicipalityCardProps, 'city' | 'cut' | 'onCut'>) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const name = useMunicipalityName()(city.municipality);
  const open = payablesOf(city);
  const chosen = open.filter(({ fiscalYear }) => fiscalYear <= cut);
  const all = open.length > 0 && chosen.length === open.length;
  const partly = chosen.length > 0 && !all;
  return (
    <header className={classes.head} data-row={open.length > 0 || undefined}>
      <Check
        gone={open.length === 0}
        label={t('inquiry.selectCity', { city: name })}
        checked={all}
        partly={partly}
        onChange={() => onCut(city.municipality.code, all ? nothing : everything)}
      />
      <h3>
        {name}{' '}
        {i18n.language !== 'en' && <small>{city.municipality.province_fa}</small>}
      </h3>
      {city.payable_rial > 0 && (
        <span className={classes.cityTotal}>
          <Rial amount={city.payable_rial} />
          {partly && <small>{t('inquiry.chosenOf', { amount: format.number(summarize(chosen).total) })}</small>}
        </span>
      )}
    </header>
  );
}
