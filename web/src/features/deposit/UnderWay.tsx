import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayAddress, isPayable } from '../../api/payment.ts';
import type { Payment } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { useLabel } from '../../i18n/useLabel.ts';
import { WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { useNow } from '../../ui/useNow.ts';
import classes from './Deposit.module.css';
import { useTopUpPayment, useTopUpsUnderWay } from './useDeposit.ts';

/** Money on its way to the deposit, whoever of the office has begun it and wherever; without the one that the page shows by itself. */
export function UnderWay({ without }: { without: string | null }) {
  const { t } = useTranslation();
  const query = useTopUpsUnderWay();
  const ended = useEnded(query.data, without);
  const shown = query.data?.filter(({ id }) => id !== without) ?? [];
  return (
    <>
      {query.isError && <ProblemView error={query.error} retry={() => void query.refetch()} />}
      {ended.map((id) => <Ended key={id} id={id} />)}
      {shown.length > 0 && (
        <Panel title={t('deposits.underWay')}>
          <ul className={classes.underWay} aria-label={t('deposits.underWay')}>
            {shown.map((payment) => <TopUpUnderWay key={payment.id} payment={payment} />)}
          </ul>
        </Panel>
      )}
    </>
  );
}

function TopUpUnderWay({ payment }: { payment: Payment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const now = useNow(payment.state === 'sent');
  const address = isPayable(payment, now) ? gatewayAddress(payment) : undefined;
  const unsure = payment.state === 'unknown' || payment.state === 'suspense';
  return (
    <li>
      <Rial amount={payment.amount_rial} toman />
      <StateBadge tone={unsure ? 'warn' : 'open'}>{t(`payment.state.${payment.state}`)}</StateBadge>
      <span className="quiet">{t('deposits.since', { moment: format.moment(payment.created_at) })}</span>
      <p>
        {t(address ? 'deposits.payable' : payment.state === 'suspense' ? 'deposits.byPeople' : 'deposits.checked')}{' '}
        {!address && payment.decided_by && t('payment.decidedBy', { moment: format.moment(payment.decided_by) })}
      </p>
      {payment.reason && <p className="quiet">{label('reason', payment.reason)}</p>}
      {address && <Button component="a" href={address} target="_blank" rel="noopener" size="xs" variant="light">{t('deposits.gateway')}</Button>}
    </li>
  );
}

/** What was shown as under way and is no more. */
function useEnded(list: Payment[] | undefined, without: string | null): string[] {
  const [seen, setSeen] = useState<string[]>([]);
  useEffect(() => {
    setSeen((known) => [...new Set([...known, ...(list ?? []).map(({ id }) => id)])].filter((id) => id !== without));
  }, [list, without]);
  return list ? seen.filter((id) => id !== without && !list.some((payment) => payment.id === id)) : [];
}

/** What became of one; with the answer the deposit and its statement are asked for again. A captured top-up stands there; of one that came to nothing nothing else tells. */
function Ended({ id }: { id: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const { data: payment } = useTopUpPayment(id);
  if (!payment || !['failed', 'reversed', 'refunded'].includes(payment.state)) return null;
  const title = payment.state === 'refunded' ? 'deposits.closed' : 'deposits.nothingCame';
  return (
    <Notice tone="warn" icon={<WarningIcon />} title={t(title, { amount: format.number(payment.amount_rial) })}>
      {payment.reason && label('reason', payment.reason)}
    </Notice>
  );
}
