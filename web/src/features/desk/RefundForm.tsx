import { Button, Group, Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Order, Payment, Refundable } from '../../api/types.ts';
import { latinDigits } from '../../format/format.ts';
import { useFormat } from '../../format/useFormat.ts';
import { AmountField } from '../../ui/AmountField.tsx';
import { CheckIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { FormStack } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { useAskRefund, useCityOf } from './useDesk.ts';
import classes from './Visits.module.css';

interface RefundFormProps {
  order: Order;
  payment: Payment;
  parts: Refundable[];
  onClose(): void;
}

// The fee is the platform's to give back; an office asks the cities.
const ofCities = (parts: Refundable[]) => parts.filter(({ bill_id, available_rial }) => bill_id && available_rial > 0);

/** Asks the cities to give money back: of all bills of a payment, of one of them, or a part of one. */
export function RefundForm({ order, payment, parts, onClose }: RefundFormProps) {
  const { t } = useTranslation();
  const ask = useAskRefund(payment.id, order.id);
  // What was shown when the form was opened is what is asked for; whatever comes in later changes nothing under the operator's hands.
  const [left] = useState(() => ofCities(parts));
  if (ask.isSuccess) {
    return (
      <>
        <Notice tone="good" icon={<CheckIcon />} title={t('refund.sent')}>{t('refund.sentHint')}</Notice>
        <Group justify="flex-end" mt="md"><Button onClick={onClose} data-autofocus>{t('app.close')}</Button></Group>
      </>
    );
  }
  if (left.length === 0) return <p>{t('refund.nothingLeft')}</p>;
  return <Fields order={order} left={left} ask={ask} onClose={onClose} />;
}

interface FieldsProps {
  order: Order;
  left: Refundable[];
  ask: ReturnType<typeof useAskRefund>;
  onClose(): void;
}

function Fields({ order, left, ask, onClose }: FieldsProps) {
  const { t } = useTranslation();
  const city = useCityOf(order);
  const [bill, setBill] = useState('');
  const [part, setPart] = useState<number>();
  const [reason, setReason] = useState('');
  const [iban, setIban] = useState('');
  const available = left.filter(({ bill_id }) => bill === '' || bill_id === bill).reduce((sum, one) => sum + one.available_rial, 0);
  const tooMuch = part !== undefined && part > available;
  const wish = { bill: bill || undefined, part: bill ? part : undefined, available, reason: reason.trim(), iban: iban.replace(/\s/g, '') };
  const ready = wish.reason !== '' && !tooMuch && part !== 0;
  const submit = () => ready && ask.mutate(wish);
  const data = [{ value: '', label: t('refund.whole') }, ...left.map(({ bill_id }) => ({ value: bill_id ?? '', label: city(bill_id) }))];
  const choose = (chosen: string | null) => {
    setBill(chosen ?? '');
    setPart(undefined);
  };
  return (
    <FormStack onSubmit={submit}>
      <p className={classes.hint}>{t('refund.hint')}</p>
      <Select label={t('refund.part')} data={data} value={bill} onChange={choose} allowDeselect={false} />
      <div>{t('refund.available')}: <strong><Rial amount={available} /></strong></div>
      {bill && <Part value={part} onChange={setPart} tooMuch={tooMuch} />}
      <Textarea label={t('refund.reason')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} maxLength={1000} rows={2} data-autofocus />
      <TextInput label={t('refund.iban')} description={t('refund.ibanHint')} value={iban} onChange={(event) => setIban(latinDigits(event.currentTarget.value))} dir="ltr" maxLength={40} />
      {ask.isError && <ProblemView error={ask.error} retry={submit} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>{t('desk.cancel')}</Button>
        <Button type="submit" loading={ask.isPending} disabled={!ready}>{t('refund.submit')}</Button>
      </Group>
    </FormStack>
  );
}

function Part({ value, onChange, tooMuch }: { value: number | undefined; onChange: (value: number | undefined) => void; tooMuch: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <AmountField label={t('refund.amount')} value={value} onChange={onChange} error={tooMuch ? t('refund.tooMuch') : undefined} />
      <p className={classes.hint}>{value ? t('refund.partHint', { amount: format.number(value) }) : t('refund.wholeHint')}</p>
    </>
  );
}
