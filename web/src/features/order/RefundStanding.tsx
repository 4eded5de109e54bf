import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Order, Refund } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { WarningIcon } from '../../ui/icons.tsx';
import { useMunicipalityName } from '../../ui/municipality.ts';
import { Notice } from '../../ui/Notice.tsx';
import { useRefundsAsked } from './useOrder.ts';

interface RefundStandingProps {
  order: Order;
  /** What is offered at once where no money goes back. */
  children: ReactNode;
}

/** Money of a paid order that went back, or is asked for: then this comes before the certificate, which is offered on demand. A refusal is told, and holds nothing up. */
export function RefundStanding({ order, children }: RefundStandingProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [still, setStill] = useState(false);
  const { waiting, refused } = useRefundsAsked(order);
  const given = order.refunded_rial;
  if (order.state !== 'paid' || (waiting + given === 0 && refused.length === 0)) return children;
  const offered = waiting + given === 0 || order.certificate_serial !== undefined || still;
  return (
    <>
      {waiting > 0 && <Notice tone="warn" icon={<WarningIcon />} title={t('refundStanding.waiting', { amount: format.number(waiting) })}>{t('refundStanding.waitingHint')}</Notice>}
      {given > 0 && <Notice tone="warn" icon={<WarningIcon />} title={t('refundStanding.given', { amount: format.number(given) })}>{t('refundStanding.givenHint')}</Notice>}
      {refused.length > 0 && <Refused order={order} refunds={refused} stands={given === 0} />}
      {offered ? children : <Button variant="default" fullWidth onClick={() => setStill(true)}>{t('refundStanding.still')}</Button>}
    </>
  );
}

/** `stands` says that nothing else of the order went back, so that its payments and its certificate are as they were. */
function Refused({ order, refunds, stands }: { order: Order; refunds: Refund[]; stands: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useMunicipalityName();
  const whose = ({ bill_id: id }: Refund) => {
    const bill = order.bills.find((one) => one.id === id);
    return bill ? name(bill.municipality) : t('fee.clearance');
  };
  const amount = format.number(refunds.reduce((sum, refund) => sum + refund.amount_rial, 0));
  return (
    <Notice tone="neutral" icon={<WarningIcon />} title={t(refunds.every(({ remark }) => remark) ? 'refundStanding.refused' : 'refundStanding.refusedOrLate', { amount })}>
      {stands && <div>{t('refundStanding.refusedHint')}</div>}
      {refunds.map((refund) => refund.remark && <div key={refund.id}>{t('refundStanding.answer', { whose: whose(refund) })} <bdi>{refund.remark}</bdi></div>)}
    </Notice>
  );
}
