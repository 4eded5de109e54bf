import { useTranslation } from 'react-i18next';
import { Link, Navigate, useLocation } from 'react-router';
import { useOffice } from '../../api/session.tsx';
import { Brand } from '../../ui/Brand.tsx';
import { Resuming } from '../../ui/Resuming.tsx';
import { useTitle } from '../../ui/useTitle.ts';
import { SignInForm } from './SignInForm.tsx';
import classes from './SignInPage.module.css';

/** Signs an office's operator in and leads back to the page that asked for it; whoever works elsewhere is told so and gets no session here. */
export function SignInPage() {
  const { t } = useTranslation();
  const { me, resuming } = useOffice();
  const from = useLocation().state as { from?: string; username?: string } | null;
  useTitle(t('signIn.title'));
  if (resuming) return <main className={classes.page}><Resuming /></main>;
  if (me) return <Navigate to={from?.from ?? '/'} replace />;
  return (
    <main className={classes.page}>
      <div className={classes.head}>
        <Brand />
        <p className="quiet">{t('app.tagline')}</p>
      </div>
      <section className={`card ${classes.card}`}>
        <h1>{t('signIn.title')}</h1>
        <SignInForm invited={from?.username} />
      </section>
      <p className={classes.note}><Link to="/invitation">{t('signIn.invited')}</Link></p>
      <p className={classes.note}>{t('signIn.memory')}</p>
    </main>
  );
}
