import { Skeleton } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Order } from '../../api/types.ts';
import { useDeposit } from '../../api/useDeposit.ts';
import { WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { feeDue, restOf } from './order.ts';
import classes from './PayPanel.module.css';

interface DepositLineProps {
  order: Order;
  /** Called with whether the deposit is known to hold too little. */
  onShort(short: boolean): void;
}

/** What the office's deposit holds, and what will be left: the office pays at once, and takes the payer's cash. */
export function DepositLine({ order, onShort }: DepositLineProps) {
  const { t } = useTranslation();
  const deposit = useDeposit();
  const available = deposit.data?.available_rial;
  const after = available === undefined ? undefined : available - restOf(order) - feeDue(order);
  const short = after !== undefined && after < 0;
  useEffect(() => onShort(short), [short]);
  if (deposit.isError) return <ProblemView error={deposit.error} retry={() => void deposit.refetch()} />;
  if (deposit.isPending && deposit.fetchStatus !== 'idle') return <Skeleton height={44} />;
  return (
    <>
      <p className={classes.note}>{t('payment.about.deposit')}</p>
      {available !== undefined && (
        <dl className={classes.figures}>
          <dt>{t('fromDeposit.available')}</dt>
          <dd><Rial amount={available} /></dd>
          {!short && <dt>{t('fromDeposit.after')}</dt>}
          {!short && <dd><Rial amount={after ?? 0} /></dd>}
        </dl>
      )}
      {short && <Notice tone="warn" icon={<WarningIcon />} title={t('fromDeposit.short')}>{t('fromDeposit.shortHint')}</Notice>}
      {!short && deposit.data?.low && <p className={classes.note}>{t('fromDeposit.low')}</p>}
    </>
  );
}
