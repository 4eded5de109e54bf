import { Button } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useMay } from '../../api/session.tsx';
import type { Order } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { FeeLine } from '../../ui/FeeLine.tsx';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { Loading } from '../../ui/Loading.tsx';
import type { Tone } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { VehicleCard } from '../../ui/VehicleCard.tsx';
import { useNow } from '../../ui/useNow.ts';
import { Attempts } from './Attempts.tsx';
import { Bills } from './Bills.tsx';
import { CancelButton } from './CancelButton.tsx';
import classes from './OrderPage.module.css';
import { stanceOf } from './order.ts';
import { PayPanel } from './PayPanel.tsx';
import { Totals } from './Totals.tsx';
import { useOrder } from './useOrder.ts';

interface OrderPageProps {
  /** What follows payment; another feature's part of this page. */
  certificate(order: Order): ReactNode;
}

/** One order from its bills to the certificate. */
export function OrderPage({ certificate }: OrderPageProps) {
  const { id = '' } = useParams();
  const may = useMay('orders.read');
  return may ? <Loaded id={id} certificate={certificate} /> : <Forbidden />;
}

function Loaded({ id, certificate }: OrderPageProps & { id: string }) {
  const order = useOrder(id);
  if (order.isPending) return <Loading cards={2} />;
  if (!order.data) return <ProblemView error={order.error} retry={() => void order.refetch()} />;
  return (
    <div className={classes.page}>
      <Head order={order.data} />
      {order.isError && <ProblemView error={order.error} retry={() => void order.refetch()} />}
      <Body order={order.data} certificate={certificate} refetch={() => void order.refetch()} />
    </div>
  );
}

const tones: Record<Order['state'], Tone | 'open'> = {
  open: 'open',
  part_paid: 'warn',
  paid: 'good',
  cancelled: 'neutral',
  expired: 'neutral',
  refunded: 'warn',
};

function Head({ order }: { order: Order }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <header className={classes.head}>
      <h1>{t('order.title')}</h1>
      <StateBadge tone={tones[order.state]}>{t(`order.state.${order.state}`)}</StateBadge>
      <span className={classes.created}>{t('order.created', { moment: format.moment(order.created_at) })}</span>
      <span className={classes.actions}>
        <CancelButton order={order} />
        <Button component={Link} to="/" variant="default" size="xs">{t('order.nextVehicle')}</Button>
      </span>
    </header>
  );
}

function Body({ order, certificate, refetch }: OrderPageProps & { order: Order; refetch: () => void }) {
  const now = useNow(order.state === 'open' || order.state === 'part_paid');
  const stance = stanceOf(order, now);
  const left = Date.parse(order.valid_until) - now;
  const lapsed = left <= 0 && order.state !== 'expired';
  // The server closes an order when its time is over; ask once what became of it.
  useEffect(() => {
    if (lapsed && order.state === 'open') refetch();
  }, [lapsed, order.state]);
  return (
    <div className={classes.columns}>
      <div className={classes.vehicle}><VehicleCard vehicle={order.vehicle} /></div>
      <aside className={classes.side}>
        <section className={`card ${classes.box}`}>
          <Totals order={order} left={stance === 'pay' ? left : undefined} />
          <FeeLine fee={order.fee} duty={order.total_rial} />
          <PayPanel order={order} stance={stance} />
        </section>
        {order.state !== 'cancelled' && order.state !== 'expired' && certificate(order)}
      </aside>
      <div className={classes.main}>
        <Bills bills={order.bills} />
        <Attempts payments={order.payments} />
      </div>
    </div>
  );
}
