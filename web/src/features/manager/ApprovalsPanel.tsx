import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay, useOffice } from '../../api/session.tsx';
import type { Approval, StaffMember } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Answered } from '../../ui/Answered.tsx';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { CheckIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Empty, Panel } from '../../ui/Panel.tsx';
import { What, Who } from './ApprovalCells.tsx';
import { DecideDialog } from './DecideDialog.tsx';
import { DecidedList } from './DecidedList.tsx';
import classes from './Manager.module.css';
import { isTheirs, useWaiting, type Decision } from './useApprovals.ts';

interface Opened {
  approval: Approval;
  verdict: Decision['verdict'];
}

/** What one person has asked for and another one decides, and below it what was decided of late. */
export function ApprovalsPanel({ people }: { people: StaffMember[] | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const waiting = useWaiting();
  const self = useOffice().me?.id;
  const [opened, setOpened] = useState<Opened>();
  const [done, setDone] = useState<Approval>();
  const another = people?.some(({ id, role, standing }) => id !== self && role === 'office_manager' && standing === 'active');
  const close = () => setOpened(undefined);
  const finish = (decided: Approval) => {
    setDone(decided);
    close();
  };
  return (
    <Panel title={t('approvals.title')} flush>
      {people && <p className={classes.intro}>{t(another ? 'approvals.byManager' : 'approvals.byPlatform')}</p>}
      {done && <div className={classes.said}><Notice tone={done.state === 'approved' ? 'good' : 'neutral'} icon={<CheckIcon />} title={t(done.state === 'approved' ? 'approvals.done.approve' : 'approvals.done.refuse', { what: format.text(done.summary) })} /></div>}
      <Answered query={waiting} skeleton="lines">
        {({ approvals }) => (approvals.length === 0 ? <Empty title={t('approvals.empty')}>{t('approvals.emptyHint')}</Empty> : <Waiting approvals={approvals} self={self} onDecide={setOpened} />)}
      </Answered>
      <DecidedList />
      {opened && <DecideDialog key={`${opened.approval.id} ${opened.verdict}`} {...opened} onClose={close} onDone={finish} />}
    </Panel>
  );
}

interface WaitingProps {
  approvals: Approval[];
  self: string | undefined;
  onDecide(opened: Opened): void;
}

function Waiting({ approvals, self, onDecide }: WaitingProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const decides = useMay('approvals.decide');
  const columns: Column<Approval>[] = [
    { head: t('approvals.what'), cell: (one) => <What approval={one} /> },
    { head: t('desk.reason'), cell: ({ reason }) => reason },
    { head: t('approvals.by'), cell: ({ requester_name_fa, requested_at }) => <Who name={requester_name_fa} at={requested_at} /> },
    { head: t('approvals.until'), cell: ({ expires_at }) => <span className="figures">{format.moment(expires_at)}</span> },
    { head: '', acts: true, cell: (one) => (isTheirs(one, self) || !decides ? <span className="quiet">{t('approvals.other')}</span> : <Verdicts approval={one} onDecide={onDecide} />) },
  ];
  return <DataTable caption={t('approvals.title')} columns={columns} rows={approvals} rowKey={({ id }) => id} />;
}

function Verdicts({ approval, onDecide }: { approval: Approval; onDecide: WaitingProps['onDecide'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const what = format.text(approval.summary);
  return (
    <Group gap={8} justify="flex-end" wrap="nowrap">
      <Button size="xs" onClick={() => onDecide({ approval, verdict: 'approve' })} aria-label={t('approvals.ask.approve', { what })}>{t('approvals.verdict.approve')}</Button>
      <Button size="xs" variant="default" onClick={() => onDecide({ approval, verdict: 'refuse' })} aria-label={t('approvals.ask.refuse', { what })}>{t('approvals.verdict.refuse')}</Button>
    </Group>
  );
}
