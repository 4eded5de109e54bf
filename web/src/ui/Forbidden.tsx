import { useTranslation } from 'react-i18next';
import { Notice } from './Notice.tsx';
import { LockIcon } from './icons.tsx';

/** A part of a page that the person may not use; the session goes on. */
export function Forbidden() {
  const { t } = useTranslation();
  return (
    <Notice tone="neutral" icon={<LockIcon />} title={t('problem.heading.forbidden')}>
      {t('problem.advice.forbidden')}
    </Notice>
  );
}
