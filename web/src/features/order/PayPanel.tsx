import { Button, Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Order, Payment } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { CheckIcon, ClockIcon, InfoIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { openGatewayTab } from './gatewayTab.ts';
import { gatewayAddress, openBills, pending, type Stance } from './order.ts';
import classes from './PayPanel.module.css';
import { useCreatePayment } from './useOrder.ts';

interface PayPanelProps {
  order: Order;
  stance: Stance;
}

/** The one thing to do about the money now. */
export function PayPanel({ order, stance }: PayPanelProps) {
  const { t } = useTranslation();
  const current = pending(order);
  if (current) return <div className={classes.panel}><Undecided payment={current} /></div>;
  return (
    <div className={classes.panel}>
      {stance === 'pay' && <PayButton order={order} />}
      {stance === 'suspense' && (
        <Notice tone="warn" icon={<WarningIcon />} title={t('payment.state.suspense')}>{t('payment.advice.suspense')}</Notice>
      )}
      {stance === 'paid' && <Notice tone="good" icon={<CheckIcon />} title={t('order.state.paid')} />}
      {stance === 'closed' && (
        <Notice tone="neutral" icon={<InfoIcon />} title={t(`order.state.${ended(order)}`)}>
          {t(({ cancelled: 'order.cancelledHint', refunded: 'order.refundedHint', expired: 'order.overdue' } as const)[ended(order)])}
        </Notice>
      )}
    </div>
  );
}

// The most cities that one gateway payment settles (limit of the bank's split).
const slice = 9;

function PayButton({ order }: { order: Order }) {
  const { t } = useTranslation();
  const may = useMay('payments.create');
  const payment = useCreatePayment(order);
  const pay = () => payment.mutate(openGatewayTab(t('payment.opening')));
  return (
    <>
      {payment.isError && <ProblemView error={payment.error} retry={pay} />}
      <Button size="md" fullWidth loading={payment.isPending} disabled={!may} onClick={pay}>{t(`payment.${wordOf(order)}`)}</Button>
      {!may && <p className={classes.note}>{t('problem.notPermitted')}</p>}
      {openBills(order).length > slice && <p className={classes.note}>{t('payment.slices')}</p>}
    </>
  );
}

function ended(order: Order): 'cancelled' | 'refunded' | 'expired' {
  return order.state === 'cancelled' || order.state === 'refunded' ? order.state : 'expired';
}

function wordOf(order: Order): 'pay' | 'payNext' | 'payAgain' {
  if (order.payments.at(-1)?.state === 'failed') return 'payAgain';
  return order.state === 'part_paid' ? 'payNext' : 'pay';
}

/** An attempt under way. Unknown is said as it is: neither paid nor failed, and nobody collects twice. */
function Undecided({ payment }: { payment: Payment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const address = gatewayAddress(payment);
  const state = payment.state as 'created' | 'sent' | 'unknown' | 'confirmed';
  const unknown = state === 'unknown';
  return (
    <>
      <Notice
        tone={unknown ? 'warn' : 'neutral'}
        icon={unknown ? <WarningIcon /> : <ClockIcon />}
        title={unknown ? t('payment.advice.unknown') : t(`payment.state.${state}`)}
      >
        <div>{unknown ? t('payment.advice.unknownHint') : t(`payment.advice.${state}`)}</div>
        {state === 'sent' && <div className={classes.quiet}>{t('payment.expires', { time: format.time(payment.expires_at) })}</div>}
      </Notice>
      {address && (
        <Button component="a" href={address} target="_blank" rel="noopener" variant="light" fullWidth>
          {t('payment.goToGateway')}
        </Button>
      )}
      <p className={classes.watching}><Loader size={14} /> {t('payment.watching')}</p>
    </>
  );
}
