import { useTranslation } from 'react-i18next';
import type { Due } from '../../api/types.ts';
import { useYears } from '../../ui/years.ts';
import classes from './Dues.module.css';

// The states that stop a year, in the order in which something can be done about them.
const stops = ['claimed', 'under_review', 'missing_residence', 'missing_valuation', 'missing_tariff'] as const;

/** For the years that cannot be paid now: why in words, and what to do, once for each state. */
export function ToDo({ dues }: { dues: Due[] }) {
  const { t } = useTranslation();
  const years = useYears();
  const found = stops
    .map((state) => ({ state, years: dues.filter((due) => due.state === state && !due.order_id).map((due) => due.fiscal_year) }))
    .filter((stop) => stop.years.length > 0);
  if (found.length === 0) return null;
  return (
    <ul className={classes.todo}>
      {found.map((stop) => (
        <li key={stop.state}>
          <strong>{years(stop.years)}:</strong> {t(`inquiry.todo.${stop.state}`)}
        </li>
      ))}
    </ul>
  );
}
