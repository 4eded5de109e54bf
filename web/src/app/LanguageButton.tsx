import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { currentLanguage, speak } from '../i18n/index.ts';

/** Switches between Persian and English; named in the language that it leads to. */
export function LanguageButton() {
  const { t } = useTranslation();
  const other = currentLanguage() === 'fa' ? 'en' : 'fa';
  return (
    <Button variant="subtle" color="gray" c="var(--soft)" size="xs" lang={other} onClick={() => void speak(other)}>
      {t('app.otherLanguage')}
    </Button>
  );
}
