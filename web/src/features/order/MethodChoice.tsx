import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLabel } from '../../i18n/useLabel.ts';
import { BankIcon, CardIcon, GlobeIcon, WalletIcon } from '../../ui/icons.tsx';
import classes from './MethodChoice.module.css';
import { methods, type Method } from './method.ts';

const icons: Record<Method, ReactNode> = { terminal: <CardIcon />, gateway: <GlobeIcon />, deposit: <WalletIcon />, bank: <BankIcon /> };

interface MethodChoiceProps {
  value: Method;
  onChange(method: Method): void;
  disabled: boolean;
}

/** How the payer pays; arrow keys walk through it. */
export function MethodChoice({ value, onChange, disabled }: MethodChoiceProps) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <fieldset className={classes.choice} disabled={disabled}>
      <legend>{t('payment.method')}</legend>
      <div className={classes.methods}>
        {methods.map((method) => (
          <label key={method} className={classes.method} data-chosen={method === value || undefined}>
            <input type="radio" name="method" value={method} checked={method === value} onChange={() => onChange(method)} />
            {icons[method]}
            <span>{label('method', method)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
