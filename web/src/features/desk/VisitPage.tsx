import { Button } from '@mantine/core';
import type { MouseEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate, useParams } from 'react-router';
import { useMay } from '../../api/session.tsx';
import type { Order, OrderEvent } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Answered } from '../../ui/Answered.tsx';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { Columns, PageHead, Panel } from '../../ui/Panel.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { VehicleCard } from '../../ui/VehicleCard.tsx';
import { RefundPanel } from './RefundPanel.tsx';
import { Timeline } from './Timeline.tsx';
import { orderTones } from './tones.ts';
import { refundStanding } from './refundStanding.ts';
import { useRefundsOf, useTimeline, useVisit } from './useDesk.ts';
import classes from './Visits.module.css';

interface VisitPageProps {
  /** What was handed over, to be printed again; other features' part of this page. */
  papers(order: Order): ReactNode;
}

/** One visit: its vehicle, what was paid, and all that happened from the inquiry on. */
export function VisitPage({ papers }: VisitPageProps) {
  const { id = '' } = useParams();
  return useMay('orders.read') ? <Visit id={id} papers={papers} /> : <Forbidden />;
}

function Visit({ id, papers }: VisitPageProps & { id: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const visit = useVisit(id);
  const story = useTimeline(id);
  const refunds = useMay('refunds.read');
  return (
    <>
      <Back />
      <PageHead title={t('visits.detail')}>
        <Onward id={id} order={visit.data} events={story.data?.events ?? []} />
      </PageHead>
      <Columns side={<Panel title={t('visits.story')}><Answered query={story}>{({ events }) => <Timeline events={events} />}</Answered></Panel>}>
        <Answered query={visit}>
          {(order) => (
            <>
              <VehicleCard vehicle={order.vehicle} />
              <Panel>
                <dl className={classes.facts}>
                  <Fact name={t('desk.state')}><StateBadge tone={orderTones[order.state]}>{t(`order.state.${order.state}`)}</StateBadge></Fact>
                  <Fact name={t('visits.total')}><Rial amount={order.total_rial} /></Fact>
                  <Fact name={t('order.paid')}><Rial amount={order.paid_rial} /></Fact>
                  <Fact name={t('visits.cities')}>{format.number(order.bills.length)}</Fact>
                  <Fact name={t('visits.certificate')}>{order.certificate_serial ? <bdi className="identifier">{order.certificate_serial}</bdi> : t('app.none')}</Fact>
                </dl>
                {papers(order)}
              </Panel>
              {refunds && <div id={refundsPart} className={classes.refundsPart}><RefundPanel order={order} /></div>}
            </>
          )}
        </Answered>
      </Columns>
    </>
  );
}

const refundsPart = 'refunds';

/** Leads back to the visits as they were left, or from an address that was opened by itself to those of today. */
function Back() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listed = (useLocation().state as { listed?: boolean } | null)?.listed;
  const back = (event: MouseEvent) => {
    if (!listed || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void navigate(-1);
  };
  return <Link to="/visits" className={classes.back} onClick={back}>{t('visits.back')}</Link>;
}

interface OnwardProps {
  id: string;
  order: Order | undefined;
  events: OrderEvent[];
}

/** What comes next for the visit; while money is to go back, where that stands comes before all else. */
function Onward({ id, order, events }: OnwardProps) {
  const { t } = useTranslation();
  const may = { pay: useMay('payments.create'), certify: useMay('certificates.issue') };
  const refunds = useRefundsOf(order);
  const standing = refundStanding(refunds, events);
  const to = `/orders/${id}`;
  if (!standing) return <Button component={Link} to={to} size="xs">{t(order ? onward(order, may) : 'desk.openOrder')}</Button>;
  const words = t(`desk.refund.${standing}`);
  return (
    <>
      {refunds ? <Button size="xs" onClick={() => document.getElementById(refundsPart)?.scrollIntoView()}>{words}</Button> : <StateBadge tone="warn">{words}</StateBadge>}
      <Button component={Link} to={to} size="xs" variant="default">{t('desk.openOrder')}</Button>
    </>
  );
}

// What the order is opened for: the page of the order does the rest.
function onward({ state, certificate_serial }: Order, may: { pay: boolean; certify: boolean }) {
  if (may.pay && (state === 'open' || state === 'part_paid')) return 'desk.continuePayment';
  return may.certify && state === 'paid' && !certificate_serial ? 'desk.issueCertificate' : 'desk.openOrder';
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
