import { useTranslation } from 'react-i18next';
import type { Fee } from '../api/types.ts';
import classes from './FeeLine.module.css';
import { Rial } from './Rial.tsx';

interface FeeLineProps {
  fee: Fee | undefined;
  /** The duty that the fee is paid beside. */
  duty: number;
}

/** What the payer gives for the office's service: a line of its own below the duty, never a part of its total; and plainly said where there is none. */
export function FeeLine({ fee, duty }: FeeLineProps) {
  const { t } = useTranslation();
  if (!fee || fee.amount_rial === 0) return <p className={classes.none}>{t('fee.none')}</p>;
  return (
    <dl className={classes.fee}>
      <dt>{t(`fee.${fee.service}`)}</dt>
      <dd><Rial amount={fee.amount_rial} /></dd>
      {fee.charged && (
        <>
          <dt>{t('fee.together')}</dt>
          <dd><Rial amount={duty + fee.amount_rial} /></dd>
        </>
      )}
      <dd className={classes.apart}>{t(fee.charged ? 'fee.charged' : 'fee.apart')}</dd>
    </dl>
  );
}
