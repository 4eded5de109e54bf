import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat.ts';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import classes from './Manager.module.css';
import { figures, type Sum } from './usage.ts';

interface UsageTableProps {
  caption: string;
  head: string;
  sums: Sum[];
  total: Sum;
}

/** Sums of work, with all of them at the foot. */
export function UsageTable({ caption, head, sums, total }: UsageTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<Sum>[] = [
    { head, cell: (sum) => <Name sum={sum} /> },
    ...figures.map((figure): Column<Sum> => ({ head: t(`usage.${figure}`), end: true, cell: (sum) => <span className="figures">{format.number(sum[figure])}</span> })),
  ];
  const foot = [t('usage.total'), ...figures.map((figure) => format.number(total[figure]))];
  return <DataTable caption={caption} columns={columns} rows={sums} rowKey={({ key }) => key} foot={foot} />;
}

function Name({ sum: { name, username } }: { sum: Sum }) {
  return (
    <>
      {name}
      {username && <span className={classes.sub}><bdi className="identifier">{username}</bdi></span>}
    </>
  );
}
