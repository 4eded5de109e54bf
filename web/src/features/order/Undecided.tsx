import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { gatewayAddress } from '../../api/payment.ts';
import type { Order, Payment } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { ClockIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import classes from './PayPanel.module.css';
import type { TerminalParts } from './PayPanel.tsx';

interface UndecidedProps {
  order: Order;
  payment: Payment;
  Sale: TerminalParts['Sale'];
}

/** An attempt under way. Unknown is said as it is: neither paid nor failed, and nobody collects twice. */
export function Undecided({ order, payment, Sale }: UndecidedProps) {
  const { t } = useTranslation();
  const terminal = payment.method === 'terminal' && payment.state !== 'confirmed';
  return (
    <>
      {terminal ? <Sale key={payment.id} orderId={order.id} payment={payment} /> : <Standing payment={payment} />}
      <Decided payment={payment} />
      <p className={classes.watching}><span className={classes.pulse} aria-hidden="true" /> {t('payment.watching')}</p>
    </>
  );
}

function Standing({ payment }: { payment: Payment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const address = gatewayAddress(payment);
  const state = payment.state as 'created' | 'sent' | 'unknown' | 'confirmed';
  const unknown = state === 'unknown';
  return (
    <>
      <Notice
        tone={unknown ? 'warn' : 'neutral'}
        icon={unknown ? <WarningIcon /> : <ClockIcon />}
        title={unknown ? t('payment.advice.unknown') : t(`payment.state.${state}`)}
      >
        <div>{unknown ? t('payment.advice.unknownHint') : t(`payment.advice.${state}`)}</div>
        {state === 'sent' && <div className={classes.quiet}>{t('gatewayTab.cancel')}</div>}
        {state === 'sent' && <div className={classes.quiet}>{t('gatewayTab.otherwise', { time: format.time(payment.expires_at) })}</div>}
      </Notice>
      {address && (
        <Button component="a" href={address} target="_blank" rel="noopener" variant="default" fullWidth>
          {t('payment.goToGateway')}
        </Button>
      )}
    </>
  );
}

/** By when somebody who waits will know, whatever happens. */
function Decided({ payment }: { payment: Payment }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!payment.decided_by) return null;
  return <p className={classes.note}>{t('payment.decidedBy', { moment: format.moment(payment.decided_by) })}</p>;
}
