import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import { CheckIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { FormStack, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useChangePassword } from './useProfile.ts';

/** Changes the password; what was typed is forgotten as soon as it has gone. */
export function PasswordForm() {
  const { t } = useTranslation();
  const [before, setBefore] = useState('');
  const [after, setAfter] = useState('');
  const [again, setAgain] = useState('');
  const change = useChangePassword();
  const differs = again !== '' && again !== after;
  const empty = () => [setBefore, setAfter, setAgain].forEach((set) => set(''));
  const submit = () => {
    if (before && after && again === after) change.mutate({ before, after }, { onSuccess: empty });
  };
  const field = { dir: 'ltr', visibilityToggleButtonProps: { 'aria-label': t('profile.show') } } as const;
  return (
    <Panel title={t('profile.password')}>
      <FormStack onSubmit={submit}>
        <PasswordInput {...field} label={t('profile.oldPassword')} value={before} onChange={(event) => setBefore(event.currentTarget.value)} autoComplete="current-password" />
        <PasswordInput {...field} label={t('profile.newPassword')} description={t('profile.passwordHint')} value={after} onChange={(event) => setAfter(event.currentTarget.value)} autoComplete="new-password" />
        <PasswordInput {...field} label={t('profile.repeat')} value={again} onChange={(event) => setAgain(event.currentTarget.value)} error={differs && t('profile.differs')} autoComplete="new-password" />
        {change.isSuccess && <Notice tone="good" icon={<CheckIcon />} title={t('profile.changed')} />}
        {change.isError && <ProblemView error={change.error} {...(problemFrom(change.error).facts.code === 'credentials_invalid' && { heading: t('profile.wrong') })} />}
        <Button type="submit" loading={change.isPending} disabled={!before || !after || again !== after}>{t('profile.change')}</Button>
      </FormStack>
    </Panel>
  );
}
