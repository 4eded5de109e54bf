import { useTranslation } from 'react-i18next';
import type { Fee } from '../api/types.ts';
import classes from './FeeLine.module.css';
import { Rial } from './Rial.tsx';

/** What the office may ask for its service: a line of its own below the duty, never a part of a total. */
export function FeeLine({ fee }: { fee: Fee | undefined }) {
  const { t } = useTranslation();
  if (!fee) return null;
  return (
    <dl className={classes.fee}>
      <dt>{t(`fee.${fee.service}`)}</dt>
      <dd><Rial amount={fee.amount_rial} /></dd>
      <dd className={classes.apart}>{t('fee.apart')}</dd>
    </dl>
  );
}
