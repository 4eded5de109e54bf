import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { Bill, Order } from '../../../api/types.ts';
import { useFormat } from '../../../format/useFormat.ts';
import { InfoIcon, PrintIcon } from '../../../ui/icons.tsx';
import { useMunicipalityName } from '../../../ui/municipality.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { PaperDialog } from '../../../ui/paper/PaperDialog.tsx';
import { useShortcut } from '../../../ui/shortcuts/useShortcut.ts';
import { slipsOf } from '../method.ts';
import classes from '../PayPanel.module.css';
import { BankSlip } from './BankSlip.tsx';

/** Paying at a bank by the numbers of each bill: what happens, and the slips to take along. */
export function BankSlips({ order }: { order: Order }) {
  const { t } = useTranslation();
  const [shown, paper] = useDisclosure(false);
  const { slips, refused } = slipsOf(order);
  useShortcut('submit', paper.open, slips.length > 0);
  return (
    <>
      {slips.length > 0 && <p className={classes.note}>{t('payment.about.bank')}</p>}
      {refused.length > 0 && <Refused bills={refused} />}
      <Button size="md" fullWidth disabled={slips.length === 0} leftSection={<PrintIcon />} onClick={paper.open}>{t('slip.print')}</Button>
      {slips.length > 0 && <p className={classes.note}>{t('slip.late')}</p>}
      {shown && (
        <PaperDialog title={t('slip.title')} onClose={paper.close}>
          {slips.map((bill) => <BankSlip key={bill.id} order={order} bill={bill} />)}
        </PaperDialog>
      )}
    </>
  );
}

function Refused({ bills }: { bills: Bill[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useMunicipalityName();
  return (
    <Notice tone="neutral" icon={<InfoIcon />} title={t('slip.refused')}>
      {bills.map(({ id, municipality, bank_refusal: refusal }) => (
        <div key={id}>{name(municipality)}{refusal && `: ${format.text(refusal.text)}`}</div>
      ))}
    </Notice>
  );
}
