import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, problemFrom } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { CodeField } from './CodeField.tsx';
import { Lockout, useLockout } from './Lockout.tsx';
import classes from './SignInPage.module.css';

/** User name, password and, once the server asks for it, the code of the second factor. Whoever comes back to this page, or has just taken an invitation up, finds their user name there. */
export function SignInForm({ invited = '' }: { invited?: string | undefined }) {
  const { t } = useTranslation();
  const { api, signIn, username: known = invited } = useOffice();
  const [username, setUsername] = useState(known);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asked, setAsked] = useState(false);
  const attempt = useMutation({
    mutationFn: () => answer(api.POST('/v1/sessions', { body: { username: username.trim(), password, ...(code.trim() && { code: code.trim() }) } })),
    onSuccess: (session) => {
      signIn(session, username.trim());
      setPassword('');
    },
    onError: (error) => {
      if (problemFrom(error).facts.code?.startsWith('second_factor')) setAsked(true);
      setCode('');
    },
  });
  const locked = useLockout(attempt.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (locked.left === 0) attempt.mutate();
  };
  const elsewhere = attempt.isSuccess && attempt.data.me.home !== 'office';
  const field = { size: 'md', dir: 'ltr', required: true, withAsterisk: false } as const;
  return (
    <form onSubmit={submit} className={classes.form}>
      <TextInput
        {...field}
        label={t('signIn.username')}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus={known === ''}
        data-autofocus={known === '' || undefined}
      />
      <PasswordInput
        {...field}
        label={t('signIn.password')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="current-password"
        autoFocus={known !== ''}
        data-autofocus={known !== '' || undefined}
        visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
      />
      {elsewhere && <Notice tone="warn" title={t('signIn.noOffice')}>{t('signIn.console')}</Notice>}
      {asked && <CodeField value={code} onChange={setCode} />}
      {locked.is ? <Lockout left={locked.left} /> : <Refusal error={attempt.error} retry={attempt.mutate} />}
      <Button type="submit" size="md" loading={attempt.isPending} disabled={locked.left > 0 || username.trim() === '' || password === ''} fullWidth>
        {t('signIn.submit')}
      </Button>
    </form>
  );
}

function Refusal({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  if (!error || problemFrom(error).facts.code === 'second_factor_required') return null;
  return <ProblemView error={error} {...headingOf(error, t)} retry={retry} />;
}

function headingOf(error: unknown, t: TFunction): { heading?: string } {
  const { kind, code } = problemFrom(error).facts;
  if (kind !== 'unauthorized') return {};
  return { heading: code === 'second_factor_invalid' ? t('signIn.wrongCode') : t('signIn.refused') };
}
