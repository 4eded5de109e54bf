import { useTranslation } from 'react-i18next';
import type { Vehicle } from '../api/types.ts';
import { useFormat } from '../format/useFormat.ts';
import { useLabel } from '../i18n/useLabel.ts';
import { CopyText } from './CopyText.tsx';
import { PlateView } from './plate/PlateView.tsx';
import classes from './VehicleCard.module.css';

/** The vehicle as its papers show it, with the plate drawn. */
export function VehicleCard({ vehicle }: { vehicle: Vehicle }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const kind = [label('class', vehicle.class), label('usage', vehicle.usage), label('fuel', vehicle.fuel), label('origin', vehicle.origin)];
  return (
    <section className={`card ${classes.vehicle}`}>
      <div>
        {vehicle.plate ? <PlateView plate={vehicle.plate} /> : <span className="quiet">{t('vehicle.noPlate')}</span>}
      </div>
      <div className={classes.about}>
        <h2><bdi>{format.digits(vehicle.type_name_fa)}</bdi></h2>
        <p>{kind.join(t('app.comma'))}</p>
      </div>
      <dl className={classes.facts}>
        <Fact name={t('vehicle.model')} value={format.digits(vehicle.model_year)} />
        <Fact name={t('vehicle.firstRegistered')} value={format.digits(vehicle.first_registered)} />
        <div>
          <dt>{t('vehicle.vin')}</dt>
          <dd><CopyText value={vehicle.vin} label={t('vehicle.vin')} raw /></dd>
        </div>
      </dl>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="figures">{value}</dd>
    </div>
  );
}
