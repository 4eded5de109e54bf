import { latinDigits, plainDay } from './format.ts';

const length = 86_400_000;
const shape = /^(\d{4})\/(\d{1,2})\/(\d{1,2})$/;
// Noon of 1 Farvardin 1405 in Tehran.
const origin = Date.UTC(2026, 2, 21, 8, 30);

/** Some instant around noon, in Tehran, of a Jalali day as the API writes it; undefined where the calendar has no such day, or it is of another age. */
export function noonOf(day: string): number | undefined {
  const [, year = 0, month = 0, date = 0] = (shape.exec(day) ?? []).map(Number);
  if (year < 1300 || year > 1699 || month < 1 || month > 12 || date < 1 || date > 31) return undefined;
  const ofYear = (month - 1) * 31 - Math.max(0, month - 7) + date - 1;
  let noon = origin + Math.floor((year - 1405) * 365.2422 + ofYear) * length;
  const at = () => plainDay(new Date(noon).toISOString());
  // The leap years of the calendar follow no short rule, so the guess is a day or two off; days of this shape compare as text.
  while (at() < day) noon += length;
  while (at() > day) noon -= length;
  return at() === day ? noon : undefined;
}

/** Reads a Jalali day as a person types it: digits of any kind, one-digit months, dashes. Undefined: there is no such day. */
export function readDay(typed: string): string | undefined {
  const [, year = '', month = '', date = ''] = shape.exec(latinDigits(typed.trim()).replaceAll(/[-.]/g, '/')) ?? [];
  const day = `${year}/${month.padStart(2, '0')}/${date.padStart(2, '0')}`;
  return noonOf(day) === undefined ? undefined : day;
}

/** The day that lies so many days after another, or before it. */
export function addDays(day: string, days: number): string {
  return plainDay(new Date((noonOf(day) ?? origin) + days * length).toISOString());
}

/** The Saturday with which the day's week begins. */
export function weekOf(day: string): string {
  const weekday = new Date(noonOf(day) ?? origin).getUTCDay();
  return addDays(day, -((weekday + 1) % 7));
}

/** The first day of the day's Jalali month. */
export function monthOf(day: string): string {
  return `${day.slice(0, 8)}01`;
}
