import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import { latinDigits } from '../../format/format.ts';
import { FormStack } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { isGrave, roles, useRoleName } from './roles.ts';
import { Secret } from './Secret.tsx';
import { useInvite, type Newcomer } from './useManager.ts';

// The role that an invitation may bring: what moves money or gives roles takes two people, afterwards.
const invited = roles.find((role) => !isGrave(role)) ?? 'office_clerk';

/** Invites a colleague; the secret with which they set their password is told once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const invite = useInvite();
  const [who, setWho] = useState<Newcomer>({ username: '', name_fa: '', national_id: '', role: invited });
  const made = invite.data;
  return (
    <Modal opened onClose={onClose} closeOnClickOutside={!made} title={made ? t('staff.invited', { name: who.name_fa }) : t('staff.invite')} centered closeButtonProps={{ 'aria-label': t('app.close') }}>
      {made ? (
        <>
          <Secret label={t('staff.token')} value={made.token} until={made.expires_at} hint={t('staff.invitedHint')} />
          <Group justify="flex-end" mt="md"><Button onClick={onClose}>{t('app.close')}</Button></Group>
        </>
      ) : (
        <InviteForm who={who} onChange={setWho} invite={invite} onCancel={onClose} />
      )}
    </Modal>
  );
}

interface InviteFormProps {
  who: Newcomer;
  onChange(who: Newcomer): void;
  invite: ReturnType<typeof useInvite>;
  onCancel(): void;
}

function InviteForm({ who, onChange, invite, onCancel }: InviteFormProps) {
  const { t } = useTranslation();
  const roleName = useRoleName();
  const fault = (field: string) => invite.isError && problemFrom(invite.error).facts.fields?.find((one) => one.field === field)?.detail;
  const complete = who.username.trim() && who.name_fa.trim() && who.national_id.trim();
  const submit = () => {
    if (complete) invite.mutate({ ...who, username: who.username.trim(), name_fa: who.name_fa.trim() });
  };
  return (
    <FormStack onSubmit={submit}>
      <TextInput label={t('staff.name')} value={who.name_fa} onChange={(event) => onChange({ ...who, name_fa: event.currentTarget.value })} error={fault('name_fa')} maxLength={200} data-autofocus />
      <TextInput label={t('staff.username')} value={who.username} onChange={(event) => onChange({ ...who, username: event.currentTarget.value })} error={fault('username')} dir="ltr" autoComplete="off" autoCapitalize="none" maxLength={100} />
      <TextInput label={t('staff.nationalId')} value={who.national_id} onChange={(event) => onChange({ ...who, national_id: latinDigits(event.currentTarget.value).replace(/\D/g, '') })} error={fault('national_id')} dir="ltr" inputMode="numeric" autoComplete="off" maxLength={10} />
      <TextInput label={t('staff.role')} description={t('staff.inviteHint')} inputWrapperOrder={['label', 'input', 'description']} value={roleName(who.role)} variant="filled" readOnly />
      {invite.isError && <ProblemView error={invite.error} retry={submit} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>{t('desk.cancel')}</Button>
        <Button type="submit" loading={invite.isPending} disabled={!complete}>{t('staff.inviteGo')}</Button>
      </Group>
    </FormStack>
  );
}
