import type { ReactNode } from 'react';
import classes from './DataTable.module.css';

/** One column of a table: its heading and what it shows of a row. */
export interface Column<Row> {
  head: string;
  cell(row: Row): ReactNode;
  /** Numbers stand at the end of their column. */
  end?: boolean;
  /** Leaves the heading out on a phone, where the cell speaks for itself. */
  alone?: boolean;
}

interface DataTableProps<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey(row: Row): string | number;
  /** A last row of sums, one cell a column. */
  foot?: ReactNode[];
  /** The first link of a row is followed wherever the row is clicked. */
  linked?: boolean;
  /** Stays a table on a phone, as one of few narrow columns can. */
  stays?: boolean;
}

/** A table; on a phone each row is a card that names its cells. What is wider than its place is scrolled there. */
export function DataTable<Row>({ caption, columns, rows, rowKey, foot, linked = false, stays = false }: DataTableProps<Row>) {
  return (
    <div className={classes.wide}>
      <table className={`${classes.table} ${stays ? classes.stays : classes.cards}`} aria-label={caption}>
        <thead>
          <tr>{columns.map(({ head, end }, at) => (head ? <th key={at} scope="col" data-end={end || undefined}>{head}</th> : <td key={at} />))}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} data-linked={linked || undefined}>
              {columns.map(({ head, cell, end, alone }, at) => (
                <td key={at} data-end={end || undefined}>
                  {!alone && head && <span className={classes.head} aria-hidden="true">{head}</span>}
                  <div className={classes.cell}>{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {foot && <tfoot><tr>{foot.map((cell, at) => <td key={at} data-end={columns[at]?.end || undefined}><span className={classes.head} aria-hidden="true">{columns[at]?.head}</span><div className={classes.cell}>{cell}</div></td>)}</tr></tfoot>}
      </table>
    </div>
  );
}
