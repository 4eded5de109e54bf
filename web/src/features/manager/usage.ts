import { addDays, monthOf, weekOf } from '../../format/days.ts';
import type { UsageRow } from '../../api/types.ts';

/** What was done, by somebody or in some run of days. */
export interface Sum {
  key: string;
  name: string;
  /** Tells somebody from another of the same name. */
  username?: string | undefined;
  inquiries: number;
  orders: number;
  receipts: number;
  taken: number;
  certificates: number;
}

/** The figures of a sum in the order in which they are shown. */
export const figures = ['inquiries', 'orders', 'receipts', 'taken', 'certificates'] as const;

/** One of them. */
export type Figure = (typeof figures)[number];

/** The runs of days into which a report is divided. */
export const runs = ['day', 'week', 'month'] as const;

/** One of them; a week begins on Saturday, a month is Jalali. */
export type Run = (typeof runs)[number];

/** A run of Jalali days, the first and the last included. */
export interface Period {
  from: string;
  to: string;
}

/** The periods that are one choice away. */
export const spans = ['today', 'week', 'month', 'lastMonth'] as const;

/** One of them. */
export type Span = (typeof spans)[number];

/** What a span is on a day. */
export function periodOf(span: Span, today: string): Period {
  if (span === 'today') return { from: today, to: today };
  if (span === 'week') return { from: weekOf(today), to: today };
  if (span === 'month') return { from: monthOf(today), to: today };
  const last = addDays(monthOf(today), -1);
  return { from: monthOf(last), to: last };
}

const nothing = { inquiries: 0, orders: 0, receipts: 0, taken: 0, certificates: 0 };

function add(sum: Sum, row: UsageRow): Sum {
  return {
    ...sum,
    inquiries: sum.inquiries + row.inquiries,
    orders: sum.orders + row.orders,
    receipts: sum.receipts + row.receipts,
    taken: sum.taken + row.taken_rial,
    certificates: sum.certificates + row.certificates,
  };
}

/** Sums rows by what they have in common. */
export function sumBy(rows: UsageRow[], common: (row: UsageRow) => { key: string; name: string }): Sum[] {
  const sums = new Map<string, Sum>();
  for (const row of rows) {
    const { key, name } = common(row);
    sums.set(key, add(sums.get(key) ?? { key, name, ...nothing }, row));
  }
  return [...sums.values()];
}

/** The people who share their name with another of the rows. */
export function namesakes(rows: UsageRow[]): Set<string> {
  const people = new Map(rows.map(({ person_id, person_name }) => [person_id, person_name]));
  const names = [...people.values()];
  const shared = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  return new Set([...people].filter(([, name]) => shared.has(name)).map(([id]) => id));
}

/** The first day of the run in which a day lies. */
function runOf(run: Run, day: string): string {
  if (run === 'week') return weekOf(day);
  return run === 'month' ? monthOf(day) : day;
}

function after(run: Run, first: string): string {
  if (run === 'week') return addDays(first, 7);
  return run === 'month' ? monthOf(addDays(first, 31)) : addDays(first, 1);
}

/** Sums rows by run, the newest first; a run in which nothing was done stands there with zeros, so that a gap is seen. A key is the run's first day. */
export function sumByRun(rows: UsageRow[], run: Run, { from, to }: Period): Sum[] {
  const done = new Map(sumBy(rows, ({ day }) => ({ key: runOf(run, day), name: '' })).map((sum) => [sum.key, sum]));
  const sums: Sum[] = [];
  for (let first = runOf(run, from); first <= to; first = after(run, first)) sums.unshift(done.get(first) ?? { key: first, name: '', ...nothing });
  return sums;
}

/** The last day of a run that lies in a period. */
export function lastOf(run: Run, first: string, { to }: Period): string {
  const last = addDays(after(run, first), -1);
  return last < to ? last : to;
}

/** Sums all of them. */
export function total(rows: UsageRow[]): Sum {
  return rows.reduce(add, { key: 'total', name: '', ...nothing });
}

// A cell that a spreadsheet would take for a formula is made text.
function cell(value: string | number): string {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The rows as a file for spreadsheets: UTF-8 with its mark, Latin digits, one row per operator and day; whoever has a user name in the map is told by it, too. */
export function csvOf(heads: string[], rows: UsageRow[], usernames: ReadonlyMap<string, string> = new Map()): string {
  const named = ({ person_id, person_name }: UsageRow) => (usernames.has(person_id) ? `${person_name} (${usernames.get(person_id)})` : person_name);
  const lines = rows.map((row) => [row.day, named(row), row.inquiries, row.orders, row.receipts, row.taken_rial, row.certificates]);
  return `\ufeff${[heads, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}
