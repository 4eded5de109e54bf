import type { Due, Inquiry, Municipality, MunicipalityDues } from '../../api/types.ts';

/** One due that can be ordered now. */
export interface Payable {
  key: string;
  municipality: Municipality;
  fiscalYear: number;
  amount: number;
}

/** Names a due: a municipality and a fiscal year. */
export function dueKey(municipalityCode: number, fiscalYear: number): string {
  return `${municipalityCode}:${fiscalYear}`;
}

/** Whether the due can be ordered: assessed, not cleared yet, in a city that answers this office. */
export function isPayable(city: MunicipalityDues, due: Due): boolean {
  return city.state === 'answered' && due.state === 'assessed' && due.balance_rial > 0;
}

/** Whether nothing is left of the due: paid, exempt, or of no amount. */
export function isSettled(due: Due): boolean {
  return due.state === 'paid' || due.state === 'exempt' || (due.state === 'assessed' && due.balance_rial === 0);
}

/** The dues of one city that can be ordered now. */
export function payablesOf(city: MunicipalityDues): Payable[] {
  const { municipality, dues } = city;
  return dues
    .filter((due) => isPayable(city, due))
    .map((due) => ({
      key: dueKey(municipality.code, due.fiscal_year),
      municipality,
      fiscalYear: due.fiscal_year,
      amount: due.balance_rial,
    }));
}

/** Every due of the inquiry that can be ordered now. */
export function payables(inquiry: Inquiry): Payable[] {
  return inquiry.municipalities.flatMap(payablesOf);
}

/**
 * The last year that is chosen in a city, by its code; a city without a cut is chosen whole, 0 chooses nothing of it. So the older years of a city always go
 * before its newer ones, as a certificate through a year wants them.
 */
export type Cuts = ReadonlyMap<number, number>;

/** Chooses nothing of a city. */
export const nothing = 0;

/** Chooses every year of a city. */
export const everything = Infinity;

/** The last year that is chosen in a city. */
export function cutOf(cuts: Cuts, municipalityCode: number): number {
  return cuts.get(municipalityCode) ?? everything;
}

/** What is chosen of the payable dues. */
export function chosenOf(open: Payable[], cuts: Cuts): Payable[] {
  return open.filter(({ municipality, fiscalYear }) => fiscalYear <= cutOf(cuts, municipality.code));
}

/** One year as a choice for all cities: what is paid by choosing everything up to it. */
export interface YearTotal {
  year: number;
  /** Of every city, of this year and all before it. */
  through: number;
}

/** The payable years, the newest first, each with all that is owed up to it. */
export function yearTotals(open: Payable[]): YearTotal[] {
  const years = [...new Set(open.map(({ fiscalYear }) => fiscalYear))].sort((a, b) => b - a);
  return years.map((year) => ({ year, through: sum(open.filter(({ fiscalYear }) => fiscalYear <= year)) }));
}

/** The year up to which every city is chosen, 0 for nothing, or undefined where the cities differ. */
export function throughYear(open: Payable[], cuts: Cuts): number | undefined {
  const chosen = chosenOf(open, cuts);
  if (chosen.length === 0) return nothing;
  const last = Math.max(...chosen.map(({ fiscalYear }) => fiscalYear));
  return open.filter(({ fiscalYear }) => fiscalYear <= last).length === chosen.length ? last : undefined;
}

/** The unfinished orders of the own office that hold dues of the vehicle. */
export function ownOrders(inquiry: Inquiry): string[] {
  return [...new Set(inquiry.municipalities.flatMap(({ dues }) => dues.flatMap((due) => due.order_id ?? [])))];
}

/** Whether the vehicle has a paid year, so somebody has a paper about it. */
export function hasPaid(inquiry: Inquiry): boolean {
  return inquiry.municipalities.some(({ dues }) => dues.some(({ state }) => state === 'paid'));
}

/**
 * The last year of the certificate that the chosen dues, once paid, lead to: the year before the oldest that stays open anywhere, or the last year of all. Undefined
 * while nothing is chosen, where a city or a year has no answer, and where the certificate would have nothing to say.
 */
export function certifiedThrough(inquiry: Inquiry, chosen: Payable[]): number | undefined {
  const { municipalities, unattributed, vehicle } = inquiry;
  const dues = municipalities.flatMap((city) => city.dues);
  const silent = unattributed.length > 0 || municipalities.some(({ state }) => state !== 'answered') || dues.some(({ state }) => state.startsWith('missing'));
  if (silent || chosen.length === 0 || vehicle.plate === undefined) return undefined;
  const orders = new Set(chosen.map(({ key }) => key));
  const open: number[] = [];
  const paid: number[] = [];
  for (const { municipality, dues: years } of municipalities) {
    for (const { state, fiscal_year: year } of years) {
      if (state === 'paid' || orders.has(dueKey(municipality.code, year))) paid.push(year);
      else if (state !== 'exempt') open.push(year);
    }
  }
  const through = open.length > 0 ? Math.min(...open) - 1 : Math.max(...dues.map((due) => due.fiscal_year));
  return paid.some((year) => year <= through) ? through : undefined;
}

/** Whether every city answered and every year of it is paid: only then does the vehicle owe nothing. */
export function isClear(inquiry: Inquiry): boolean {
  const settled = (due: Due) => due.state === 'paid' || (due.state === 'assessed' && due.balance_rial === 0);
  return inquiry.unattributed.length === 0 && inquiry.municipalities.every((city) => city.state === 'answered' && city.dues.every(settled));
}

function sum(dues: Payable[]): number {
  return dues.reduce((total, { amount }) => total + amount, 0);
}

/** What one city gets of the chosen dues. */
export interface CityTotal {
  municipality: Municipality;
  dues: number;
  total: number;
}

/** What the order would hold and cost, in all and by city; rial add up exactly below 2^53. */
export function summarize(chosen: Payable[]): { dues: number; total: number; cities: CityTotal[] } {
  const cities = new Map<number, CityTotal>();
  for (const { municipality, amount } of chosen) {
    const { dues, total } = cities.get(municipality.code) ?? { dues: 0, total: 0 };
    cities.set(municipality.code, { municipality, dues: dues + 1, total: total + amount });
  }
  return { dues: chosen.length, total: sum(chosen), cities: [...cities.values()] };
}

/** The most dues that one order holds (OrderRequest of the contract). */
export const mostDues = 200;

/** The most that the office may collect for a city, in this order. */
export interface Ceiling {
  municipality: Municipality;
  most: number;
}

/** The cities whose chosen dues are together above what the agreement leaves the office; each due alone is not. */
export function aboveCeilings(inquiry: Inquiry, chosen: Payable[]): Ceiling[] {
  const totals = new Map(summarize(chosen).cities.map(({ municipality, total }) => [municipality.code, total]));
  return inquiry.municipalities.flatMap(({ municipality, agreement }) => {
    const most = Math.min(agreement?.order_ceiling_rial ?? Infinity, agreement?.left_today_rial ?? Infinity);
    return (totals.get(municipality.code) ?? 0) > most ? [{ municipality, most }] : [];
  });
}

/** The dues whose payable amount differs between two inquiries: key → the amount before. */
export function changedAmounts(before: Inquiry, after: Inquiry): Map<string, number> {
  const old = new Map(payables(before).map((due) => [due.key, due.amount]));
  const changed = new Map<string, number>();
  for (const { key, amount } of payables(after)) {
    const was = old.get(key);
    if (was !== undefined && was !== amount) changed.set(key, was);
  }
  return changed;
}
