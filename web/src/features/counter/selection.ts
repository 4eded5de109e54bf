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

/** Whether every city answered and every year of it is paid: only then does the vehicle owe nothing. */
export function isClear(inquiry: Inquiry): boolean {
  const settled = (due: Due) => due.state === 'paid' || (due.state === 'assessed' && due.balance_rial === 0);
  return inquiry.unattributed.length === 0 && inquiry.municipalities.every((city) => city.state === 'answered' && city.dues.every(settled));
}

/** What the order would hold and cost; rial add up exactly below 2^53. */
export function summarize(chosen: Payable[]): { dues: number; cities: number; total: number } {
  return {
    dues: chosen.length,
    cities: new Set(chosen.map((due) => due.municipality.code)).size,
    total: chosen.reduce((sum, due) => sum + due.amount, 0),
  };
}

/** The most that the office may collect for a city, in this order. */
export interface Ceiling {
  municipality: Municipality;
  most: number;
}

/** The cities whose chosen dues are together above what the agreement leaves the office; each due alone is not. */
export function aboveCeilings(inquiry: Inquiry, chosen: Payable[]): Ceiling[] {
  return inquiry.municipalities.flatMap(({ municipality, agreement }) => {
    const most = Math.min(agreement?.order_ceiling_rial ?? Infinity, agreement?.left_today_rial ?? Infinity);
    const sum = chosen.filter((due) => due.municipality.code === municipality.code).reduce((total, due) => total + due.amount, 0);
    return sum > most ? [{ municipality, most }] : [];
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
