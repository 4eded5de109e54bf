import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { latinDigits } from '../format/format.ts';
import { useFormat } from '../format/useFormat.ts';

interface AmountFieldProps {
  label: string;
  /** Whole rial; undefined while nothing is written. */
  value: number | undefined;
  onChange(value: number | undefined): void;
  error?: string | undefined;
  autoFocus?: boolean;
}

/** Where an amount in rial is typed, in digits of any kind; says it in toman below. */
export function AmountField({ label, value, onChange, error, autoFocus = false }: AmountFieldProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const read = (typed: string) => {
    const digits = latinDigits(typed).replace(/\D/g, '').slice(0, 15);
    onChange(digits === '' ? undefined : Number(digits));
  };
  return (
    <TextInput
      label={label}
      description={value ? t('app.toman', { amount: format.toman(value) }) : undefined}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      value={value === undefined ? '' : format.number(value)}
      onChange={(event) => read(event.currentTarget.value)}
      error={error}
      inputMode="numeric"
      autoComplete="off"
      dir="ltr"
      autoFocus={autoFocus}
      data-autofocus={autoFocus || undefined}
    />
  );
}
