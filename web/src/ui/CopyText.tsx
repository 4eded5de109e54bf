import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../format/useFormat.ts';
import classes from './CopyText.module.css';
import { CheckIcon, CopyIcon } from './icons.tsx';

interface CopyTextProps {
  /** Copied as it is, Latin digits included; shown with the language's digits. */
  value: string;
  label: string;
  /** Shows the value untouched, as for addresses and codes. */
  raw?: boolean;
  /** Shows this for the value. */
  children?: ReactNode;
}

/** An identifier with a button that copies it. */
export function CopyText({ value, label, raw = false, children }: CopyTextProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <span className={classes.line}>
      <bdi className="identifier">{children ?? (raw ? value : format.digits(value))}</bdi>
      <CopyButton value={value} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={t(copied ? 'app.copied' : 'app.copy')} withArrow>
            <ActionIcon variant="subtle" color={copied ? 'brand' : 'gray'} size={24} onClick={copy} aria-label={`${t('app.copy')}: ${label}`}>
              {copied ? <CheckIcon size={15} /> : <CopyIcon size={15} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}
