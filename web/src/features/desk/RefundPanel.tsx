import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Order, Payment, Refund } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { useLabel } from '../../i18n/useLabel.ts';
import { Answered } from '../../ui/Answered.tsx';
import { Empty, Panel } from '../../ui/Panel.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { RefundForm } from './RefundForm.tsx';
import { broughtMoney, useCityOf, useRefunds } from './useDesk.ts';
import classes from './Visits.module.css';

const tones = { waiting: 'warn', granted: 'open', paid: 'good', refused: 'bad' } as const;

/** What of the order's money has gone back or can. */
export function RefundPanel({ order }: { order: Order }) {
  const { t } = useTranslation();
  const taken = order.payments.filter(broughtMoney);
  return (
    <Panel title={t('refund.title')}>
      {taken.length === 0 ? <Empty title={t('refund.none')} /> : taken.map((payment) => <OfPayment key={payment.id} order={order} payment={payment} />)}
    </Panel>
  );
}

function OfPayment({ order, payment }: { order: Order; payment: Payment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const may = useMay('refunds.request');
  const refunds = useRefunds(payment.id);
  const [asking, form] = useDisclosure(false);
  return (
    <Answered query={refunds} skeleton="lines">
      {({ refunds: list, parts }) => (
        <div>
          <Group justify="space-between">
            <span>{label('method', payment.method)}{t('app.comma')}{format.moment(payment.created_at)}{t('app.comma')}<Rial amount={payment.amount_rial} /></span>
            {may && <Button size="xs" variant="default" onClick={form.open}>{t('refund.ask')}</Button>}
          </Group>
          {list.length === 0 ? <p className="quiet">{t('refund.notAsked')}</p> : (
            <ul className={classes.refunds} aria-label={t('refund.title')}>
              {list.map((refund) => <Step key={refund.id} order={order} refund={refund} />)}
            </ul>
          )}
          <Modal opened={asking} onClose={form.close} title={t('refund.ask')} centered closeButtonProps={{ 'aria-label': t('app.close') }}>
            <RefundForm order={order} payment={payment} parts={parts} onClose={form.close} />
          </Modal>
        </div>
      )}
    </Answered>
  );
}

/** Where one refund stands, and in words what comes next. */
function Step({ order, refund }: { order: Order; refund: Refund }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const city = useCityOf(order);
  const words = { day: format.day(refund.expires_at), reference: format.code(refund.reference ?? '') };
  const detailed = `refund.next.${refund.state}_${refund.remark ? 'said' : refund.channel}`;
  const next = i18n.exists(detailed) ? t(detailed as 'refund.next.granted_reverse', words) : t(`refund.next.${refund.state}`, words);
  return (
    <li>
      <StateBadge tone={tones[refund.state]}>{t(`refund.state.${refund.state}`)}</StateBadge>
      <span>{refund.bill_id ? city(refund.bill_id) : t('refund.fee')}</span>
      <Rial amount={refund.amount_rial} />
      <span className="quiet">{format.moment(refund.requested_at)}</span>
      <p>
        {next} {refund.whole && (refund.state === 'granted' || refund.state === 'paid') && t('refund.owedAgain')} {refund.reference && t('refund.reference', words)}
      </p>
      {refund.remark && <p>{t('refund.answer')} <bdi>{refund.remark}</bdi></p>}
      <p className="quiet">{t('refund.because', { reason: refund.reason })}</p>
    </li>
  );
}
