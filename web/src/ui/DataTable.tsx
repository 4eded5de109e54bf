import type { ReactNode } from 'react';
import classes from './DataTable.module.css';

/** One column of a table: its heading and what it shows of a row. */
export interface Column<Row> {
  head: string;
  cell(row: Row): ReactNode;
  /** Numbers stand with their last digits below each other: on the right, whichever way the page runs. */
  end?: boolean;
  /** Buttons stand at the end of their row. */
  acts?: boolean;
  /** Leaves the heading out on a phone, where the cell speaks for itself. */
  alone?: boolean;
}

interface DataTableProps<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey(row: Row): string | number;
  /** A last row of sums, one cell a column; the first one names the row. */
  foot?: ReactNode[];
  /** The first link of a row is followed wherever the row is clicked. */
  linked?: boolean;
  /** Stays a table on a phone, as one of few narrow columns can. */
  stays?: boolean;
}

function placeOf({ end, acts }: { end?: boolean; acts?: boolean } = {}): 'right' | 'end' | undefined {
  if (acts) return 'end';
  return end ? 'right' : undefined;
}

/** A table; on a phone each row is a card that names its cells. What is wider than its place is scrolled there. */
export function DataTable<Row>({ caption, columns, rows, rowKey, foot, linked = false, stays = false }: DataTableProps<Row>) {
  return (
    <div className={classes.wide}>
      <table className={`${classes.table} ${stays ? classes.stays : classes.cards}`} aria-label={caption}>
        <thead>
          <tr>{columns.map((column, at) => (column.head ? <th key={at} scope="col" data-place={placeOf(column)}>{column.head}</th> : <td key={at} />))}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} data-linked={linked || undefined}>
              {columns.map((column, at) => (
                <td key={at} data-place={placeOf(column)}>
                  {!column.alone && column.head && <span className={classes.head} aria-hidden="true">{column.head}</span>}
                  <div className={classes.cell}>{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {foot && (
          <tfoot>
            <tr>
              {foot.map((cell, at) => (
                <td key={at} data-place={placeOf(columns[at])}>
                  {at > 0 && <span className={classes.head} aria-hidden="true">{columns[at]?.head}</span>}
                  <div className={classes.cell}>{cell}</div>
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}
