import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { StaffMember } from '../../api/types.ts';
import { Answered } from '../../ui/Answered.tsx';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { Columns, Empty, Panel } from '../../ui/Panel.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { ApprovalsPanel } from './ApprovalsPanel.tsx';
import { InviteDialog } from './InviteDialog.tsx';
import classes from './Manager.module.css';
import { MemberDialog } from './MemberDialog.tsx';
import { useRoleName } from './roles.ts';
import { RolesPanel } from './RolesPanel.tsx';
import { useStaff } from './useManager.ts';

const tones = { active: 'good', locked: 'warn', left: 'neutral' } as const;

/** The people of the office, what each may do, and where they stand. */
export function StaffPage() {
  return useMay('people.read') ? <Staff /> : <Forbidden />;
}

function Staff() {
  const { t } = useTranslation();
  const role = useRoleName();
  const manages = useMay('people.manage');
  const approves = useMay('approvals.read');
  const staff = useStaff();
  const [inviting, setInviting] = useState(false);
  const [chosen, setChosen] = useState<StaffMember>();
  const columns: Column<StaffMember>[] = [
    { head: t('staff.name'), cell: ({ name_fa }) => name_fa },
    { head: t('staff.username'), cell: ({ username }) => <bdi className="identifier">{username}</bdi> },
    { head: t('staff.role'), cell: (member) => <Role code={member.role} name={role(member.role)} /> },
    { head: t('desk.state'), cell: (member) => <Standing member={member} /> },
  ];
  if (manages) {
    columns.push({
      head: '',
      acts: true,
      cell: (member) => member.standing !== 'left' && <Button size="xs" variant="default" onClick={() => setChosen(member)} aria-label={t('staff.changeTitle', { name: member.name_fa })}>{t('staff.change')}</Button>,
    });
  }
  return (
    <Columns>
      <Panel title={t('manage.staff')} flush aside={manages && <Button size="xs" onClick={() => setInviting(true)}>{t('staff.invite')}</Button>}>
        <Answered query={staff} skeleton="lines">
          {({ people }) => (people.length === 0 ? <Empty title={t('staff.empty')} /> : <DataTable caption={t('manage.staff')} columns={columns} rows={people} rowKey={({ id }) => id} />)}
        </Answered>
        {inviting && <InviteDialog onClose={() => setInviting(false)} />}
        {chosen && <MemberDialog key={chosen.id} member={chosen} onClose={() => setChosen(undefined)} />}
      </Panel>
      {approves && <ApprovalsPanel people={staff.data?.people} />}
      <RolesPanel />
    </Columns>
  );
}

function Role({ code, name }: { code: string; name: string }) {
  const { t, i18n } = useTranslation();
  const hint = `staff.roleHint.${code}`;
  return (
    <>
      {name}
      {i18n.exists(hint) && <span className={classes.sub}>{t(hint as 'staff.roleHint.office_clerk')}</span>}
    </>
  );
}

function Standing({ member }: { member: StaffMember }) {
  const { t } = useTranslation();
  return (
    <>
      <StateBadge tone={tones[member.standing]}>{t(`staff.standing.${member.standing}`)}</StateBadge>
      {member.platform_locked && <span className={classes.sub}>{t('staff.platformLocked')}</span>}
    </>
  );
}
