import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Order, Payment } from '../../api/types.ts';
import { useLabel } from '../../i18n/useLabel.ts';
import { InfoIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useShortcut } from '../../ui/shortcuts/useShortcut.ts';
import { DepositLine } from './DepositLine.tsx';
import { openGatewayTab } from './gatewayTab.ts';
import type { Method, MethodChosen } from './method.ts';
import { MethodChoice } from './MethodChoice.tsx';
import { openBills } from './order.ts';
import { BankSlips } from './paper/BankSlips.tsx';
import classes from './PayPanel.module.css';
import type { TerminalParts } from './PayPanel.tsx';
import { useCreatePayment, type Attempt } from './useOrder.ts';

interface PayProps {
  order: Order;
  chosen: MethodChosen;
  terminal: TerminalParts;
}

/** Chooses how to pay, and pays. */
export function Pay({ order, chosen: [method, choose], terminal: { Ready, Failed } }: PayProps) {
  const { t } = useTranslation();
  const may = useMay('payments.create');
  const [device, setDevice] = useState<string>();
  const [short, setShort] = useState(false);
  const payment = useCreatePayment(order);
  const change = (next: Method) => {
    payment.reset();
    choose(next);
  };
  const last = order.payments.at(-1);
  return (
    <>
      {last?.state === 'failed' && (last.method === 'terminal' ? <Failed payment={last} /> : <FailedBefore payment={last} />)}
      <MethodChoice value={method} onChange={change} disabled={!may || payment.isPending} />
      {may && method === 'terminal' && <Ready onDevice={setDevice} />}
      {may && method === 'deposit' && <DepositLine order={order} onShort={setShort} />}
      {may && method === 'gateway' && <p className={classes.note}>{t('payment.about.gateway')}</p>}
      {method === 'bank' ? <BankSlips order={order} /> : <PayButton order={order} method={method} device={device} held={short && method === 'deposit'} payment={payment} />}
      {!may && <p className={classes.note}>{t('problem.notPermitted')}</p>}
    </>
  );
}

/** Why the last attempt took nothing, where the next one is chosen. */
function FailedBefore({ payment }: { payment: Payment }) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <Notice tone="neutral" icon={<InfoIcon />} title={t('payment.failedBefore', { method: label('methodAmong', payment.method) })}>
      {payment.reason && label('reason', payment.reason)}
    </Notice>
  );
}

interface PayButtonProps {
  order: Order;
  method: Exclude<Method, 'bank'>;
  device: string | undefined;
  /** Whether it is known that this method cannot pay now. */
  held: boolean;
  payment: ReturnType<typeof useCreatePayment>;
}

// The most cities that one gateway payment settles (limit of the bank's split).
const slice = 9;

function PayButton({ order, method, device, held, payment }: PayButtonProps) {
  const { t } = useTranslation();
  const may = useMay('payments.create');
  const able = may && !held && (method !== 'terminal' || device !== undefined);
  // A second press comes before the page has drawn the first one, and would open a tab of its own.
  const under = useRef(false);
  const pay = () => {
    if (under.current) return;
    const attempt = attemptBy(method, device, t('payment.opening'));
    if (!attempt) return;
    under.current = true;
    payment.mutate(attempt, { onSettled: () => void (under.current = false) });
  };
  useShortcut('submit', pay, able && !payment.isPending);
  const again = order.payments.at(-1)?.state === 'failed';
  const word = again ? 'payAgain' : order.state === 'part_paid' ? 'payNext' : 'pay';
  return (
    <>
      {payment.isError && <ProblemView error={payment.error} retry={pay} />}
      <Button size="md" fullWidth loading={payment.isPending} disabled={!able} onClick={pay}>
        {word === 'pay' && method !== 'gateway' ? t(`payment.by.${method}`) : t(`payment.${word}`)}
      </Button>
      {openBills(order).length > slice && <p className={classes.note}>{t('payment.slices')}</p>}
    </>
  );
}

function attemptBy(method: PayButtonProps['method'], device: string | undefined, opening: string): Attempt | undefined {
  if (method === 'gateway') return { method, tab: openGatewayTab(opening) };
  if (method === 'deposit') return { method };
  return device === undefined ? undefined : { method, device };
}
