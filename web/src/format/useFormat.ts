import { useTranslation } from 'react-i18next';
import { formatFor, type Format } from './format.ts';

const formats = { fa: formatFor('fa'), en: formatFor('en') };

/** The formatter of the language that the page is shown in. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return i18n.language === 'en' ? formats.en : formats.fa;
}
