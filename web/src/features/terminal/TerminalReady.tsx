import { Button, Skeleton } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useOffice } from '../../api/session.tsx';
import { CheckIcon, ClockIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { agent, type AgentStatus, type Sale } from './agent.ts';
import { AgentTrouble } from './AgentTrouble.tsx';
import { bringLast, clearUp } from './clearUp.ts';
import classes from './Terminal.module.css';

const lookEvery = 4_000;

interface TerminalReadyProps {
  /** Called with the device that can take a sale now; with undefined while there is none. */
  onDevice(device: string | undefined): void;
}

/** Whether this machine's card terminal can take a sale now; if not, why not and what to do. */
export function TerminalReady({ onDevice }: TerminalReadyProps) {
  const { t } = useTranslation();
  const status = useQuery({ queryKey: ['terminal'], queryFn: agent.status, refetchInterval: lookEvery, retry: false });
  const device = status.data && !status.isError && status.data.state === 'ready' ? status.data.device_id : undefined;
  useEffect(() => onDevice(device), [device]);
  useBringLast(status.data?.latest);
  const again = () => void status.refetch();
  if (status.isError) return <AgentTrouble problem={status.error} retry={again} />;
  if (!status.data) return <Skeleton height={22} width="70%" />;
  if (device) return <p className={classes.ready} role="status"><CheckIcon size={16} /> {t('terminal.ready')}</p>;
  return <Held status={status.data} again={again} />;
}

// The page of the last sale may have closed before its end: whoever comes next brings it to the server, once.
function useBringLast(sale: Sale | undefined): void {
  const { api } = useOffice();
  useQuery({
    queryKey: ['terminal', 'last', sale?.payment_id, sale?.outcome],
    queryFn: () => bringLast(api, sale),
    enabled: sale?.outcome !== undefined,
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
  });
}

/** Another sale keeps the terminal: one under way, or one of which nobody knows the end. */
function Held({ status, again }: { status: AgentStatus; again: () => void }) {
  const { t } = useTranslation();
  const { api } = useOffice();
  const clear = useMutation({ mutationFn: (sale: Sale) => clearUp(api, sale), onSettled: again });
  if (status.state === 'busy' || !status.sale) {
    return <Notice tone="neutral" icon={<ClockIcon />} title={t('terminal.busy')}>{t('terminal.busyHint')}</Notice>;
  }
  const { sale } = status;
  return (
    <Notice tone="warn" icon={<WarningIcon />} title={t('terminal.stands')}>
      <div>{t('terminal.standsHint')}</div>
      <Button size="xs" variant="default" mt="xs" loading={clear.isPending} onClick={() => clear.mutate(sale)}>{t('terminal.clearUp')}</Button>
      {clear.isError && <AgentTrouble problem={clear.error} />}
      {clear.data === 'open' && <div role="status">{t('terminal.stillOpen')}</div>}
    </Notice>
  );
}
