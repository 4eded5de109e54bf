import { useTranslation } from 'react-i18next';
import type { Fee } from '../api/types.ts';
import classes from './FeeLine.module.css';
import { Rial } from './Rial.tsx';

interface FeeLineProps {
  fee: Fee | undefined;
  /** The duty that the fee is collected together with; undefined: it is not collected now, or not by the chosen method. */
  duty: number | undefined;
  /** What becomes of the fee, where it is not what a first payment does. */
  note?: string | undefined;
}

/** What the payer gives for the office's service: a line of its own below the duty, never a part of its total, and then large what is collected in all; plainly said where there is none. */
export function FeeLine({ fee, duty, note }: FeeLineProps) {
  const { t } = useTranslation();
  if (!fee || fee.amount_rial === 0) return <p className={classes.none}>{t('fee.none')}</p>;
  return (
    <dl className={classes.fee}>
      <dt>{t(`fee.${fee.service}`)}</dt>
      <dd><Rial amount={fee.amount_rial} /></dd>
      {fee.charged && duty !== undefined && (
        <>
          <dt className={classes.together}>{t('fee.together')}</dt>
          <dd className={classes.together}><Rial amount={duty + fee.amount_rial} toman /></dd>
        </>
      )}
      <dd className={classes.apart}>{fee.charged ? (note ?? t('fee.charged')) : t('fee.apart')}</dd>
    </dl>
  );
}
