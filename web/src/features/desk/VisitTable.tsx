import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { OrderSummary } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { PlateView } from '../../ui/plate/PlateView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import classes from './Visits.module.css';
import { orderTones, payTone } from './tones.ts';

/** Visits in a table; the hour, and with it all of the row, leads to the story of each. */
export function VisitTable({ caption, visits }: { caption: string; visits: OrderSummary[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<OrderSummary>[] = [
    { head: t('desk.time'), cell: (visit) => <Link to={`/visits/${visit.id}`} state={{ listed: true }}>{format.moment(visit.created_at)}</Link> },
    { head: t('visits.plate'), cell: (visit) => (visit.plate ? <span className={classes.plate}><PlateView plate={visit.plate} /></span> : t('app.none')) },
    { head: t('desk.state'), cell: (visit) => <State visit={visit} /> },
    { head: t('visits.cities'), end: true, cell: (visit) => <span className="figures">{format.number(visit.cities)}</span> },
    { head: t('visits.total'), end: true, cell: (visit) => <Rial amount={visit.total_rial} /> },
    { head: t('visits.operator'), cell: (visit) => visit.person_name || t('app.none') },
  ];
  return <DataTable caption={caption} columns={columns} rows={visits} rowKey={({ id }) => id} linked />;
}

// While money is on its way or in doubt, that is what the operator must know; else where the order stands.
function State({ visit }: { visit: OrderSummary }) {
  const { t } = useTranslation();
  const undecided = visit.payment_state ? payTone(visit.payment_state) : undefined;
  if (visit.state !== 'paid' && undecided) {
    return <StateBadge tone={undecided}>{t(`payment.state.${visit.payment_state as 'unknown'}`)}</StateBadge>;
  }
  return <StateBadge tone={orderTones[visit.state]}>{t(`order.state.${visit.state}`)}</StateBadge>;
}
