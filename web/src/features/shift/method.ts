import { useTranslation } from 'react-i18next';
import type { PaymentMethod } from '../../api/types.ts';
import { useLabel } from '../../i18n/useLabel.ts';

/** Names a method as it lies in the till: what the office pays from its deposit, the payer has given in cash. */
export function useMethodName(): (method: PaymentMethod) => string {
  const { t } = useTranslation();
  const label = useLabel();
  return (method) => (method === 'deposit' ? t('shift.cash') : label('method', method));
}
