import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { gatewayAddress, isPayable } from '../../api/payment.ts';
import { problemFrom } from '../../api/problem.ts';
import type { Payment } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { useLabel } from '../../i18n/useLabel.ts';
import { AmountField } from '../../ui/AmountField.tsx';
import { CheckIcon, ClockIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { FormStack, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { useNow } from '../../ui/useNow.ts';
import classes from './Deposit.module.css';
import { useTopUp, useTopUpPayment, useTopUpsUnderWay } from './useDeposit.ts';

interface TopUpProps {
  /** The payment that the address names: a reload, a second tab and whoever comes back to it go on with it. */
  named: string | null;
}

/** Adds to the deposit by card: the gateway opens in a tab of its own, and its outcome appears here. */
export function TopUp({ named }: TopUpProps) {
  const { t } = useTranslation();
  const [, setSearch] = useSearchParams();
  const watch = ({ id }: Payment) => setSearch({ payment: id }, { replace: true });
  return (
    <Panel title={t('deposits.topUp')}>
      {named === null ? <Begin onBegun={watch} /> : <Watched key={named} id={named} onAgain={() => setSearch({}, { replace: true })} />}
    </Panel>
  );
}

/** Before it is known what is under way nothing is begun; the same amount not without a word about the one that is, and not at all but while its payer is still at the gateway. */
function Begin({ onBegun }: { onBegun: (payment: Payment) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [amount, setAmount] = useState<number>();
  const topUp = useTopUp(onBegun);
  const { data: underWay } = useTopUpsUnderWay();
  // What is sent after a lost answer is the same wish once more, which the server may have heard: no other payment. After a refusal it is a new one.
  const repeats = topUp.isError && !problemFrom(topUp.error).definite && topUp.variables === amount;
  const alike = repeats ? [] : (underWay ?? []).filter((payment) => payment.amount_rial === amount);
  const now = useNow(alike.length > 0);
  const uncertain = alike.find((payment) => !isPayable(payment, now)); // also where a newer one is not
  const same = uncertain ?? alike[0];
  const held = uncertain !== undefined;
  const begin = () => amount && underWay && !held && topUp.mutate(amount);
  return (
    <FormStack onSubmit={begin}>
      <p className={classes.hint}>{t('deposits.topUpHint')}</p>
      <AmountField label={t('desk.amountRial')} value={amount} onChange={setAmount} />
      {same && (
        <Notice tone="warn" icon={<WarningIcon />} title={t('deposits.sameUnderWay')}>
          {t('deposits.sameUnderWayHint', { moment: format.moment(same.created_at), state: t(`payment.state.${same.state}`) })}
        </Notice>
      )}
      {topUp.isError && <ProblemView error={topUp.error} retry={begin} />}
      <Button type="submit" variant={same ? 'default' : 'filled'} loading={topUp.isPending} disabled={!amount || !underWay || held}>{t(same && !held ? 'deposits.topUpSame' : 'deposits.topUpGo')}</Button>
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
