import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat.ts';
import type { Payment } from '../../api/types.ts';
import { InfoIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { agent } from './agent.ts';

/** Why the last payment at this machine's terminal took nothing, in the terminal's words; nothing where the agent does not know it. */
export function TerminalFailed({ payment }: { payment: Payment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: sale } = useQuery({ queryKey: ['terminal', 'failed', payment.id], queryFn: () => agent.sale(payment.id), staleTime: Infinity, retry: false });
  if (sale?.state !== 'declined') return null;
  const hint = hints.find((code) => code === sale.code);
  return (
    <Notice tone="neutral" icon={<InfoIcon />} title={t('terminal.failed')}>
      <div>{format.text(sale.message)}</div>
      {hint && <div>{t(`terminal.hint.${hint}`)}</div>}
    </Notice>
  );
}

const hints = ['unreachable', 'busy', 'never_begun', 'interrupted'] as const;
