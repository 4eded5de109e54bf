import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useLocation } from 'react-router';
import { answer, problemFrom } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import { Brand } from '../../ui/Brand.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { CodeField } from './CodeField.tsx';
import classes from './SignInPage.module.css';

/** Signs an office's operator in and leads back to the page that asked for it; whoever works elsewhere is told so and gets no session here. */
export function SignInPage() {
  const { t } = useTranslation();
  const { me, end, resuming } = useOffice();
  const from = useLocation().state as { from?: string } | null;
  if (resuming) return <Loading />;
  if (me) return <Navigate to={from?.from ?? '/'} replace />;
  return (
    <main className={classes.page}>
      <div className={classes.head}>
        <Brand />
        <p className="quiet">{t('app.tagline')}</p>
      </div>
      <section className={`card ${classes.card}`}>
        <h1>{t('signIn.title')}</h1>
        {end === 'expired' && <Notice tone="warn" title={t('signIn.expired')} />}
        <SignInForm />
      </section>
      <p className={classes.note}>{t('signIn.memory')}</p>
    </main>
  );
}

function SignInForm() {
  const { t } = useTranslation();
  const { api, signIn } = useOffice();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asked, setAsked] = useState(false);
  const attempt = useMutation({
    mutationFn: () => answer(api.POST('/v1/sessions', { body: { username: username.trim(), password, ...(code.trim() && { code: code.trim() }) } })),
    onSuccess: (session) => {
      signIn(session);
      setPassword('');
    },
    onError: (error) => {
      if (problemFrom(error).facts.code?.startsWith('second_factor')) setAsked(true);
      setCode('');
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate();
  };
  const elsewhere = attempt.isSuccess && attempt.data.me.home !== 'office';
  const why = attempt.isError ? problemFrom(attempt.error).facts.code : undefined;
  return (
    <form onSubmit={submit} className={classes.form}>
      <TextInput
        label={t('signIn.username')}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        size="md"
        dir="ltr"
        autoFocus
        required
        withAsterisk={false}
      />
      <PasswordInput
        label={t('signIn.password')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="current-password"
        visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
        size="md"
        dir="ltr"
        required
        withAsterisk={false}
      />
      {elsewhere && <Notice tone="warn" title={t('signIn.noOffice')}>{t('signIn.console')}</Notice>}
      {asked && <CodeField value={code} onChange={setCode} />}
      {attempt.isError && why !== 'second_factor_required' && <ProblemView error={attempt.error} {...headingOf(attempt.error, t)} retry={attempt.mutate} />}
      <Button type="submit" size="md" loading={attempt.isPending} disabled={username.trim() === '' || password === ''} fullWidth>
        {t('signIn.submit')}
      </Button>
    </form>
  );
}

function headingOf(error: unknown, t: TFunction): { heading?: string } {
  const { kind, code } = problemFrom(error).facts;
  if (kind !== 'unauthorized') return {};
  return { heading: code === 'second_factor_invalid' ? t('signIn.wrongCode') : t('signIn.refused') };
}
