import { useTranslation } from 'react-i18next';
import type { Municipality } from '../api/types.ts';

const title = /^شهرداری\s/;

/** Names a municipality with its office word exactly once, whether or not its own name has it. */
export function useMunicipalityName(): (municipality: Municipality) => string {
  const { t, i18n } = useTranslation();
  return (municipality) => {
    const name = i18n.language === 'en' ? municipality.name_en : municipality.name_fa;
    return title.test(name) || /municipality/i.test(name) ? name : t('app.municipality', { name });
  };
}
