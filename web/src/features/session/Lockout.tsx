import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import { useFormat } from '../../format/useFormat.ts';
import { ClockIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';

/** Whether the server makes this sign-in wait after failures, and for how many milliseconds more. */
export function useLockout(error: unknown): { is: boolean; left: number } {
  const { clock } = useOffice();
  const { kind, retryAfter = 0 } = error ? problemFrom(error).facts : { kind: undefined };
  const is = kind === 'limited';
  const end = useMemo(() => clock.now() + retryAfter * 1000, [error]);
  const [, look] = useState(0);
  useEffect(() => {
    if (!is) return;
    const timer = setInterval(() => look(clock.now()), 500);
    return () => clearInterval(timer);
  }, [is, error]);
  return { is, left: is ? Math.max(0, end - clock.now()) : 0 };
}

/** How long the sign-in is closed, why, and what to do. */
export function Lockout({ left }: { left: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (left === 0) return <Notice tone="neutral" title={t('signIn.open')} />;
  return (
    <Notice tone="warn" icon={<ClockIcon />} title={t('signIn.closed')}>
      <div role="timer">{t('signIn.closedFor', { time: format.countdown(left) })}</div>
      <div>{t('signIn.closedHint')}</div>
    </Notice>
  );
}
