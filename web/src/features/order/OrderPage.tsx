import { Button } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useMay } from '../../api/session.tsx';
import type { Order } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { InfoIcon } from '../../ui/icons.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Notice, type Tone } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useShortcut } from '../../ui/shortcuts/useShortcut.ts';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { VehicleCard } from '../../ui/VehicleCard.tsx';
import { useNow } from '../../ui/useNow.ts';
import { useTitle } from '../../ui/useTitle.ts';
import { Attempts } from './Attempts.tsx';
import { Bills } from './Bills.tsx';
import { CancelButton } from './CancelButton.tsx';
import classes from './OrderPage.module.css';
import { useMethod } from './method.ts';
import { pending, stanceOf } from './order.ts';
import { PayPanel, type TerminalParts } from './PayPanel.tsx';
import { RefundStanding } from './RefundStanding.tsx';
import { Totals } from './Totals.tsx';
import { useOrder } from './useOrder.ts';

interface OrderPageProps {
  /** What follows payment; another feature's part of this page. */
  certificate(order: Order): ReactNode;
  /** The card terminal of this machine; another feature's, too. */
  terminal: TerminalParts;
}

/** One order from its bills to the certificate. */
export function OrderPage(parts: OrderPageProps) {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const may = useMay('orders.read');
  useTitle(t('order.title'));
  if (!may) return <Forbidden />;
  return isId.test(id) ? <Loaded key={id} id={id} {...parts} /> : <NoOrder />;
}

const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** For an address that no order can have. */
function NoOrder() {
  const { t } = useTranslation();
  return (
    <div className={classes.page}>
      <Notice tone="neutral" icon={<InfoIcon />} title={t('noOrder')}>{t('noOrderHint')}</Notice>
      <div><Button component={Link} to="/" variant="default">{t('toCounter')}</Button></div>
    </div>
  );
}

function Loaded({ id, ...parts }: OrderPageProps & { id: string }) {
  const order = useOrder(id);
  if (order.isPending) return <Loading cards={2} />;
  if (!order.data) return <ProblemView error={order.error} retry={() => void order.refetch()} />;
  return (
    <div className={classes.page}>
      <Head order={order.data} />
      {order.isError && <ProblemView error={order.error} retry={() => void order.refetch()} />}
      <Body order={order.data} {...parts} refetch={() => void order.refetch()} />
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
  const navigate = useNavigate();
  const unknown = pending(order)?.state === 'unknown';
  // A payment under way is not left by a key that is pressed in passing; the button leaves it.
  useShortcut('next', () => void navigate('/'), !pending(order));
  return (
    <header className={classes.head}>
      <h1>{t('order.title')}</h1>
      {unknown ? <StateBadge tone="warn">{t('order.unknown')}</StateBadge> : <StateBadge tone={tones[order.state]}>{t(`order.state.${order.state}`)}</StateBadge>}
      <span className={classes.created}>{t('order.created', { moment: format.moment(order.created_at) })}</span>
      <span className={classes.actions}>
        <CancelButton order={order} />
        <Button component={Link} to="/" variant="default" size="xs" aria-keyshortcuts="Escape">{t('order.nextVehicle')}</Button>
      </span>
    </header>
  );
}

function Body({ order, certificate, terminal, refetch }: OrderPageProps & { order: Order; refetch: () => void }) {
  const now = useNow(order.state === 'open' || order.state === 'part_paid');
  const stance = stanceOf(order, now);
  const left = Date.parse(order.valid_until) - now;
  const method = useMethod();
  const waiting = !order.certificate_serial && ['open', 'part_paid', 'paid'].includes(order.state);
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
          <Totals order={order} stance={stance} method={method[0]} left={stance === 'pay' ? left : undefined} />
          <PayPanel order={order} stance={stance} method={method} terminal={terminal} />
        </section>
        {waiting && <RefundStanding order={order}>{certificate(order)}</RefundStanding>}
      </aside>
      <div className={classes.main}>
        {order.certificate_serial && <RefundStanding order={order}>{certificate(order)}</RefundStanding>}
        <Bills order={order} stance={stance} />
        <Attempts order={order} />
      </div>
    </div>
  );
}
