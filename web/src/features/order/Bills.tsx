import { useTranslation } from 'react-i18next';
import type { Bill } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { CopyText } from '../../ui/CopyText.tsx';
import { useMunicipalityName } from '../../ui/municipality.ts';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { useYears } from '../../ui/years.ts';
import classes from './Bills.module.css';

const tones = { open: 'open', paid: 'good', cancelled: 'neutral', refunded: 'warn' } as const;

/** One bill per municipality, payable at any bank by its two IDs, unless the office's agreement with the city says otherwise. */
export function Bills({ bills }: { bills: Bill[] }) {
  const { t } = useTranslation();
  return (
    <section className={`card ${classes.bills}`}>
      <h2>{t('order.bills')}</h2>
      {bills.map((bill) => <BillRow key={bill.id} bill={bill} />)}
    </section>
  );
}

function BillRow({ bill }: { bill: Bill }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useMunicipalityName();
  const years = useYears();
  return (
    <article className={classes.bill}>
      <div className={classes.city}>
        <h3>{name(bill.municipality)}</h3>
        <span>{years(bill.dues.map((due) => due.fiscal_year))}</span>
      </div>
      {bill.bill_id && bill.payment_id && (
        <dl className={classes.ids}>
          <div>
            <dt>{t('order.billId')}</dt>
            <dd><CopyText value={bill.bill_id} label={t('order.billId')} /></dd>
          </div>
          <div>
            <dt>{t('order.paymentId')}</dt>
            <dd><CopyText value={bill.payment_id} label={t('order.paymentId')} /></dd>
          </div>
        </dl>
      )}
      {bill.bank_refusal && <p className={classes.refusal}>{format.text(bill.bank_refusal.text)}</p>}
      <div className={classes.amount}>
        <Rial amount={bill.amount_rial} />
        <StateBadge tone={tones[bill.state]}>{t(`order.billState.${bill.state}`)}</StateBadge>
      </div>
    </article>
  );
}
