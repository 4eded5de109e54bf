import { useTranslation } from 'react-i18next';
import { useFormat } from '../format/useFormat.ts';

interface RialProps {
  amount: number;
  /** Leaves the unit to the heading of a column. */
  bare?: boolean;
  /** Adds the amount in toman, as people speak of it. */
  toman?: boolean;
}

/** An amount in rial with its unit. */
export function Rial({ amount, bare = false, toman = false }: RialProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <span className="figures">
        {format.number(amount)}
        {!bare && <small className="quiet"> {t('app.rial')}</small>}
      </span>
      {toman && amount !== 0 && <small className="toman">{t('app.toman', { amount: format.toman(amount) })}</small>}
    </>
  );
}
