import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import type { Inquiry } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Notice } from '../../ui/Notice.tsx';
import { VehicleCard } from '../../ui/VehicleCard.tsx';
import classes from './Counter.module.css';
import { MunicipalityCard } from './MunicipalityCard.tsx';
import { aboveCeilings, changedAmounts, isClear, payables } from './selection.ts';
import { Summary } from './Summary.tsx';
import { Unattributed } from './Unattributed.tsx';
import { useCreateOrder } from './useCounter.ts';

interface InquiryViewProps {
  first: Inquiry;
  /** Looks the same vehicle up again. */
  onRepeat(): void;
}

/** The answer for one vehicle, with every payable due chosen until somebody leaves one out. */
export function InquiryView({ first, onRepeat }: InquiryViewProps) {
  const [inquiry, setInquiry] = useState(first);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const order = useCreateOrder();
  const open = payables(inquiry);
  const chosen = open.filter((due) => !left.has(due.key));
  const changed = changedAmounts(first, inquiry);

  const toggle = (keys: string[], on: boolean) => {
    const rest = new Set(left);
    for (const key of keys) on ? rest.delete(key) : rest.add(key);
    setLeft(rest);
  };
  // Amounts that moved come with a new inquiry: it takes the old one's place, and the operator decides again.
  const submit = () =>
    order.mutate({ inquiry, dues: chosen }, {
      onError: (error) => {
        const fresh = problemFrom(error).facts.inquiry;
        if (fresh) setInquiry(fresh);
      },
    });

  return (
    <div className={open.length > 0 || order.isError ? classes.columns : classes.list}>
      <div className={classes.list}>
        <VehicleCard vehicle={inquiry.vehicle} />
        <Outcome inquiry={inquiry} payable={open.length} />
        {inquiry.municipalities.map((city) => (
          <MunicipalityCard key={city.municipality.code} city={city} left={left} changed={changed} onToggle={toggle} />
        ))}
        <Unattributed dues={inquiry.unattributed} />
      </div>
      <Summary chosen={chosen} payable={open.length} fee={inquiry.fee} above={aboveCeilings(inquiry, chosen)} busy={order.isPending} error={order.error} onSubmit={submit} onRepeat={onRepeat} />
    </div>
  );
}

function Outcome({ inquiry, payable }: { inquiry: Inquiry; payable: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const empty = inquiry.municipalities.length === 0;
  return (
    <>
      <p className={classes.asOf}>{t('inquiry.at', { moment: format.moment(inquiry.at) })}</p>
      {empty && <Notice tone="neutral" title={t('inquiry.noDues')} />}
      {!empty && payable === 0 && isClear(inquiry) && <Notice tone="good" title={t('inquiry.allClear')} />}
      {!empty && payable === 0 && !isClear(inquiry) && <Notice tone="neutral" title={t('inquiry.nothingNow')}>{t('inquiry.nothingNowHint')}</Notice>}
    </>
  );
}
