import { Button, Divider, Group, Modal, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StaffMember } from '../../api/types.ts';
import { CheckIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { FormStack } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { isGrave, roles, useRoleName, type Role } from './roles.ts';
import { useChangeRole, useChangeStanding } from './useManager.ts';

const standings = ['active', 'locked', 'left'] as const;

/** Changes what a colleague may do or whether they may at all, with a reason that goes on record. */
export function MemberDialog({ member, onClose }: { member: StaffMember; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  return (
    <Modal opened onClose={onClose} title={t('staff.changeTitle', { name: member.name_fa })} centered closeButtonProps={{ 'aria-label': t('app.close') }}>
      <TextInput label={t('desk.reason')} description={t('staff.reasonHint')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} maxLength={1000} data-autofocus />
      <Divider my="md" />
      <RoleForm member={member} reason={reason.trim()} />
      <Divider my="md" />
      <StandingForm member={member} reason={reason.trim()} />
    </Modal>
  );
}

function RoleForm({ member, reason }: { member: StaffMember; reason: string }) {
  const { t, i18n } = useTranslation();
  const roleName = useRoleName();
  const roleHint = (code: string) => (i18n.exists(`staff.roleHint.${code}`) ? t(`staff.roleHint.${code as 'office_clerk'}`) : undefined);
  const [role, setRole] = useState(member.role);
  const waits = role !== member.role && isGrave(role as Role);
  const change = useChangeRole(member.id);
  return (
    <FormStack onSubmit={() => change.mutate({ role, reason })}>
      <Select label={t('staff.newRole')} description={roleHint(role)} inputWrapperOrder={['label', 'input', 'description']} data={roles.map((value) => ({ value, label: roleName(value) }))} value={role} onChange={(chosen) => setRole(chosen ?? role)} allowDeselect={false} />
      {waits && !change.data && <p className="quiet">{t('staff.graveHint')}</p>}
      {change.isError && <ProblemView error={change.error} />}
      {change.data && <Notice tone={change.data.approval ? 'neutral' : 'good'} icon={<CheckIcon />} title={t(change.data.approval ? 'staff.waiting' : 'staff.saved')} />}
      <Group justify="flex-end"><Button type="submit" variant="default" loading={change.isPending} disabled={role === member.role || reason === ''}>{t('staff.saveRole')}</Button></Group>
    </FormStack>
  );
}

function StandingForm({ member, reason }: { member: StaffMember; reason: string }) {
  const { t } = useTranslation();
  const [standing, setStanding] = useState(member.standing);
  const change = useChangeStanding(member.id);
  return (
    <FormStack onSubmit={() => change.mutate({ standing, reason })}>
      <Select
        label={t('staff.newStanding')}
        description={t(`staff.standingHint.${standing}`)}
        inputWrapperOrder={['label', 'input', 'description']}
        data={standings.map((value) => ({ value, label: t(`staff.standing.${value}`) }))}
        value={standing}
        onChange={(chosen) => setStanding((chosen ?? standing) as StaffMember['standing'])}
        allowDeselect={false}
      />
      {change.isError && <ProblemView error={change.error} />}
      {change.isSuccess && <Notice tone="good" icon={<CheckIcon />} title={t('staff.saved')} />}
      <Group justify="flex-end"><Button type="submit" variant="default" loading={change.isPending} disabled={standing === member.standing || reason === ''}>{t('staff.saveStanding')}</Button></Group>
    </FormStack>
  );
}
