import { useTranslation } from 'react-i18next';
import type { Due } from '../../api/types.ts';
import { ChevronIcon } from '../../ui/icons.tsx';
import { useYears } from '../../ui/years.ts';
import classes from './Dues.module.css';

interface SettledYearsProps {
  dues: Due[];
  unfolded: boolean;
  onFold(unfolded: boolean): void;
}

/** The years of which nothing is left, in one line that unfolds them. */
export function SettledYears({ dues, unfolded, onFold }: SettledYearsProps) {
  const { t } = useTranslation();
  const years = useYears();
  if (dues.length === 0) return null;
  return (
    <button type="button" data-row className={`plain ${classes.fold}`} aria-expanded={unfolded} onClick={() => onFold(!unfolded)}>
      <span className={classes.settled}>{t('inquiry.settled', { years: years(dues.map((due) => due.fiscal_year)) })}</span>
      {t(unfolded ? 'inquiry.fold' : 'inquiry.unfold')}
      <span className={classes.chevron} data-open={unfolded || undefined}><ChevronIcon size={14} /></span>
    </button>
  );
}
