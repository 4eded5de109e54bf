import { Button, Group, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PaymentMethod, Shift } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { AmountField } from '../../ui/AmountField.tsx';
import { CheckIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { FormStack } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useMethodName } from './method.ts';
import { differenceOf, Totals } from './Totals.tsx';
import type { Amounts, Counting } from './useClosing.ts';
import { useCloseShift } from './useShift.ts';

interface CloseFormProps {
  shift: Shift;
  /** What was counted before the page was loaded anew. */
  counting: Counting;
  onCount(counting: Counting): void;
  onCancel(): void;
  /** Called when the person has seen what the count came to. */
  onDone(): void;
}

/** Takes what was counted of each method of which something must be there; what must be there is not shown, so that it is counted and not copied. */
export function CloseForm({ shift, counting, onCount, onCancel, onDone }: CloseFormProps) {
  const { t } = useTranslation();
  const name = useMethodName();
  const close = useCloseShift(shift.id);
  const [typed, setTyped] = useState(counting);
  const { amounts, note } = typed;
  const type = (now: Counting) => {
    setTyped(now);
    onCount(now);
  };
  const methods = shift.totals.filter(({ expected_rial }) => expected_rial > 0).map(({ method }) => method);
  const complete = methods.every((method) => amounts[method] !== undefined);
  const submit = () => {
    if (complete) close.mutate({ counted: methods.map((method) => ({ method, amount_rial: amounts[method] ?? 0 })), note: note.trim() });
  };
  if (close.data) return <Done shift={close.data} onDone={onDone} />;
  return (
    <FormStack onSubmit={submit}>
      <p className="quiet">{t('shift.closeHint')}</p>
      {methods.map((method, at) => (
        <AmountField
          key={method}
          label={`${name(method)}${t('app.comma')}${t('shift.counted')}`}
          value={amounts[method]}
          onChange={(amount) => type({ note, amounts: withAmount(amounts, method, amount) })}
          autoFocus={at === 0}
        />
      ))}
      <Textarea label={t('shift.note')} value={note} onChange={(event) => type({ amounts, note: event.currentTarget.value })} maxLength={500} rows={2} />
      {close.isError && <ProblemView error={close.error} retry={submit} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>{t('desk.cancel')}</Button>
        <Button type="submit" loading={close.isPending} disabled={!complete}>{t('shift.confirm')}</Button>
      </Group>
    </FormStack>
  );
}

function withAmount(amounts: Amounts, method: PaymentMethod, amount: number | undefined): Amounts {
  const { [method]: _, ...rest } = amounts;
  return amount === undefined ? rest : { ...rest, [method]: amount };
}

function Done({ shift, onDone }: { shift: Shift; onDone: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = t('shift.done', { number: format.digits(shift.number) });
  const difference = differenceOf(shift.totals);
  const amount = format.number(Math.abs(difference));
  const words = difference === 0 ? t('shift.allExact') : t(difference < 0 ? 'shift.allShort' : 'shift.allOver', { amount });
  return (
    <div>
      <Notice tone={difference === 0 ? 'good' : 'warn'} icon={difference === 0 ? <CheckIcon /> : <WarningIcon />} title={title}>{words}</Notice>
      <Totals caption={title} totals={shift.totals} />
      <Group justify="flex-end" mt="md"><Button onClick={onDone} autoFocus>{t('app.close')}</Button></Group>
    </div>
  );
}
