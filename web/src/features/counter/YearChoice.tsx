import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat.ts';
import classes from './YearChoice.module.css';
import { everything, nothing, throughYear, yearTotals, type Cuts, type Payable } from './selection.ts';

interface YearChoiceProps {
  open: Payable[];
  cuts: Cuts;
  onChoose(year: number): void;
}

/** Chooses up to which year every city is settled, with what that costs. */
export function YearChoice({ open, cuts, onChoose }: YearChoiceProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const totals = yearTotals(open);
  const [newest] = totals;
  if (!newest || open.length < 2) return null;
  const through = throughYear(open, cuts);
  return (
    <div className={classes.bar}>
      <label className={classes.choice}>
        <span>{t('inquiry.through')}</span>
        <select className={classes.select} value={through ?? ''} onChange={(event) => onChoose(Number(event.currentTarget.value) === newest.year ? everything : Number(event.currentTarget.value))}>
          {through === undefined && <option value="" disabled>{t('inquiry.throughMixed')}</option>}
          {totals.map(({ year, through: total }) => (
            <option key={year} value={year}>
              {t(year === newest.year ? 'inquiry.throughAll' : 'inquiry.throughYear', { year: format.digits(year), amount: format.number(total) })}
            </option>
          ))}
          <option value={nothing}>{t('inquiry.throughNone')}</option>
        </select>
      </label>
      <p className={classes.hint}>{t('inquiry.olderFirst')}</p>
    </div>
  );
}
