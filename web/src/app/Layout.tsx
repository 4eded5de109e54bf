import { Button } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { useOffice } from '../api/session.tsx';
import { useFormat } from '../format/useFormat.ts';
import { SignInAgain } from '../features/session/SignInAgain.tsx';
import { Brand } from '../ui/Brand.tsx';
import { ErrorBoundary } from '../ui/ErrorBoundary.tsx';
import { Loading } from '../ui/Loading.tsx';
import { Resuming } from '../ui/Resuming.tsx';
import { ShortcutsButton } from '../ui/shortcuts/ShortcutsButton.tsx';
import classes from './Layout.module.css';
import { LanguageButton } from './LanguageButton.tsx';
import { MainNav } from './MainNav.tsx';
import { SchemeButton } from './SchemeButton.tsx';

const SecondFactorPage = lazy(() => import('../features/session/SecondFactorPage.tsx').then((page) => ({ default: page.SecondFactorPage })));

/** The frame around the pages of a signed-in person; everybody else is led to the sign-in page and back. */
export function Layout() {
  const { t } = useTranslation();
  const { me, left, resuming, lapsed, turn } = useOffice();
  const { pathname, search } = useLocation();
  const own = useOwnAddress(turn);
  if (resuming) return <Frame><Resuming /></Frame>;
  if (!me) return <Navigate to="/sign-in" state={{ from: left ? '/' : pathname + search }} replace />;
  if (!own) return <Frame><Loading /></Frame>;
  return (
    <>
      <a href="#main" className={classes.skip}>{t('app.skip')}</a>
      <Header />
      <OfflineBar />
      <Frame>
        <ErrorBoundary key={turn} at={pathname}>
          <Suspense fallback={<Loading />}>
            {me.second_factor === 'demanded' ? <SecondFactorPage /> : <Outlet />}
          </Suspense>
        </ErrorBoundary>
      </Frame>
      <SignInAgain opened={lapsed} />
    </>
  );
}

// What stands in the address, and with it in the browser's history, is the last person's: whoever else takes the page over begins at the counter. False until they are there.
function useOwnAddress(turn: number): boolean {
  const navigate = useNavigate();
  const { pathname, state } = useLocation();
  const [arrived, setArrived] = useState(turn);
  const begun = pathname === '/' && state === null;
  useEffect(() => {
    if (arrived === turn) return;
    if (begun) setArrived(turn);
    else void navigate('/', { replace: true });
  }, [arrived, turn, begun, navigate]);
  return arrived === turn;
}

function Frame({ children }: { children: React.ReactNode }) {
  return <main id="main" className={classes.main}>{children}</main>;
}

function Header() {
  const { t } = useTranslation();
  const format = useFormat();
  const { me, signOut } = useOffice();
  return (
    <header className={classes.header}>
      <div className={classes.bar}>
        <Link to="/" className={classes.home} title={t('app.counter')}><Brand /></Link>
        <MainNav />
        <NavLink to="/profile" className={classes.person} title={t('nav.profile')}>
          <strong>{me?.name_fa}</strong>
          <span>{t('app.office', { name: me?.office?.name_fa ?? '', licence: format.code(me?.office?.licence_no ?? '') })}</span>
        </NavLink>
        <ShortcutsButton />
        <SchemeButton />
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
