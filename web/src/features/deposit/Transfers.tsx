import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import type { DepositTransfer } from '../../api/types.ts';
import { latinDigits, plainDay } from '../../format/format.ts';
import { useFormat } from '../../format/useFormat.ts';
import { AmountField } from '../../ui/AmountField.tsx';
import { Answered } from '../../ui/Answered.tsx';
import { FormStack, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import classes from './Deposit.module.css';
import { useDeclareTransfer, useTransfers } from './useDeposit.ts';

const tones = { declared: 'open', credited: 'good', refused: 'bad' } as const;

/** Tells the platform of a bank transfer, and where the earlier ones stand. */
export function Transfers() {
  const { t } = useTranslation();
  const format = useFormat();
  const { clock } = useOffice();
  const declare = useDeclareTransfer();
  const transfers = useTransfers();
  const [amount, setAmount] = useState<number>();
  const [reference, setReference] = useState('');
  const [day, setDay] = useState(() => plainDay(new Date(clock.now()).toISOString()));
  const fault = (field: string) => problemFrom(declare.error).facts.fields?.find((one) => one.field === field)?.detail;
  const submit = () => amount && declare.mutate({ amount_rial: amount, reference: reference.trim(), paid_on: day }, { onSuccess: () => {
    setAmount(undefined);
    setReference('');
  } });
  return (
    <Panel title={t('deposits.transfer')}>
      <FormStack onSubmit={submit}>
        <p className={classes.hint}>{t('deposits.transferHint')}</p>
        <AmountField label={t('desk.amountRial')} value={amount} onChange={setAmount} />
        <TextInput label={t('desk.reference')} value={reference} onChange={(event) => setReference(latinDigits(event.currentTarget.value))} error={declare.isError && fault('reference')} dir="ltr" maxLength={40} autoComplete="off" />
        <TextInput label={t('deposits.paidOn')} description={t('deposits.paidOnHint')} value={format.digits(day)} onChange={(event) => setDay(latinDigits(event.currentTarget.value))} error={declare.isError && fault('paid_on')} dir="ltr" maxLength={10} />
        {declare.isError && <ProblemView error={declare.error} retry={submit} />}
        <Button type="submit" variant="default" loading={declare.isPending} disabled={!amount || reference.trim() === ''}>{t('deposits.transferGo')}</Button>
      </FormStack>
      <Answered query={transfers} skeleton="lines">
        {({ transfers: list }) => (list.length === 0 ? <p className={classes.none}>{t('deposits.noTransfers')}</p> : <Declared transfers={list} />)}
      </Answered>
    </Panel>
  );
}

function Declared({ transfers }: { transfers: DepositTransfer[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ul className={classes.list} aria-label={t('deposits.transfers')}>
      {transfers.map((transfer) => (
        <li key={transfer.id}>
          <span>{format.digits(transfer.paid_on)}{t('app.comma')}<bdi>{format.digits(transfer.reference)}</bdi></span>
          <Rial amount={transfer.amount_rial} />
          <StateBadge tone={tones[transfer.state]}>{t(`deposits.transferState.${transfer.state}`)}</StateBadge>
          {transfer.remark && <small className={classes.remark}>{transfer.remark}</small>}
        </li>
      ))}
    </ul>
  );
}
