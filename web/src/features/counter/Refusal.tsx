import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import { useFormat } from '../../format/useFormat.ts';
import { ClockIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';

interface RefusalProps {
  error: unknown;
  onSubmit(): void;
  onRepeat(): void;
}

/** A refused order: what the two conflicts mean, else the problem as it is. */
export function Refusal({ error, onSubmit, onRepeat }: RefusalProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { inquiry, claimedUntil } = problemFrom(error).facts;
  if (inquiry) {
    return <Notice tone="warn" icon={<WarningIcon />} title={t('summary.changed')}>{t('summary.changedHint')}</Notice>;
  }
  if (claimedUntil) {
    return (
      <Notice tone="warn" icon={<ClockIcon />} title={t('summary.claimed')}>
        <div>{t('summary.claimedHint', { moment: format.moment(claimedUntil) })}</div>
        <Button mt="xs" size="xs" variant="default" onClick={onRepeat}>{t('search.submit')}</Button>
      </Notice>
    );
  }
  return <ProblemView error={error} retry={onSubmit} />;
}
