import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Approval } from '../../api/types.ts';
import { Answered } from '../../ui/Answered.tsx';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { Empty } from '../../ui/Panel.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { What, Who } from './ApprovalCells.tsx';
import classes from './Manager.module.css';
import { useDecided } from './useApprovals.ts';

const tones = { open: 'open', approved: 'good', refused: 'neutral', expired: 'warn', withdrawn: 'neutral' } as const;

/** What was decided of late, folded until somebody looks. */
export function DecidedList() {
  const { t } = useTranslation();
  const [unfolded, setUnfolded] = useState(false);
  const decided = useDecided(unfolded);
  const columns: Column<Approval>[] = [
    { head: t('approvals.what'), cell: (one) => <What approval={one} /> },
    { head: t('approvals.by'), cell: ({ requester_name_fa, requested_at }) => <Who name={requester_name_fa} at={requested_at} /> },
    { head: t('desk.state'), cell: ({ state }) => <StateBadge tone={tones[state]}>{t(`approvals.state.${state}`)}</StateBadge> },
    { head: t('approvals.decider'), cell: ({ decider_name_fa, decided_at }) => (decided_at ? <Who name={decider_name_fa} at={decided_at} /> : t('app.none')) },
    { head: t('approvals.said'), cell: ({ remark }) => remark ?? t('app.none') },
  ];
  return (
    <>
      <div className={classes.fold}>
        <Button size="xs" variant="subtle" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>{t(unfolded ? 'approvals.fold' : 'approvals.unfold')}</Button>
      </div>
      {unfolded && (
        <Answered query={decided} skeleton="lines">
          {(list) => (list.length === 0 ? <Empty title={t('approvals.none')} /> : <DataTable caption={t('approvals.decided')} columns={columns} rows={list} rowKey={({ id }) => id} />)}
        </Answered>
      )}
    </>
  );
}
