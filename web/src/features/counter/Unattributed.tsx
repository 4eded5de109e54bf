import { useTranslation } from 'react-i18next';
import type { Due } from '../../api/types.ts';
import { DueRow } from './DueRow.tsx';
import classes from './Dues.module.css';

/** The fiscal years that no city is known to be entitled to; nothing of them can be ordered. */
export function Unattributed({ dues }: { dues: Due[] }) {
  const { t } = useTranslation();
  if (dues.length === 0) return null;
  return (
    <section className={`card ${classes.city}`}>
      <header className={classes.head}>
        <span />
        <h3>{t('inquiry.unattributed')}</h3>
      </header>
      <p className={classes.silent}>{t('inquiry.unattributedHint')}</p>
      {dues.map((due) => <DueRow key={due.fiscal_year} due={due} />)}
    </section>
  );
}
