import { useTranslation } from 'react-i18next';
import { isUndecided } from '../../api/payment.ts';
import type { Order } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { FeeLine } from '../../ui/FeeLine.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { slipsOf, type Method } from './method.ts';
import { feeDue, feeTaken, pending, receivedOf, restOf, type Stance } from './order.ts';
import classes from './Totals.module.css';

interface TotalsProps {
  order: Order;
  stance: Stance;
  method: Method;
  /** Milliseconds until the amounts lapse; undefined where nothing is to be paid. */
  left: number | undefined;
}

/** What the order costs, what came in, how long the amounts hold, and large the one sum that changes hands now. */
export function Totals({ order, stance, method, left }: TotalsProps) {
  const { t } = useTranslation();
  const part = order.paid_rial > 0 && order.paid_rial < order.total_rial;
  const paying = stance === 'pay';
  const withFee = paying && method !== 'bank' && feeDue(order) > 0;
  const note = feeNote(order, stance, method);
  const large = withFee ? undefined : largeSum(order, stance, method);
  return (
    <>
      <dl className={`${classes.totals} ${classes.sums}`}>
        {large?.name !== 'order.total' && <Row name={t('order.total')} amount={order.total_rial} />}
        {part && <Row name={t('order.paid')} amount={order.paid_rial} />}
        {part && large?.name !== 'order.rest' && <Row name={t('order.rest')} amount={restOf(order)} />}
        {large && <Row name={t(large.name)} amount={large.amount} large />}
        {order.refunded_rial > 0 && <Row name={t('order.refundedSum')} amount={order.refunded_rial} />}
      </dl>
      <FeeLine fee={order.fee} duty={withFee ? restOf(order) : undefined} note={note && t(note)} />
      {left !== undefined && <TimeLeft order={order} left={left} />}
    </>
  );
}

type Sum = { name: 'order.total' | 'order.rest' | 'slip.sum' | 'collecting' | 'received'; amount: number };

// The sum that changes hands, or has; with a fee beside the bills the fee's own line says it.
function largeSum(order: Order, stance: Stance, method: Method): Sum {
  const current = pending(order);
  if (current) return { name: 'collecting', amount: current.amount_rial };
  if (stance === 'paid' && receivedOf(order) !== order.total_rial && receivedOf(order) > 0) return { name: 'received', amount: receivedOf(order) };
  if (stance !== 'pay') return { name: 'order.total', amount: order.total_rial };
  if (method === 'bank') return { name: 'slip.sum', amount: slipsOf(order).slips.reduce((sum, bill) => sum + bill.amount_rial, 0) };
  return order.paid_rial > 0 ? { name: 'order.rest', amount: restOf(order) } : { name: 'order.total', amount: order.total_rial };
}

function feeNote(order: Order, stance: Stance, method: Method) {
  if (feeTaken(order)) return order.payments.some((payment) => payment.fee_rial !== undefined && (isUndecided(payment) || payment.state === 'suspense')) ? 'feeOnItsWay' : 'feeTaken';
  if (stance === 'paid') return 'slip.feeNotTaken';
  if (stance === 'closed') return 'feeOver';
  return stance === 'pay' && method === 'bank' ? 'slip.fee' : undefined;
}

function Row({ name, amount, large = false }: { name: string; amount: number; large?: boolean }) {
  return (
    <div className={large ? classes.total : undefined}>
      <dt>{name}</dt>
      <dd><Rial amount={amount} toman={large} /></dd>
    </div>
  );
}

function TimeLeft({ order, left }: { order: Order; left: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <dl className={classes.totals}>
      <div>
        <dt>{t('order.validity')}</dt>
        <dd className={classes.left} data-short={left < 10 * 60_000 || undefined}>
          <span className="figures" role="timer">{format.countdown(left)}</span>
          <small>{t('order.validUntil', { moment: format.moment(order.valid_until) })}</small>
        </dd>
      </div>
    </dl>
  );
}
