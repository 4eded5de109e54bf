import { Button } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, Outlet, useLocation } from 'react-router';
import { useOffice } from '../api/session.tsx';
import { useFormat } from '../format/useFormat.ts';
import { SecondFactorPage } from '../features/session/SecondFactorPage.tsx';
import { Brand } from '../ui/Brand.tsx';
import { ErrorBoundary } from '../ui/ErrorBoundary.tsx';
import { Loading } from '../ui/Loading.tsx';
import classes from './Layout.module.css';
import { LanguageButton } from './LanguageButton.tsx';

/** The frame around the pages of a signed-in person; everybody else is led to the sign-in page and back. */
export function Layout() {
  const { t } = useTranslation();
  const { me, end, resuming } = useOffice();
  const { pathname } = useLocation();
  if (resuming) return <Loading />;
  if (!me) return <Navigate to="/sign-in" state={{ from: end === 'left' ? '/' : pathname }} replace />;
  return (
    <>
      <a href="#main" className={classes.skip}>{t('app.skip')}</a>
      <Header />
      <OfflineBar />
      <main id="main" className={classes.main}>
        <ErrorBoundary key={pathname}>
          {me.second_factor === 'demanded' ? <SecondFactorPage /> : <Outlet />}
        </ErrorBoundary>
      </main>
    </>
  );
}

function Header() {
  const { t } = useTranslation();
  const format = useFormat();
  const { me, signOut } = useOffice();
  return (
    <header className={classes.header}>
      <div className={classes.bar}>
        <Link to="/" className={classes.home} aria-label={t('app.counter')}><Brand /></Link>
        <div className={classes.person}>
          <strong>{me?.name_fa}</strong>
          <span>{t('app.office', { name: me?.office?.name_fa ?? '', licence: format.code(me?.office?.licence_no ?? '') })}</span>
        </div>
        <LanguageButton />
        <Button variant="default" size="xs" onClick={signOut}>{t('app.signOut')}</Button>
      </div>
    </header>
  );
}

/** Tells of a lost connection before anybody submits something into the void. */
export function OfflineBar() {
  const { t } = useTranslation();
  const { online } = useNetwork();
  if (online) return null;
  return <div role="status" className={classes.offline}>{t('app.offline')}</div>;
}
