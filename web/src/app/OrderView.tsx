import type { Order } from '../api/types.ts';
import { CertificatePanel } from '../features/certificate/CertificatePanel.tsx';
import { OrderPage } from '../features/order/OrderPage.tsx';
import { TerminalFailed } from '../features/terminal/TerminalFailed.tsx';
import { TerminalReady } from '../features/terminal/TerminalReady.tsx';
import { TerminalSale } from '../features/terminal/TerminalSale.tsx';
import { teachOrder } from '../i18n/order/index.ts';

// Whatever shows the words of an order comes through here.
teachOrder();

// Features do not know each other; this is where they meet.
function certificateOf(order: Order) {
  return <CertificatePanel orderId={order.id} inquiryId={order.inquiry_id} paid={order.state === 'paid'} serial={order.certificate_serial} />;
}

const terminal = { Ready: TerminalReady, Failed: TerminalFailed, Sale: TerminalSale };

/** An order with its payments, receipts and certificate. */
export function OrderView() {
  return <OrderPage certificate={certificateOf} terminal={terminal} />;
}
