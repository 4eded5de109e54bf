import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { Order } from '../api/types.ts';
import { useFormat } from '../format/useFormat.ts';
import { CertificatePanel } from '../features/certificate/CertificatePanel.tsx';
import { VisitPage } from '../features/desk/VisitPage.tsx';
import { ReceiptButton } from '../features/order/paper/ReceiptButton.tsx';
import { teachDesk } from '../i18n/desk/index.ts';
import { teachOrder } from '../i18n/order/index.ts';

// A visit speaks the desk's words, its papers those of an order.
teachDesk();
teachOrder();

/** A visit with what it handed over. */
export function VisitView() {
  return <VisitPage papers={(order) => <VisitPapers order={order} />} />;
}

/** What a visit handed over, one press away: its receipts, and the certificate to be seen and printed. */
function VisitPapers({ order }: { order: Order }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [shown, certificate] = useDisclosure(false);
  const numbers = order.payments.flatMap(({ receipt }) => (receipt ? [receipt.number] : []));
  if (numbers.length === 0 && !order.certificate_serial) return null;
  return (
    <Group mt="md" gap="xs">
      {numbers.map((number) => (
        <Group key={number} gap="xs">
          {numbers.length > 1 && <span className="quiet">{t('payment.receipt', { number: format.digits(number) })}</span>}
          <ReceiptButton order={order} number={number} />
        </Group>
      ))}
      {order.certificate_serial && <Button size="xs" variant="default" onClick={certificate.open}>{t('desk.certificate')}</Button>}
      <Modal opened={shown} onClose={certificate.close} title={t('desk.certificate')} size="xl" centered closeButtonProps={{ 'aria-label': t('app.close') }}>
        <CertificatePanel orderId={order.id} inquiryId={order.inquiry_id} paid={order.state === 'paid'} serial={order.certificate_serial} />
      </Modal>
    </Group>
  );
}
