import { Button, Group, Modal, PasswordInput, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { latinDigits } from '../../format/format.ts';
import { FormStack } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useRemoveFactor } from './useProfile.ts';

/** Turns the second factor off, with the password and a code: an open page alone does not. */
export function RemoveFactor() {
  const { t } = useTranslation();
  const [asking, dialog] = useDisclosure(false);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const remove = useRemoveFactor();
  const close = () => {
    dialog.close();
    remove.reset();
    setPassword('');
    setCode('');
  };
  return (
    <>
      <Button variant="default" c="var(--danger)" onClick={dialog.open}>{t('profile.remove')}</Button>
      <Modal opened={asking} onClose={close} title={t('profile.remove')} centered closeButtonProps={{ 'aria-label': t('app.close') }}>
        <FormStack onSubmit={() => remove.mutate({ password, code: code.trim() })}>
          <p className="quiet">{t('profile.removeHint')}</p>
          <PasswordInput
            label={t('profile.oldPassword')}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ 'aria-label': t('profile.show') }}
            dir="ltr"
            data-autofocus
          />
          <TextInput label={t('profile.code')} value={code} onChange={(event) => setCode(latinDigits(event.currentTarget.value))} autoComplete="one-time-code" dir="ltr" maxLength={40} />
          {remove.isError && <ProblemView error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>{t('desk.cancel')}</Button>
            <Button type="submit" color="red.8" loading={remove.isPending} disabled={!password || !code.trim()}>{t('profile.remove')}</Button>
          </Group>
        </FormStack>
      </Modal>
    </>
  );
}
