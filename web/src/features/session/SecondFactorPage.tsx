import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, problemFrom } from '../../api/problem.ts';
import { useOffice } from '../../api/session.tsx';
import { CopyText } from '../../ui/CopyText.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useTitle } from '../../ui/useTitle.ts';
import { CodeField } from './CodeField.tsx';
import classes from './SignInPage.module.css';

/** Has somebody set a second factor up: whose role demands one, and nothing else is permitted to them until then, or who wants one. */
export function SecondFactorPage() {
  const { t } = useTranslation();
  const { api, me } = useOffice();
  useTitle(t('secondFactor.title'));
  const begun = useMutation({ mutationFn: (password: string) => answer(api.POST('/v1/me/second-factor', { body: { password } })) });
  const confirmed = useMutation({
    mutationFn: (code: string) => answer(api.POST('/v1/me/second-factor/confirmation', { body: { code } })),
  });
  return (
    <section className={`card ${classes.card}`}>
      <h1>{t('secondFactor.title')}</h1>
      <p className="quiet">{t(me?.second_factor === 'demanded' ? 'secondFactor.why' : 'secondFactor.whyOwn')}</p>
      {!begun.data && <Password begin={begun.mutate} pending={begun.isPending} />}
      {begun.isError && <ProblemView error={begun.error} {...wrongPassword(begun.error, t)} />}
      {begun.data && !confirmed.data && (
        <>
          <img src={begun.data.qr} alt={t('secondFactor.qr')} width={220} height={220} />
          <CopyText value={begun.data.secret} label={t('secondFactor.secret')} raw />
          <Confirmation confirm={confirmed.mutate} pending={confirmed.isPending} />
          {confirmed.isError && <ProblemView error={confirmed.error} heading={t('signIn.wrongCode')} />}
        </>
      )}
      {confirmed.data && <RecoveryCodes codes={confirmed.data.codes} />}
    </section>
  );
}

/** The password, asked for again: an open page alone sets nothing up. */
function Password({ begin, pending }: { begin: (password: string) => void; pending: boolean }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin(password);
    setPassword('');
  };
  return (
    <form onSubmit={submit} className={classes.form}>
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
      <Button type="submit" loading={pending} disabled={password === ''}>{t('secondFactor.begin')}</Button>
    </form>
  );
}

function wrongPassword(error: unknown, t: TFunction): { heading?: string } {
  return problemFrom(error).facts.code === 'credentials_invalid' ? { heading: t('secondFactor.wrongPassword') } : {};
}

function Confirmation({ confirm, pending }: { confirm: (code: string) => void; pending: boolean }) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm(code.trim());
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      <CodeField value={code} onChange={setCode} />
      <Button type="submit" loading={pending} disabled={code.trim() === ''}>{t('secondFactor.confirm')}</Button>
    </form>
  );
}

function RecoveryCodes({ codes }: { codes: string[] }) {
  const { t } = useTranslation();
  const { renew } = useOffice();
  return (
    <>
      <Notice tone="warn" title={t('secondFactor.keep')}>{t('secondFactor.keepHint')}</Notice>
      <ul>
        {codes.map((code) => (
          <li key={code}><bdi className="identifier">{code}</bdi></li>
        ))}
      </ul>
      <Button onClick={() => void renew()}>{t('secondFactor.kept')}</Button>
    </>
  );
}
