import { Button } from '@mantine/core';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Order, Payment } from '../../api/types.ts';
import { CheckIcon, InfoIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { useShortcut } from '../../ui/shortcuts/useShortcut.ts';
import { useLookAgain } from '../../ui/useLookAgain.ts';
import type { MethodChosen } from './method.ts';
import { pending, type Stance } from './order.ts';
import { Pay } from './Pay.tsx';
import classes from './PayPanel.module.css';
import { Undecided } from './Undecided.tsx';

/** What another feature knows of the card terminal on this machine. */
export interface TerminalParts {
  /** Whether it can take a sale now; tells the device that can, or undefined. */
  Ready: ComponentType<{ onDevice(device: string | undefined): void }>;
  /** Why the last payment at it failed. */
  Failed: ComponentType<{ payment: Payment }>;
  /** A payment at it, until its outcome is known. */
  Sale: ComponentType<{ orderId: string; payment: Payment }>;
}

interface PayPanelProps {
  order: Order;
  stance: Stance;
  method: MethodChosen;
  terminal: TerminalParts;
}

/** The one thing to do about the money now. */
export function PayPanel({ order, stance, method, terminal }: PayPanelProps) {
  const { t } = useTranslation();
  const current = pending(order);
  if (current) return <div className={classes.panel}><Undecided order={order} payment={current} Sale={terminal.Sale} /></div>;
  return (
    <div className={classes.panel}>
      {stance === 'pay' && <Pay order={order} chosen={method} terminal={terminal} />}
      {stance === 'suspense' && (
        <Notice tone="warn" icon={<WarningIcon />} title={t('payment.state.suspense')}>{t('payment.advice.suspense')}</Notice>
      )}
      {stance === 'paid' && <Notice tone="good" icon={<CheckIcon />} title={t('order.state.paid')} />}
      {stance === 'closed' && <Closed order={order} />}
    </div>
  );
}

/** Nothing is to be paid here any more; what is owed now is another order. */
function Closed({ order }: { order: Order }) {
  const { t } = useTranslation();
  const look = useLookAgain(order.inquiry_id);
  const may = useMay('inquiries.create');
  const end = ended(order);
  useShortcut('submit', look, may && end !== 'refunded');
  return (
    <>
      <Notice tone="neutral" icon={<InfoIcon />} title={t(`order.state.${end}`)}>
        {t(({ cancelled: 'order.cancelledHint', refunded: 'order.refundedHint', expired: 'order.overdue' } as const)[end])}
      </Notice>
      {may && end !== 'refunded' && <Button fullWidth onClick={look}>{t('lookAgain')}</Button>}
    </>
  );
}

function ended(order: Order): 'cancelled' | 'refunded' | 'expired' {
  return order.state === 'cancelled' || order.state === 'refunded' ? order.state : 'expired';
}
