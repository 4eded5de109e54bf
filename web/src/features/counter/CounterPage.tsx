import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Inquiry } from '../../api/types.ts';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { SearchIcon } from '../../ui/icons.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import classes from './Counter.module.css';
import { InquiryView } from './InquiryView.tsx';
import { vehicleFault } from './search.ts';
import { SearchForm } from './SearchForm.tsx';
import { useInquiry } from './useCounter.ts';

/** The counter: one vehicle in, what it owes everywhere out. */
export function CounterPage() {
  return useMay('inquiries.create') ? <Counter /> : <Forbidden />;
}

function Counter() {
  const inquiry = useInquiry();
  const fault = vehicleFault(inquiry.error);
  const repeat = () => inquiry.variables && inquiry.mutate(inquiry.variables);
  return (
    <div className={classes.page}>
      <SearchForm busy={inquiry.isPending} fault={fault} onSearch={inquiry.mutate} onClear={inquiry.reset} />
      {inquiry.isIdle && <Waiting />}
      {inquiry.isPending && <Loading cards={2} />}
      {inquiry.isError && !fault && <ProblemView error={inquiry.error} retry={repeat} />}
      {inquiry.isSuccess && <Answer inquiry={inquiry.data} onRepeat={repeat} />}
    </div>
  );
}

/** Leads the eye of a screen reader to the answer, never onto a button that claims something. */
function Answer({ inquiry, onRepeat }: { inquiry: Inquiry; onRepeat: () => void }) {
  const { t } = useTranslation();
  const region = useRef<HTMLDivElement>(null);
  useEffect(() => region.current?.focus({ preventScroll: true }), [inquiry.id]);
  return (
    <div ref={region} tabIndex={-1} role="region" aria-label={t('inquiry.title')} className={classes.answer}>
      <InquiryView key={inquiry.id} first={inquiry} onRepeat={onRepeat} />
    </div>
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <div className={classes.waiting}>
      <SearchIcon size={34} />
      <strong>{t('inquiry.empty')}</strong>
      <span>{t('inquiry.emptyHint')}</span>
    </div>
  );
}
