import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useMay } from '../../api/session.tsx';
import type { Inquiry } from '../../api/types.ts';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { SearchIcon, WarningIcon } from '../../ui/icons.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useTitle } from '../../ui/useTitle.ts';
import classes from './Counter.module.css';
import { InquiryView } from './InquiryView.tsx';
import { differenceOf, emptySearch, searchOf, vehicleFault } from './search.ts';
import { SearchForm } from './SearchForm.tsx';
import { useInquiry } from './useCounter.ts';
import { walkRows } from './walkRows.ts';

/** The counter: one vehicle in, what it owes everywhere out. */
export function CounterPage() {
  const { t } = useTranslation();
  const { id } = useParams();
  useTitle(t(id ? 'inquiry.title' : 'app.counter'));
  return useMay('inquiries.create') ? <Counter /> : <Forbidden />;
}

function Counter() {
  const { id } = useParams();
  const { search, clear, repeat, pending, error, answer, restored, answered } = useInquiry(id);
  const [form, setForm] = useState(emptySearch);
  const [shown, setShown] = useState<string>();
  const fault = vehicleFault(error);
  // The form shows what was asked elsewhere, from the first moment at which its answer stands there.
  if (restored?.id !== shown) {
    setShown(restored?.id);
    if (restored) setForm(searchOf(restored, form));
  }
  return (
    <div className={classes.page}>
      <SearchForm search={form} busy={pending} fault={fault} onChange={setForm} onSearch={search} onClear={clear} />
      {pending && <Pending />}
      {!pending && error && !fault && <ProblemView error={error} retry={repeat} />}
      {!pending && !error && (answer ? <Answer inquiry={answer} difference={differenceOf(form, answered)} onRepeat={repeat} /> : <Waiting />)}
    </div>
  );
}

const patience = 2000;

/** The shape of the answer; where it takes long, words that it is still awaited. */
function Pending() {
  const { t } = useTranslation();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), patience);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={classes.pending}>
      <p role="status" className={classes.slow}>{slow && t('inquiry.slow')}</p>
      <Loading cards={2} />
    </div>
  );
}

interface AnswerProps {
  inquiry: Inquiry;
  /** In what the form asks something else by now: nothing is ordered from an answer to another question. */
  difference: 'vehicle' | 'purpose' | undefined;
  onRepeat(): void;
}

/** Leads the eye of a screen reader to the answer, never onto a button that claims something. */
function Answer({ inquiry, difference, onRepeat }: AnswerProps) {
  const { t } = useTranslation();
  const region = useRef<HTMLDivElement>(null);
  const veiled = difference !== undefined;
  useEffect(() => {
    if (veiled) return; // somebody is typing the next vehicle already
    region.current?.focus({ preventScroll: true });
    // Where the form fills the screen, the answer takes its place.
    if (window.matchMedia('(max-width: 900px)').matches) region.current?.scrollIntoView();
  }, [inquiry.id]);
  return (
    <div ref={region} tabIndex={-1} onKeyDown={walkRows} role="region" aria-label={t('inquiry.title')} className={classes.answer}>
      {difference && <Notice tone="warn" icon={<WarningIcon />} title={t(`inquiry.stale.${difference}`)}>{t('inquiry.stale.hint')}</Notice>}
      <div inert={veiled} className={classes.content}>
        <InquiryView key={inquiry.id} first={inquiry} veiled={veiled} onRepeat={onRepeat} />
      </div>
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
