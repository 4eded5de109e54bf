import { useTranslation } from 'react-i18next';
import type { Order } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Rial } from '../../ui/Rial.tsx';
import { openBills } from './order.ts';
import classes from './Totals.module.css';

interface TotalsProps {
  order: Order;
  /** Milliseconds until the amounts lapse; undefined where nothing is to be paid. */
  left: number | undefined;
}

/** What the order costs, what came in, and how long the amounts hold. */
export function Totals({ order, left }: TotalsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const part = order.paid_rial > 0 && order.paid_rial < order.total_rial;
  const rest = openBills(order).reduce((sum, bill) => sum + bill.amount_rial, 0);
  return (
    <dl className={classes.totals}>
      <div className={classes.total}>
        <dt>{t('order.total')}</dt>
        <dd><Rial amount={order.total_rial} /></dd>
      </div>
      {part && (
        <>
          <div>
            <dt>{t('order.paid')}</dt>
            <dd><Rial amount={order.paid_rial} /></dd>
          </div>
          <div className={classes.rest}>
            <dt>{t('order.rest')}</dt>
            <dd><Rial amount={rest} /></dd>
          </div>
        </>
      )}
      {order.refunded_rial > 0 && (
        <div>
          <dt>{t('order.refundedSum')}</dt>
          <dd><Rial amount={order.refunded_rial} /></dd>
        </div>
      )}
      {left !== undefined && (
        <div>
          <dt>{t('order.validity')}</dt>
          <dd className={classes.left} data-short={left < 10 * 60_000 || undefined}>
            <span className="figures" role="timer">{format.countdown(left)}</span>
            <small>{t('order.validUntil', { moment: format.moment(order.valid_until) })}</small>
          </dd>
        </div>
      )}
    </dl>
  );
}
