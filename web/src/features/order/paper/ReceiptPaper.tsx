import { useTranslation } from 'react-i18next';
import type { Order, PrintedReceipt } from '../../../api/types.ts';
import { useFormat } from '../../../format/useFormat.ts';
import { useLabel } from '../../../i18n/useLabel.ts';
import { useMunicipalityName } from '../../../ui/municipality.ts';
import { PlateView } from '../../../ui/plate/PlateView.tsx';
import { Rial } from '../../../ui/Rial.tsx';
import { useYears } from '../../../ui/years.ts';
import classes from './print.module.css';

/** What stands on a receipt; without what the server says of a print, it is a preview and says so. */
export type Sheet = Omit<PrintedReceipt, 'kind' | 'copy' | 'at'> & Partial<Pick<PrintedReceipt, 'copy' | 'at'>>;

interface ReceiptPaperProps {
  order: Order;
  paper: Sheet;
}

/** The payer's receipt as it comes out of the printer. */
export function ReceiptPaper({ order, paper }: ReceiptPaperProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <article className={classes.receipt}>
      <header className={classes.head}>
        <div>
          <h3>{t('receipt.heading')}</h3>
          <strong>{paper.office_name_fa}</strong>
          <div>{t('receipt.licence', { licence: format.code(paper.office_licence_no) })}</div>
        </div>
        <Mark copy={paper.copy} />
      </header>
      <div className={classes.vehicle}>
        {order.vehicle.plate && <PlateView plate={order.vehicle.plate} width={150} plain />}
        <span>{format.digits(order.vehicle.type_name_fa)}{t('app.comma')}{t('vehicle.model')} {format.digits(order.vehicle.model_year)}</span>
      </div>
      <Facts paper={paper} />
      <Lines order={order} paper={paper} />
      <p className={classes.small}>{t('receipt.noCertificate')}</p>
      {paper.at && <p className={classes.small}>{t('receipt.printedAt', { moment: format.moment(paper.at) })}</p>}
    </article>
  );
}

function Mark({ copy }: { copy: number | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (copy === 0) return null;
  return <strong className={classes.copy}>{copy === undefined ? t('receipt.preview') : t('receipt.copy', { n: format.digits(copy) })}</strong>;
}

function Facts({ paper: { payment } }: { paper: Sheet }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const { receipt } = payment;
  if (!receipt) return null;
  return (
    <dl className={classes.rows}>
      <dt>{t('receipt.number')}</dt>
      <dd className={classes.number}>{format.digits(receipt.number)}</dd>
      <dt>{t('payment.receiptAt')}</dt>
      <dd>{format.moment(receipt.at)}</dd>
      <dt>{t('payment.method')}</dt>
      <dd>{label('method', payment.method)}</dd>
      {receipt.rrn && <dt>{t('payment.rrn')}</dt>}
      {receipt.rrn && <dd><bdi className="identifier">{format.digits(receipt.rrn)}</bdi></dd>}
      {receipt.masked_pan && <dt>{t('payment.card')}</dt>}
      {receipt.masked_pan && <dd><bdi className="identifier">{format.digits(receipt.masked_pan)}</bdi></dd>}
    </dl>
  );
}

/** What went to each city, the fee apart, and what the payer gave in all. */
function Lines({ order, paper }: ReceiptPaperProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const years = useYears();
  const name = useMunicipalityName();
  const { payment, bills } = paper;
  return (
    <table className={classes.lines}>
      <thead>
        <tr><th scope="col">{t('receipt.city')}</th><th scope="col">{t('receipt.rial')}</th></tr>
      </thead>
      <tbody>
        {bills.map((bill) => {
          const known = order.bills.find(({ bill_id: id }) => id === bill.bill_id);
          return (
            <tr key={bill.bill_id}>
              <td>
                {known ? name(known.municipality) : bill.municipality_fa}
                {known && <small>{years(known.dues.map((due) => due.fiscal_year))}</small>}
                <small>{t('receipt.ids', { bill: format.code(bill.bill_id), payment: format.code(bill.payment_id) })}</small>
              </td>
              <td><Rial amount={bill.amount_rial} bare /></td>
            </tr>
          );
        })}
        {payment.fee_rial !== undefined && <tr><td>{t('fee.clearance')}</td><td><Rial amount={payment.fee_rial} bare /></td></tr>}
      </tbody>
      <tfoot>
        <tr><th scope="row">{t('receipt.total')}</th><td><Rial amount={payment.amount_rial} toman /></td></tr>
      </tfoot>
    </table>
  );
}
