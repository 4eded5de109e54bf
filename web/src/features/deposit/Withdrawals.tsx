import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import type { DepositWithdrawal } from '../../api/types.ts';
import { latinDigits } from '../../format/format.ts';
import { useFormat } from '../../format/useFormat.ts';
import { AmountField } from '../../ui/AmountField.tsx';
import { Answered } from '../../ui/Answered.tsx';
import { CheckIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { FormStack, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import classes from './Deposit.module.css';
import { useAskWithdrawal, useWithdrawals } from './useDeposit.ts';

const tones = { asked: 'open', paid: 'good', refused: 'bad' } as const;

/** Asks for unused money back, and tells where the earlier wishes stand. */
export function Withdrawals({ available }: { available: number | undefined }) {
  const { t } = useTranslation();
  const ask = useAskWithdrawal();
  const withdrawals = useWithdrawals();
  const [amount, setAmount] = useState<number>();
  const [iban, setIban] = useState('');
  const fault = (field: string) => (ask.isError ? problemFrom(ask.error).facts.fields?.find((one) => one.field === field)?.detail : undefined);
  const tooMuch = amount !== undefined && available !== undefined && amount > available;
  const ready = amount && !tooMuch && iban.trim() !== '';
  const empty = () => {
    setAmount(undefined);
    setIban('');
  };
  const submit = () => ready && ask.mutate({ amount_rial: amount, iban: iban.replace(/\s/g, '').toUpperCase() }, { onSuccess: empty });
  return (
    <Panel title={t('deposits.withdraw')}>
      <FormStack onSubmit={submit}>
        <p className={classes.hint}>{t('deposits.withdrawHint')}</p>
        <AmountField label={t('desk.amountRial')} value={amount} onChange={setAmount} error={tooMuch ? t('deposits.tooMuch') : fault('amount_rial')} />
        <TextInput label={t('deposits.iban')} description={t('deposits.ibanHint')} value={iban} onChange={(event) => setIban(latinDigits(event.currentTarget.value))} error={fault('iban')} dir="ltr" maxLength={40} autoComplete="off" />
        {ask.isError && <ProblemView error={ask.error} retry={submit} />}
        {ask.isSuccess && <Notice tone="good" icon={<CheckIcon />} title={t('deposits.withdrawn')} />}
        <Button type="submit" variant="default" loading={ask.isPending} disabled={!ready}>{t('deposits.withdrawGo')}</Button>
      </FormStack>
      <Answered query={withdrawals} skeleton="lines">
        {({ withdrawals: list }) => (list.length === 0 ? <p className={classes.none}>{t('deposits.noWithdrawals')}</p> : <Asked withdrawals={list} />)}
      </Answered>
    </Panel>
  );
}

function Asked({ withdrawals }: { withdrawals: DepositWithdrawal[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ul className={classes.list} aria-label={t('deposits.withdrawals')}>
      {withdrawals.map((one) => (
        <li key={one.id}>
          <span>{format.day(one.asked_at)}</span>
          <Rial amount={one.amount_rial} />
          <StateBadge tone={tones[one.state]}>{t(`deposits.withdrawalState.${one.state}`)}</StateBadge>
          <small className={classes.remark}><bdi>{format.code(one.iban)}</bdi></small>
          {one.reference && <small className={classes.remark}>{t('desk.reference')} <bdi>{format.digits(one.reference)}</bdi></small>}
          {one.remark && <small className={classes.remark}>{one.remark}</small>}
        </li>
      ))}
    </ul>
  );
}
