import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DepositMove } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { Loading } from '../../ui/Loading.tsx';
import { Empty, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { Rial } from '../../ui/Rial.tsx';
import classes from './Deposit.module.css';
import { useStatement } from './useDeposit.ts';

// What is set aside for a withdrawal is no payment.
function said({ kind, source_kind }: DepositMove) {
  return source_kind === 'withdrawal' && (kind === 'hold' || kind === 'release') ? (`deposits.withdrawalMove.${kind}` as const) : (`deposits.kind.${kind}` as const);
}

/** What moved the deposit; a payment of an order leads to its visit. */
export function Statement() {
  const { t } = useTranslation();
  const format = useFormat();
  const statement = useStatement();
  const moves = statement.data?.pages.flatMap((page) => page.moves) ?? [];
  const columns: Column<DepositMove>[] = [
    { head: t('desk.time'), cell: ({ at }) => format.moment(at) },
    { head: t('deposits.move'), cell: (move) => (move.order_id ? <Link to={`/visits/${move.order_id}`}>{t(said(move))}</Link> : t(said(move))) },
    { head: t('desk.amount'), end: true, cell: ({ amount_rial }) => <Rial amount={amount_rial} /> },
    { head: t('deposits.balance'), end: true, cell: ({ available_rial }) => <Rial amount={available_rial} /> },
  ];
  if (statement.isPending) return <Loading cards={1} />;
  return (
    <Panel title={t('deposits.statement')} flush>
      {statement.isError && <ProblemView error={statement.error} retry={() => void statement.refetch()} />}
      {statement.data && (moves.length === 0 ? <Empty title={t('deposits.empty')} /> : <DataTable caption={t('deposits.statement')} columns={columns} rows={moves} rowKey={({ number }) => number} />)}
      {statement.hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" loading={statement.isFetchingNextPage} onClick={() => void statement.fetchNextPage()}>{t('desk.older')}</Button>
        </div>
      )}
    </Panel>
  );
}
