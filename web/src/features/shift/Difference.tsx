import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat.ts';
import { StateBadge } from '../../ui/StateBadge.tsx';

/** What was counted, held against what must be there, in words: nothing amiss, so much missing, so much too much. */
export function Difference({ rial }: { rial: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (rial === 0) return <StateBadge tone="good">{t('shift.exact')}</StateBadge>;
  return <StateBadge tone={rial < 0 ? 'bad' : 'warn'}>{t(rial < 0 ? 'shift.short' : 'shift.over', { amount: format.number(Math.abs(rial)) })}</StateBadge>;
}
