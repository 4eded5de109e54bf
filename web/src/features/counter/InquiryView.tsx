import { startTransition, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import type { Inquiry } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Notice } from '../../ui/Notice.tsx';
import { VehicleCard } from '../../ui/VehicleCard.tsx';
import classes from './Counter.module.css';
import { MunicipalityCard } from './MunicipalityCard.tsx';
import { Onward } from './Onward.tsx';
import { aboveCeilings, certifiedThrough, changedAmounts, chosenOf, cutOf, isClear, ownOrders, payables } from './selection.ts';
import { Summary } from './Summary.tsx';
import { Unattributed } from './Unattributed.tsx';
import { useCreateOrder, useCuts } from './useCounter.ts';
import { YearChoice } from './YearChoice.tsx';

interface InquiryViewProps {
  first: Inquiry;
  /** The form asks something else by now: nothing can be done here. */
  veiled: boolean;
  /** Looks the same vehicle up again. */
  onRepeat(): void;
}

/** The answer for one vehicle, with every payable due chosen until somebody leaves one out. */
export function InquiryView({ first, veiled, onRepeat }: InquiryViewProps) {
  const [inquiry, setInquiry] = useState(first);
  const [cuts, setCuts] = useCuts();
  const order = useCreateOrder();
  const open = useMemo(() => payables(inquiry), [inquiry]);
  const changed = useMemo(() => changedAmounts(first, inquiry), [first, inquiry]);
  const chosen = chosenOf(open, cuts);
  const linked = ownOrders(inquiry).length > 1;
  const cut = useCallback((code: number, year: number) => setCuts((now) => new Map(now).set(code, year)), []);
  // Hundreds of rows may change at once; the page stays awake meanwhile.
  const cutAll = (year: number) => startTransition(() => setCuts(() => new Map(inquiry.municipalities.map(({ municipality }) => [municipality.code, year]))));

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
        <Onward inquiry={inquiry} payable={open.length} veiled={veiled} />
        <YearChoice open={open} cuts={cuts} onChoose={cutAll} />
        <div className={classes.list}>
          {inquiry.municipalities.map((city) => (
            <MunicipalityCard key={city.municipality.code} city={city} cut={cutOf(cuts, city.municipality.code)} changed={changed} linked={linked} onCut={cut} />
          ))}
          <Unattributed dues={inquiry.unattributed} />
        </div>
      </div>
      {!veiled && (
        <Summary
          chosen={chosen}
          payable={open.length}
          fee={inquiry.fee}
          through={certifiedThrough(inquiry, chosen)}
          above={aboveCeilings(inquiry, chosen)}
          busy={order.isPending}
          error={order.error}
          onSubmit={submit}
          onRepeat={onRepeat}
        />
      )}
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
