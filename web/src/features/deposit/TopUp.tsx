import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { gatewayAddress } from '../../api/payment.ts';
import { problemFrom } from '../../api/problem.ts';
import type { Payment } from '../../api/types.ts';
import { useLabel } from '../../i18n/useLabel.ts';
import { AmountField } from '../../ui/AmountField.tsx';
import { CheckIcon, ClockIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { FormStack, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import classes from './Deposit.module.css';
import { useTopUp, useTopUpPayment, useTopUpUnderWay } from './useDeposit.ts';

/**
 * Adds to the deposit by card: the gateway opens in a tab of its own, and its outcome appears here. The address names the payment, so a reload, a second tab and
 * whoever comes back go on with it.
 */
export function TopUp() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const named = search.get('payment');
  const underWay = useTopUpUnderWay();
  const id = named ?? underWay;
  const watch = (payment: string) => setSearch({ payment }, { replace: true });
  useEffect(() => {
    if (id !== undefined && id !== named) watch(id);
  }, [id, named]);
  return (
    <Panel title={t('deposits.topUp')}>
      {id === undefined ? <Begin onBegun={({ id: begun }) => watch(begun)} /> : <Watched key={id} id={id} onAgain={() => setSearch({}, { replace: true })} />}
    </Panel>
  );
}

function Begin({ onBegun }: { onBegun: (payment: Payment) => void }) {
  const { t } = useTranslation();
  const [amount, setAmount] = useState<number>();
  const topUp = useTopUp(onBegun);
  const begin = () => amount && topUp.mutate(amount);
  return (
    <FormStack onSubmit={begin}>
      <p className={classes.hint}>{t('deposits.topUpHint')}</p>
      <AmountField label={t('desk.amountRial')} value={amount} onChange={setAmount} />
      {topUp.isError && <ProblemView error={topUp.error} retry={begin} />}
      <Button type="submit" loading={topUp.isPending} disabled={!amount}>{t('deposits.topUpGo')}</Button>
    </FormStack>
  );
}

const over: ReadonlySet<Payment['state']> = new Set(['captured', 'failed', 'reversed', 'refunded']);

/** While the outcome is unknown nothing offers to pay again. */
function Watched({ id, onAgain }: { id: string; onAgain: () => void }) {
  const { t } = useTranslation();
  const { data: payment, error, refetch } = useTopUpPayment(id);
  const again = <Button type="submit" variant="default">{t('deposits.topUpMore')}</Button>;
  if (!payment) {
    return error ? (
      <FormStack onSubmit={onAgain}>
        <ProblemView error={error} retry={() => void refetch()} />
        {problemFrom(error).definite && again}
      </FormStack>
    ) : <p role="status">{t('app.loading')}</p>;
  }
  return (
    <FormStack onSubmit={onAgain}>
      <Standing payment={payment} />
      {over.has(payment.state) && again}
    </FormStack>
  );
}

function Standing({ payment }: { payment: Payment }) {
  const { t } = useTranslation();
  const label = useLabel();
  const address = gatewayAddress(payment);
  const unsure = payment.state === 'unknown' || payment.state === 'suspense';
  const good = payment.state === 'captured';
  return (
    <>
      <Rial amount={payment.amount_rial} toman />
      <Notice tone={good ? 'good' : unsure ? 'warn' : 'neutral'} icon={good ? <CheckIcon /> : unsure ? <WarningIcon /> : <ClockIcon />} title={t(`payment.state.${payment.state}`)}>
        {payment.reason && label('reason', payment.reason)}
      </Notice>
      {address && <Button component="a" href={address} target="_blank" rel="noopener">{t('deposits.gateway')}</Button>}
    </>
  );
}
