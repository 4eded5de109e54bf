import { Button } from '@mantine/core';
import { lazy, Suspense, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, Route, Routes } from 'react-router';
import { CounterPage } from '../features/counter/CounterPage.tsx';
import { SignInPage } from '../features/session/SignInPage.tsx';
import { Loading } from '../ui/Loading.tsx';
import { useTitle } from '../ui/useTitle.ts';
import { LanguageButton } from './LanguageButton.tsx';
import { Layout, OfflineBar } from './Layout.tsx';
import classes from './Layout.module.css';
import { SchemeButton } from './SchemeButton.tsx';

// The counter is what the first load brings; every other page comes when it is gone to.
const OrderView = lazy(() => import('./OrderView.tsx').then((page) => ({ default: page.OrderView })));
const desk = () => import('./Desk.tsx');
const VisitsPage = lazy(() => desk().then((page) => ({ default: page.VisitsPage })));
const VisitView = lazy(() => import('./VisitView.tsx').then((page) => ({ default: page.VisitView })));
const InvitationPage = lazy(() => desk().then((page) => ({ default: page.InvitationPage })));
const ShiftPage = lazy(() => desk().then((page) => ({ default: page.ShiftPage })));
const DepositPage = lazy(() => desk().then((page) => ({ default: page.DepositPage })));
const ProfileView = lazy(() => desk().then((page) => ({ default: page.ProfileView })));
const manager = () => import('./Manager.tsx');
const ManagerFrame = lazy(() => manager().then((page) => ({ default: page.ManagerFrame })));
const StaffPage = lazy(() => manager().then((page) => ({ default: page.StaffPage })));
const DevicesPage = lazy(() => manager().then((page) => ({ default: page.DevicesPage })));
const AgreementsPage = lazy(() => manager().then((page) => ({ default: page.AgreementsPage })));
const UsagePage = lazy(() => manager().then((page) => ({ default: page.UsagePage })));

/** The addresses of the portal. */
export function Pages() {
  return (
    <Routes>
      <Route path="/sign-in" element={<Gate><SignInPage /></Gate>} />
      <Route path="/invitation" element={<Gate><InvitationPage /></Gate>} />
      <Route element={<Layout />}>
        <Route index element={<CounterPage />} />
        <Route path="/inquiries/:id" element={<CounterPage />} />
        <Route path="/orders/:id" element={<OrderView />} />
        <Route path="/visits" element={<VisitsPage />} />
        <Route path="/visits/:id" element={<VisitView />} />
        <Route path="/shift" element={<ShiftPage />} />
        <Route path="/deposit" element={<DepositPage />} />
        <Route path="/profile" element={<ProfileView />} />
        <Route path="/manage" element={<ManagerFrame />}>
          <Route index element={<Navigate to="/manage/usage" replace />} />
          <Route path="usage" element={<UsagePage />} />
          <Route path="staff" element={<StaffPage />} />
          <Route path="devices" element={<DevicesPage />} />
          <Route path="agreements" element={<AgreementsPage />} />
        </Route>
        <Route path="*" element={<Lost />} />
      </Route>
    </Routes>
  );
}

// What stands before the portal, for people who are not in it yet.
function Gate({ children }: { children: ReactNode }) {
  return (
    <>
      <OfflineBar />
      <div className={classes.corner}><SchemeButton /><LanguageButton /></div>
      <Suspense fallback={<Loading />}>{children}</Suspense>
    </>
  );
}

function Lost() {
  const { t } = useTranslation();
  useTitle(t('app.notFound'));
  return (
    <div className={classes.lost}>
      <h1>{t('app.notFound')}</h1>
      <p>{t('app.notFoundHint')}</p>
      <Button component={Link} to="/">{t('app.toCounter')}</Button>
    </div>
  );
}
