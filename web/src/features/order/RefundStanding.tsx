import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Order } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { useRefundsAsked } from './useOrder.ts';

interface RefundStandingProps {
  order: Order;
  /** What is offered at once where no money goes back. */
  children: ReactNode;
}

/** Money of a paid order that went back, or is asked for: then this comes before the certificate, which is offered on demand. */
export function RefundStanding({ order, children }: RefundStandingProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [still, setStill] = useState(false);
  const asked = useRefundsAsked(order);
  const given = order.refunded_rial;
  if (order.state !== 'paid' || asked + given === 0) return children;
  const issued = order.certificate_serial !== undefined;
  return (
    <>
      {asked > 0 && <Notice tone="warn" icon={<WarningIcon />} title={t('refundStanding.waiting', { amount: format.number(asked) })}>{t('refundStanding.waitingHint')}</Notice>}
      {given > 0 && <Notice tone="warn" icon={<WarningIcon />} title={t('refundStanding.given', { amount: format.number(given) })}>{t('refundStanding.givenHint')}</Notice>}
      {issued || still ? children : <Button variant="default" fullWidth onClick={() => setStill(true)}>{t('refundStanding.still')}</Button>}
    </>
  );
}
