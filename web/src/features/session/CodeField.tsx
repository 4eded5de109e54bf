import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface CodeFieldProps {
  value: string;
  onChange(value: string): void;
}

/** Where the code of the authenticator, or a recovery code, is typed. */
export function CodeField({ value, onChange }: CodeFieldProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t('signIn.code')}
      description={t('signIn.codeHint')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="one-time-code"
      inputMode="text"
      spellCheck={false}
      size="md"
      dir="ltr"
      autoFocus
      required
      withAsterisk={false}
    />
  );
}
