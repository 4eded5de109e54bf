import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Payment } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { CardIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { agent, type Phase, type Sale } from './agent.ts';
import { AgentTrouble } from './AgentTrouble.tsx';
import classes from './Terminal.module.css';
import { useSale } from './useSale.ts';

interface TerminalSaleProps {
  orderId: string;
  payment: Payment;
}

/** A payment at the card terminal, step by step, until the server knows its outcome. */
export function TerminalSale({ orderId, payment }: TerminalSaleProps) {
  const { t } = useTranslation();
  const { sale, problem, look } = useSale(orderId, payment);
  const doubtful = payment.state === 'unknown' || (sale && checking.includes(sale.phase));
  return (
    <div className={classes.sale}>
      <div className={classes.amount}>
        <CardIcon size={22} />
        <span>{t('terminal.amount')}</span>
        <strong><Rial amount={payment.amount_rial} /></strong>
      </div>
      {doubtful ? <Checking sale={sale} payment={payment} look={look} /> : <Steps sale={sale} />}
      {problem !== undefined && <AgentTrouble problem={problem} begun />}
    </div>
  );
}

const checking: Phase[] = ['unknown', 'recovering'];
const steps = ['connecting', 'waiting_for_card', 'done'] as const;
const reached: Partial<Record<Phase, number>> = { connecting: 0, connected: 1, waiting_for_card: 1, done: 2 };

function Steps({ sale }: { sale: Sale | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = sale ? (reached[sale.phase] ?? 0) : 0;
  return (
    <>
      <ol className={classes.steps}>
        {steps.map((step, at) => (
          <li key={step} aria-current={at === now ? 'step' : undefined} data-past={at < now || undefined}>{t(`terminal.step.${step}`)}</li>
        ))}
      </ol>
      <p className={classes.message} role="status">{sale ? format.text(sale.message) : t('terminal.reaching')}</p>
    </>
  );
}

/** Nobody knows whether the card was charged: said plainly, with who asks and when, and nothing that takes money again. */
function Checking({ sale, payment, look }: { sale: Sale | undefined; payment: Payment; look: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const ask = useMutation({ mutationFn: () => agent.recover(payment.id, payment.terminal_order), onSettled: look });
  const asking = ask.isPending || sale?.phase === 'recovering';
  return (
    <>
      <Notice tone="warn" icon={<WarningIcon />} title={t('payment.advice.unknown')}>
        <div>{t('terminal.checking')}</div>
        {sale?.next_search_at && <div>{t('terminal.nextSearch', { time: format.time(sale.next_search_at) })}</div>}
      </Notice>
      <Button variant="default" loading={asking} onClick={() => ask.mutate()}>{t('terminal.askNow')}</Button>
    </>
  );
}
