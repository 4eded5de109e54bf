import { Skeleton, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './Loading.module.css';

/** The shape of a page that is on its way: a vehicle above some lists. */
export function Loading({ cards = 2 }: { cards?: number }) {
  const { t } = useTranslation();
  return (
    <div className={classes.stack} aria-busy="true">
      <VisuallyHidden role="status">{t('app.loading')}</VisuallyHidden>
      <Skeleton height={96} radius={14} />
      {Array.from({ length: cards }, (_, card) => (
        <div key={card} className={`card ${classes.list}`}>
          <Skeleton height={18} width="34%" />
          <Skeleton height={14} />
          <Skeleton height={14} width="82%" />
        </div>
      ))}
    </div>
  );
}

/** The shape of a list inside a card that is already there. */
export function LoadingLines() {
  const { t } = useTranslation();
  return (
    <div className={classes.lines} aria-busy="true">
      <VisuallyHidden role="status">{t('app.loading')}</VisuallyHidden>
      <Skeleton height={14} />
      <Skeleton height={14} width="82%" />
    </div>
  );
}
