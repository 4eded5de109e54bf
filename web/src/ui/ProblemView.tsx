import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemFrom, type Problem } from '../api/problem.ts';
import { useFormat } from '../format/useFormat.ts';
import { CopyText } from './CopyText.tsx';
import { ClockIcon, LockIcon, WarningIcon } from './icons.tsx';
import { Notice } from './Notice.tsx';
import classes from './ProblemView.module.css';

interface ProblemViewProps {
  error: unknown;
  /** Replaces the heading where the page knows what was refused. */
  heading?: string;
  retry?: () => void;
}

/** Says what failed, what to do, and the code that support asks for. */
export function ProblemView({ error, heading, retry }: ProblemViewProps) {
  const { t } = useTranslation();
  const problem = problemFrom(error);
  const { kind, title } = problem.facts;
  const head = heading ?? t(`problem.heading.${kind}`);
  const told = kind === 'server' || (kind === 'unauthorized' && !heading) ? undefined : title?.replace(/\.$/, '');
  return (
    <Notice tone={tones[kind] ?? 'bad'} icon={icons[kind] ?? <WarningIcon />} title={head}>
      {told !== head && <div>{told ?? t(`problem.advice.${kind}`)}</div>}
      {kind === 'forbidden' && told && <div>{t('problem.advice.forbidden')}</div>}
      <Fields problem={problem} />
      {problem.passing && retry && <Retry problem={problem} retry={retry} />}
      <Trace id={problem.facts.traceId} />
    </Notice>
  );
}

const tones = { forbidden: 'neutral', not_found: 'neutral', limited: 'warn', conflict: 'warn' } as Record<string, 'neutral' | 'warn'>;
const icons = { forbidden: <LockIcon />, limited: <ClockIcon /> } as Record<string, React.ReactNode>;

function Fields({ problem }: { problem: Problem }) {
  const fields = problem.facts.fields ?? [];
  if (fields.length === 0) return null;
  return (
    <ul className={classes.fields}>
      {fields.map((field) => (
        <li key={`${field.field} ${field.code}`}>{field.detail}</li>
      ))}
    </ul>
  );
}

function Trace({ id }: { id: string | undefined }) {
  const { t } = useTranslation();
  if (!id) return null;
  return (
    <div className={classes.trace}>
      {t('problem.trace')}: <CopyText value={id} label={t('problem.trace')} raw />
    </div>
  );
}

function Retry({ problem, retry }: { problem: Problem; retry: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wait = useWait(problem);
  return (
    <div className={classes.retry}>
      <Button size="xs" variant="default" onClick={retry} disabled={wait > 0}>{t('problem.retry')}</Button>
      {problem.facts.kind === 'limited' && (
        <span>{wait > 0 ? t('problem.wait', { seconds: format.digits(wait) }) : t('problem.waitOver')}</span>
      )}
    </div>
  );
}

/** Seconds until the server takes requests again, counting down from when the problem appeared. */
function useWait(problem: Problem): number {
  const [left, setLeft] = useState(problem.facts.retryAfter ?? 0);
  useEffect(() => {
    setLeft(problem.facts.retryAfter ?? 0);
    const timer = setInterval(() => setLeft((seconds) => Math.max(0, seconds - 1)), 1000);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}
