import { useTranslation } from 'react-i18next';
import classes from './Brand.module.css';

/** The sign and name of the portal. */
export function Brand() {
  const { t } = useTranslation();
  return (
    <span className={classes.brand}>
      <svg width="30" height="30" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="9" fill="#0f6e68" />
        <path d="M9 16.5l5 5 9.5-11" fill="none" stroke="#fff" strokeWidth="3.4" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      {t('app.name')}
    </span>
  );
}
