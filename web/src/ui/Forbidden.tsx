import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMay } from '../api/session.tsx';
import { LockIcon } from './icons.tsx';
import { Notice } from './Notice.tsx';

/** What the person may not use; the session goes on. From a whole page, unlike a part of one, it leads back to the counter. */
export function Forbidden({ part = false }: { part?: boolean }) {
  const { t } = useTranslation();
  const counter = useMay('inquiries.create');
  return (
    <Notice tone="neutral" icon={<LockIcon />} title={t('problem.heading.forbidden')}>
      {t('problem.advice.forbidden')}
      {!part && counter && <div><Button component={Link} to="/" mt="sm" size="xs" variant="default">{t('app.toCounter')}</Button></div>}
    </Notice>
  );
}
