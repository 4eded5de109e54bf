import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { useOffice } from '../api/session.tsx';
import { shortcuts, useShortcut } from '../ui/shortcuts/useShortcut.ts';
import classes from './Layout.module.css';

const places = [
  { to: '/', name: 'counter', needs: 'inquiries.create', keys: 'toCounter' },
  { to: '/visits', name: 'visits', needs: 'orders.read', keys: 'toVisits' },
  { to: '/shift', name: 'shift', needs: 'shifts.keep', keys: 'toShift' },
  { to: '/deposit', name: 'deposit', needs: 'deposits.read', keys: 'toDeposit' },
  { to: '/manage', name: 'manage', needs: 'people.read', keys: 'toManage' },
] as const;

// A visit goes through these addresses.
const ofVisit = /^\/($|inquiries\/|orders\/)/;

/** The ways to the parts of the portal; what a person may not use is not offered. */
export function MainNav() {
  const { t } = useTranslation();
  const { me } = useOffice();
  const { pathname } = useLocation();
  useKeys();
  const isAt = (to: string) => (to === '/' ? ofVisit.test(pathname) : pathname.startsWith(to));
  return (
    <nav className={`${classes.nav} sideways`} aria-label={t('nav.label')}>
      {places.filter(({ needs }) => me?.permissions.includes(needs)).map(({ to, name, keys }) => (
        <Link key={to} to={to} aria-keyshortcuts={shortcuts[keys].replace('Digit', '')} aria-current={isAt(to) ? 'page' : undefined}>{t(`nav.${name}`)}</Link>
      ))}
      <Link to="/profile" className={classes.onlyPhone} aria-current={isAt('/profile') ? 'page' : undefined}>{t('nav.profile')}</Link>
    </nav>
  );
}

// Each of the places by its key; what a person may not use has none. The places are the same at every drawing, and so is the number of hooks.
function useKeys() {
  const { me } = useOffice();
  const go = useNavigate();
  for (const { to, needs, keys } of places) useShortcut(keys, () => void go(to), me?.permissions.includes(needs) ?? false);
  useShortcut('toProfile', () => void go('/profile'));
}
