import { useTranslation } from 'react-i18next';
import type { OrderEvent } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { useLabel } from '../../i18n/useLabel.ts';
import { Rial } from '../../ui/Rial.tsx';
import classes from './Timeline.module.css';

/** All that happened, the oldest above. What the catalogue has no words for is shown by its code. */
export function Timeline({ events }: { events: OrderEvent[] }) {
  const format = useFormat();
  const label = useLabel();
  const say = useSaying();
  const actor = useActor();
  return (
    <ol className={classes.line}>
      {events.map((event, at) => (
        <li key={at} data-kind={event.kind} data-state={event.state}>
          <div className={classes.what}>
            <strong>{say(event)}</strong>
            {event.amount_rial !== undefined && event.kind !== 'payment' && <Rial amount={event.amount_rial} />}
          </div>
          {event.reason && event.kind !== 'inquiry' && <p>{label('reason', event.reason)}</p>}
          <small><time dateTime={event.at}>{format.moment(event.at)}</time> {actor(event)}</small>
        </li>
      ))}
    </ol>
  );
}

function useActor(): (event: OrderEvent) => string {
  const { t, i18n } = useTranslation();
  return ({ actor, person_name }) => {
    if (person_name) return person_name;
    return actor && i18n.exists(`timeline.actor.${actor}`) ? String(t(`timeline.actor.${actor as 'system'}`)) : '';
  };
}

function useSaying(): (event: OrderEvent) => string {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  return ({ kind, state, number, method, reason }) => {
    const words = {
      number: kind === 'certificate' ? format.serial(number ?? '') : format.code(number ?? ''),
      method: label('method', method ?? ''),
      state: state && i18n.exists(`payment.state.${state}`) ? String(t(`payment.state.${state as 'sent'}`)) : state ?? '',
      purpose: reason && i18n.exists(`search.purposes.${reason}`) ? String(t(`search.purposes.${reason as 'settlement'}`)) : '',
    };
    const detailed = `timeline.${kind}.${state}`;
    if (i18n.exists(detailed)) return String(t(detailed as 'timeline.refund.paid', words));
    return i18n.exists(`timeline.${kind}`) ? String(t(`timeline.${kind as 'order'}`, words)) : kind;
  };
}
