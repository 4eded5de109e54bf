import { useTranslation } from 'react-i18next';
import { isUndecided } from '../../api/payment.ts';
import type { Bill, Order } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { CopyText } from '../../ui/CopyText.tsx';
import { useMunicipalityName } from '../../ui/municipality.ts';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { useYears } from '../../ui/years.ts';
import classes from './Bills.module.css';
import type { Stance } from './order.ts';

const tones = { open: 'open', paid: 'good', cancelled: 'neutral', refunded: 'warn', over: 'neutral', underWay: 'open', unknown: 'warn', suspense: 'warn' } as const;

interface BillsProps {
  order: Order;
  stance: Stance;
}

/** What stands at a bill: an open one whose time is over, or for which money is on its way or was taken, is not to be paid now. */
function standing(bill: Bill, { order, stance }: BillsProps): keyof typeof tones {
  if (bill.state !== 'open') return bill.state;
  if (stance === 'closed') return 'over';
  const current = order.payments.find((payment) => (isUndecided(payment) || payment.state === 'suspense') && payment.bills.includes(bill.id));
  if (!current) return 'open';
  return current.state === 'unknown' || current.state === 'suspense' ? current.state : 'underWay';
}

/** One bill per municipality, payable at any bank by its two IDs, unless the office's agreement with the city says otherwise. */
export function Bills(props: BillsProps) {
  const { t } = useTranslation();
  return (
    <section className={`card ${classes.bills}`}>
      <h2>{t('order.bills')}</h2>
      {props.order.bills.map((bill) => <BillRow key={bill.id} bill={bill} state={standing(bill, props)} />)}
    </section>
  );
}

function BillRow({ bill, state }: { bill: Bill; state: keyof typeof tones }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useMunicipalityName();
  const years = useYears();
  const toRead = state !== 'open' && state !== 'paid';
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
            <dd><BankNumber value={bill.bill_id} label={t('order.billId')} toRead={toRead} /></dd>
          </div>
          <div>
            <dt>{t('order.paymentId')}</dt>
            <dd><BankNumber value={bill.payment_id} label={t('order.paymentId')} toRead={toRead} /></dd>
          </div>
        </dl>
      )}
      {bill.bank_refusal && <p className={classes.refusal}>{format.text(bill.bank_refusal.text)}</p>}
      <div className={classes.amount}>
        <Rial amount={bill.amount_rial} />
        <StateBadge tone={tones[state]}>{t(`order.billState.${state}`)}</StateBadge>
      </div>
    </article>
  );
}

/** A number by which a bank takes money; where none is to be paid it is only there to be read. */
function BankNumber({ value, label, toRead }: { value: string; label: string; toRead: boolean }) {
  const format = useFormat();
  return toRead ? <bdi className="identifier">{format.digits(value)}</bdi> : <CopyText value={value} label={label} />;
}
