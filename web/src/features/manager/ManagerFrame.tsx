import { useTranslation } from 'react-i18next';
import { NavLink, Outlet, useLocation } from 'react-router';
import { useOffice } from '../../api/session.tsx';
import type { Permission } from '../../api/types.ts';
import { PageHead } from '../../ui/Panel.tsx';
import classes from './Manager.module.css';

const places: readonly { to: string; name: 'staff' | 'devices' | 'agreements' | 'usage'; needs: Permission }[] = [
  { to: '/manage/usage', name: 'usage', needs: 'usage.read' },
  { to: '/manage/staff', name: 'staff', needs: 'people.read' },
  { to: '/manage/devices', name: 'devices', needs: 'devices.manage' },
  { to: '/manage/agreements', name: 'agreements', needs: 'agreements.read' },
];

/** The frame of the manager's pages, with the way from one to another. */
export function ManagerFrame() {
  const { t } = useTranslation();
  const { me } = useOffice();
  const { pathname } = useLocation();
  const here = places.find(({ to }) => pathname.startsWith(to));
  const open = places.filter(({ needs }) => me?.permissions.includes(needs));
  return (
    <>
      <PageHead title={t('manage.title')} place={t(here ? `manage.${here.name}` : 'manage.title')} />
      {open.length > 0 && (
        <nav className={`${classes.tabs} sideways`} aria-label={t('manage.title')}>
          {open.map(({ to, name }) => <NavLink key={to} to={to}>{t(`manage.${name}`)}</NavLink>)}
        </nav>
      )}
      <Outlet />
    </>
  );
}
