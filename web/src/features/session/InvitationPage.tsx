import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { answer, problemFrom } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import { Brand } from '../../ui/Brand.tsx';
import { CheckIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useTitle } from '../../ui/useTitle.ts';
import classes from './SignInPage.module.css';

/** What the server asks of a password at least; the rest of its rules it tells when it refuses. */
const shortest = 12;

/** Where somebody who was invited chooses a password. The secret of the invitation is typed here and stands in no address. */
export function InvitationPage() {
  const { t } = useTranslation();
  const accept = useAccept();
  useTitle(t('invitation.title'));
  return (
    <main className={classes.page}>
      <div className={classes.head}><Brand /></div>
      <section className={`card ${classes.card}`}>
        <h1>{t('invitation.title')}</h1>
        {accept.data ? <Accepted username={accept.data.username} demanded={accept.data.second_factor_demanded} /> : <InvitationForm accept={accept} />}
      </section>
      {!accept.data && <p className={classes.note}><Link to="/sign-in">{t('invitation.known')}</Link></p>}
    </main>
  );
}

function useAccept() {
  const { api } = useOffice();
  return useMutation({ mutationFn: (body: { token: string; password: string }) => answer(api.POST('/v1/invitations/acceptance', { body })) });
}

function InvitationForm({ accept }: { accept: ReturnType<typeof useAccept> }) {
  const { t } = useTranslation();
  const [token, setToken] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [asked, setAsked] = useState(false);
  const short = asked && [...password].length < shortest;
  const refused = useRefusal(accept.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if ([...password].length >= shortest && again === password) accept.mutate({ token: token.replace(/\s/g, ''), password });
  };
  const field = { size: 'md', dir: 'ltr', required: true, withAsterisk: false } as const;
  const chosen = { ...field, autoComplete: 'new-password', visibilityToggleButtonProps: { 'aria-label': t('signIn.showPassword') } };
  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      <TextInput
        {...field}
        label={t('invitation.secret')}
        description={t('invitation.secretHint')}
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        error={refused.token}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={200}
        autoFocus
      />
      <PasswordInput {...chosen} label={t('profile.newPassword')} description={t('invitation.rules')} value={password} onChange={(event) => setPassword(event.currentTarget.value)} error={short ? t('invitation.short') : refused.password} />
      <PasswordInput {...chosen} label={t('profile.repeat')} value={again} onChange={(event) => setAgain(event.currentTarget.value)} error={asked && again !== password && t('profile.differs')} />
      {accept.isError && !refused.said && <ProblemView error={accept.error} heading={t('invitation.refused')} />}
      <Button type="submit" size="md" loading={accept.isPending} disabled={token.trim() === '' || password === '' || again === ''} fullWidth>{t('invitation.submit')}</Button>
    </form>
  );
}

// A refusal is said at the field to blame; any other is a matter of its own.
function useRefusal(error: unknown): { token?: string | undefined; password?: string | undefined; said: boolean } {
  const { t } = useTranslation();
  if (!error) return { said: false };
  const { code, fields } = problemFrom(error).facts;
  if (code === 'invitation_unknown') return { token: t('invitation.unknown'), said: true };
  const password = fields?.find(({ field }) => field === 'password')?.detail;
  return { password, said: password !== undefined };
}

function Accepted({ username, demanded }: { username: string; demanded: boolean }) {
  const { t } = useTranslation();
  const { me, signOut } = useOffice();
  const navigate = useNavigate();
  // Somebody else may be signed in at this machine.
  const enter = () => {
    if (me) signOut();
    void navigate('/sign-in', { replace: true, state: { username } });
  };
  return (
    <div className={classes.form}>
      <Notice tone="good" icon={<CheckIcon />} title={t('invitation.accepted')}>
        {t('invitation.username')} <bdi className="identifier" dir="ltr">{username}</bdi>
      </Notice>
      {demanded && <p className={classes.kept}>{t('invitation.demanded')}</p>}
      <Button size="md" fullWidth autoFocus onClick={enter}>{t('signIn.submit')}</Button>
    </div>
  );
}
