import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, Route, Routes } from 'react-router';
import type { Order } from '../api/types.ts';
import { CertificatePanel } from '../features/certificate/CertificatePanel.tsx';
import { CounterPage } from '../features/counter/CounterPage.tsx';
import { OrderPage } from '../features/order/OrderPage.tsx';
import { SignInPage } from '../features/session/SignInPage.tsx';
import { LanguageButton } from './LanguageButton.tsx';
import { Layout, OfflineBar } from './Layout.tsx';
import classes from './Layout.module.css';

// Features do not know each other; this is where they meet.
function certificateOf(order: Order) {
  return <CertificatePanel orderId={order.id} paid={order.state === 'paid'} serial={order.certificate_serial} />;
}

/** The addresses of the portal. */
export function Pages() {
  return (
    <Routes>
      <Route path="/sign-in" element={<SignIn />} />
      <Route element={<Layout />}>
        <Route index element={<CounterPage />} />
        <Route path="/orders/:id" element={<OrderPage certificate={certificateOf} />} />
        <Route path="*" element={<Lost />} />
      </Route>
    </Routes>
  );
}

function SignIn() {
  return (
    <>
      <OfflineBar />
      <div className={classes.corner}><LanguageButton /></div>
      <SignInPage />
    </>
  );
}

function Lost() {
  const { t } = useTranslation();
  return (
    <div className={classes.lost}>
      <p>{t('app.notFound')}</p>
      <Button component={Link} to="/" variant="default">{t('app.toCounter')}</Button>
    </div>
  );
}
