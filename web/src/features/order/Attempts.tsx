import { useTranslation } from 'react-i18next';
import type { Order, Payment, Receipt } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { useLabel } from '../../i18n/useLabel.ts';
import { CopyText } from '../../ui/CopyText.tsx';
import type { Tone } from '../../ui/Notice.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import classes from './Attempts.module.css';
import { ReceiptButton } from './paper/ReceiptButton.tsx';

const tones: Record<Payment['state'], Tone | 'open'> = {
  created: 'open',
  sent: 'open',
  unknown: 'warn',
  confirmed: 'open',
  captured: 'good',
  failed: 'bad',
  suspense: 'warn',
  reversed: 'neutral',
  refunded: 'neutral',
};

/** Every attempt to pay, with the receipts of those that brought money. */
export function Attempts({ order }: { order: Order }) {
  const { t } = useTranslation();
  const { payments } = order;
  if (payments.length === 0) return null;
  return (
    <section className={`card ${classes.attempts}`}>
      <h2>{t('payment.attempts')}</h2>
      {payments.map((payment, at) => <Attempt key={payment.id} order={order} payment={payment} number={at + 1} />)}
    </section>
  );
}

function Attempt({ order, payment, number }: { order: Order; payment: Payment; number: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  return (
    <article className={classes.attempt}>
      <div className={classes.line}>
        <h3>{t('payment.attempt', { n: format.digits(number) })}</h3>
        <StateBadge tone={tones[payment.state]}>{t(`payment.state.${payment.state}`)}</StateBadge>
        <span className={classes.quiet}>
          {label('method', payment.method)}{t('app.comma')}{t('payment.cities', { count: payment.bills.length, n: format.digits(payment.bills.length) })}{t('app.comma')}{format.moment(payment.created_at)}
        </span>
        <span className={classes.amount}><Rial amount={payment.amount_rial} /></span>
      </div>
      {payment.reason && <p className={classes.reason}>{label('reason', payment.reason)}</p>}
      {payment.reference && !payment.receipt && (
        <p className={classes.reason}>{t('payment.reference')}: <CopyText value={payment.reference} label={t('payment.reference')} raw /></p>
      )}
      {payment.receipt && <ReceiptBox order={order} receipt={payment.receipt} />}
    </article>
  );
}

function ReceiptBox({ order, receipt }: { order: Order; receipt: Receipt }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={classes.box}>
      <dl className={classes.receipt}>
        <div className={classes.number}><dt>{t('payment.receipt', { number: format.digits(receipt.number) })}</dt></div>
        <div>
          <dt>{t('payment.receiptAt')}</dt>
          <dd>{format.moment(receipt.at)}</dd>
        </div>
        <div>
          <dt>{t('payment.receiptAmount')}</dt>
          <dd><Rial amount={receipt.amount_rial} /></dd>
        </div>
        {receipt.fee_rial !== undefined && (
          <div>
            <dt>{t('payment.receiptFee')}</dt>
            <dd><Rial amount={receipt.fee_rial} /></dd>
          </div>
        )}
        {receipt.rrn && (
          <div>
            <dt>{t('payment.rrn')}</dt>
            <dd><CopyText value={receipt.rrn} label={t('payment.rrn')} /></dd>
          </div>
        )}
        {receipt.masked_pan && (
          <div>
            <dt>{t('payment.card')}</dt>
            <dd><bdi className="identifier">{format.digits(receipt.masked_pan)}</bdi></dd>
          </div>
        )}
      </dl>
      <ReceiptButton order={order} number={receipt.number} />
    </div>
  );
}
