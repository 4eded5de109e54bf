import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useOffice } from '../../../api/session.tsx';
import type { Order, PrintedReceipt } from '../../../api/types.ts';
import { useFormat } from '../../../format/useFormat.ts';
import { InfoIcon, PrintIcon } from '../../../ui/icons.tsx';
import { Notice } from '../../../ui/Notice.tsx';
import { PaperDialog } from '../../../ui/paper/PaperDialog.tsx';
import { ProblemView } from '../../../ui/ProblemView.tsx';
import { usePrintReceipt } from '../useOrder.ts';
import { ReceiptPaper, type Sheet } from './ReceiptPaper.tsx';

interface ReceiptButtonProps {
  order: Order;
  /** Of the receipt. */
  number: number;
}

/** Shows a receipt, and prints it. The server counts each press of print: the first is the original, and every other one says that it is a copy, and which. */
export function ReceiptButton({ order, number }: ReceiptButtonProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [shown, dialog] = useDisclosure(false);
  const print = usePrintReceipt();
  const preview = usePreview(order, number);
  const sheet = print.data ?? preview;
  const close = () => {
    dialog.close();
    print.reset();
  };
  return (
    <>
      <Button size="xs" variant="default" leftSection={<PrintIcon size={16} />} onClick={dialog.open}>{t('receipt.print')}</Button>
      {shown && sheet && (
        <PaperDialog
          title={t('payment.receipt', { number: format.digits(number) })}
          onClose={close}
          before={() => print.mutateAsync(number)}
          note={print.isError ? <ProblemView error={print.error} /> : <Counted print={print.data} />}
        >
          <ReceiptPaper order={order} paper={sheet} />
        </PaperDialog>
      )}
    </>
  );
}

function Counted({ print }: { print: PrintedReceipt | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const printed = print && (print.copy > 0 ? t('receipt.copyPrinted', { n: format.digits(print.copy) }) : t('receipt.original'));
  return <Notice tone="neutral" icon={<InfoIcon />} title={printed ?? t('receipt.notCounted')}>{t('receipt.counted')}</Notice>;
}

// What the paper will say, from what the order tells.
function usePreview(order: Order, number: number): Sheet | undefined {
  const { me } = useOffice();
  const payment = order.payments.find(({ receipt }) => receipt?.number === number);
  if (!payment) return undefined;
  const paid = order.bills.filter(({ id }) => payment.bills.includes(id));
  return {
    office_name_fa: me?.office?.name_fa ?? '',
    office_licence_no: me?.office?.licence_no ?? '',
    payment,
    bills: paid.map((bill) => ({ municipality_fa: bill.municipality.name_fa, bill_id: bill.bill_id ?? '', payment_id: bill.payment_id ?? '', amount_rial: bill.amount_rial })),
  };
}
