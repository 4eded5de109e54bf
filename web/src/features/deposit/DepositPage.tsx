import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useMay } from '../../api/session.tsx';
import type { Deposit } from '../../api/types.ts';
import { useDeposit } from '../../api/useDeposit.ts';
import { AmountField } from '../../ui/AmountField.tsx';
import { Answered } from '../../ui/Answered.tsx';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Columns, FormStack, PageHead, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import classes from './Deposit.module.css';
import { Statement } from './Statement.tsx';
import { TopUp } from './TopUp.tsx';
import { Transfers } from './Transfers.tsx';
import { UnderWay } from './UnderWay.tsx';
import { Withdrawals } from './Withdrawals.tsx';
import { useSetWarning } from './useDeposit.ts';

/** The office's prepaid deposit: what is there, what moved it, and how more comes. */
export function DepositPage() {
  return useMay('deposits.read') ? <Standing /> : <Forbidden />;
}

function Standing() {
  const { t } = useTranslation();
  const deposit = useDeposit();
  const manages = useMay('deposits.manage');
  const [search] = useSearchParams();
  const named = search.get('payment');
  const side = manages && (
    <>
      <TopUp named={named} />
      <Transfers />
      <Withdrawals available={deposit.data?.available_rial} />
    </>
  );
  return (
    <>
      <PageHead title={t('deposits.title')} />
      <Columns side={side}>
        <Answered query={deposit}>{(found) => <Balance deposit={found} manages={manages} />}</Answered>
        <UnderWay without={manages ? named : null} />
        <Statement />
      </Columns>
    </>
  );
}

function Balance({ deposit, manages }: { deposit: Deposit; manages: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      {deposit.low && <Notice tone="warn" icon={<WarningIcon />} title={t('deposits.low')}>{t('deposits.lowHint')}</Notice>}
      <Panel>
        <dl className={classes.balance}>
          <div>
            <dt>{t('deposits.available')}</dt>
            <dd className={classes.great}><Rial amount={deposit.available_rial} toman /></dd>
          </div>
          <div>
            <dt>{t('deposits.held')}</dt>
            <dd><Rial amount={deposit.held_rial} /></dd>
          </div>
          {!manages && (
            <div>
              <dt>{t('deposits.warning')}</dt>
              <dd><Rial amount={deposit.warn_below_rial} /></dd>
            </div>
          )}
        </dl>
        {manages && <Warning below={deposit.warn_below_rial} />}
      </Panel>
    </>
  );
}

function Warning({ below }: { below: number }) {
  const { t } = useTranslation();
  const [amount, setAmount] = useState<number | undefined>(below);
  const set = useSetWarning();
  return (
    <FormStack onSubmit={() => set.mutate(amount ?? 0)}>
      <div className={classes.warning}>
        <AmountField label={t('deposits.warning')} value={amount} onChange={setAmount} />
        {(amount ?? 0) !== below && <Button type="submit" size="xs" variant="default" loading={set.isPending}>{t('deposits.warningSave')}</Button>}
      </div>
      {set.isError && <ProblemView error={set.error} />}
    </FormStack>
  );
}
