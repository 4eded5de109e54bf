import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat.ts';
import { CopyText } from '../../ui/CopyText.tsx';
import { WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import classes from './Manager.module.css';

interface SecretProps {
  label: string;
  value: string;
  until: string;
  hint: string;
}

/** A code that the server tells once: it lives on this page alone and is gone when it is left. */
export function Secret({ label, value, until, hint }: SecretProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div>
      <p className={classes.told}>{hint}</p>
      <div className={classes.code}><CopyText value={value} label={label} raw /></div>
      <Notice tone="warn" icon={<WarningIcon />} title={t('manage.copyOnce')}>{t('manage.validUntil', { moment: format.moment(until) })}</Notice>
    </div>
  );
}
