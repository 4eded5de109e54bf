import { useTranslation } from 'react-i18next';
import type { Order } from '../../../api/types.ts';
import { useFormat } from '../../../format/useFormat.ts';
import { useMunicipalityName } from '../../../ui/municipality.ts';
import { Barcode } from '../../../ui/paper/Barcode.tsx';
import { PlateView } from '../../../ui/plate/PlateView.tsx';
import { Rial } from '../../../ui/Rial.tsx';
import { useYears } from '../../../ui/years.ts';
import type { SlipBill } from '../method.ts';
import classes from './print.module.css';

interface BankSlipProps {
  order: Order;
  bill: SlipBill;
}

/** One bill for the bank: its two numbers in groups that can be typed, and the barcode that holds both. */
export function BankSlip({ order, bill }: BankSlipProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useMunicipalityName();
  const years = useYears();
  return (
    <article className={classes.slip}>
      <header className={classes.head}>
        <div>
          <h3>{t('slip.heading')}</h3>
          <strong>{name(bill.municipality)}</strong>
        </div>
        {order.vehicle.plate && <PlateView plate={order.vehicle.plate} width={150} plain />}
      </header>
      <dl className={classes.numbers}>
        <Number name={t('order.billId')} value={bill.bill_id} />
        <Number name={t('order.paymentId')} value={bill.payment_id} />
      </dl>
      <dl className={classes.rows}>
        <dt>{t('slip.amount')}</dt>
        <dd className={classes.amount}><Rial amount={bill.amount_rial} toman /></dd>
        <dt>{t('slip.for')}</dt>
        <dd>{years(bill.dues.map(({ fiscal_year: year }) => year))}</dd>
        <dt>{t('slip.until')}</dt>
        <dd>{format.moment(order.valid_until)}</dd>
      </dl>
      <Barcode digits={bill.barcode} label={t('slip.barcode')} />
      <p className={classes.small}>{t('slip.how')}</p>
      <p className={classes.small}>{t('slip.lateSlip')}</p>
    </article>
  );
}

function Number({ name, value }: { name: string; value: string }) {
  const format = useFormat();
  return (
    <div>
      <dt>{name}</dt>
      <dd className={classes.number}><bdi className="identifier">{format.digits(value)}</bdi></dd>
    </div>
  );
}
