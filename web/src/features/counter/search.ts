import { Problem, type FieldError } from '../../api/problem.ts';
import type { InquiryRequest, Purpose } from '../../api/types.ts';
import { latinDigits } from '../../format/format.ts';
import { canonical, emptyCar, emptyMotorcycle, isComplete, type CarPlate, type MotorcyclePlate, type Plate } from '../../ui/plate/plate.ts';

/** What the vehicle is named by. */
export type SearchBy = 'car' | 'motorcycle' | 'vin';

/** Everything in the search form; changing the tab loses nothing. */
export interface Search {
  by: SearchBy;
  car: CarPlate;
  motorcycle: MotorcyclePlate;
  vin: string;
  purpose: Purpose;
}

/** An empty form. */
export const emptySearch: Search = { by: 'car', car: emptyCar, motorcycle: emptyMotorcycle, vin: '', purpose: 'settlement' };

/** The purposes in the order in which they are offered. */
export const purposes: readonly Purpose[] = ['settlement', 'transfer', 'plate_change', 'technical_inspection'];

/** Puts a plate of either kind into the form and shows its tab. */
export function withPlate(search: Search, plate: Plate): Search {
  return plate.kind === 'car' ? { ...search, by: 'car', car: plate } : { ...search, by: 'motorcycle', motorcycle: plate };
}

/** A VIN as the API takes it: capitals and Latin digits, nothing between. */
export function cleanVin(typed: string): string {
  return latinDigits(typed).toUpperCase().replace(/[^0-9A-Z]/g, '').slice(0, 17);
}

/** The request that the form stands for, or undefined while something is missing. */
export function requestOf(search: Search): InquiryRequest | undefined {
  const { by, purpose } = search;
  if (by === 'vin') return search.vin === '' ? undefined : { vin: search.vin, purpose };
  const plate = search[by];
  return isComplete(plate) ? { plate: canonical(plate), purpose } : undefined;
}

/** The first part that lacks a character. */
export function missingPart(plate: Plate): string | undefined {
  return lengthsOf(plate).find(([, have, need]) => have < need)?.[0];
}

function lengthsOf(plate: Plate): [part: string, have: number, need: number][] {
  if (plate.kind === 'motorcycle') return [['region', plate.region.length, 3], ['serial', plate.serial.length, 5]];
  const letter = Math.max(1, plate.letter.length);
  return [['two', plate.two.length, 2], ['letter', plate.letter.length, letter], ['three', plate.three.length, 3], ['region', plate.region.length, 2]];
}

/** The part of a whole plate in which a character of its canonical form stands. */
export function partAt(plate: Plate, position: number): string | undefined {
  let end = 0;
  return lengthsOf(plate).find(([, , length]) => position < (end += length))?.[0];
}

/** What the server refused about the vehicle's name itself; it is shown at the field. */
export function vehicleFault(error: unknown): FieldError | undefined {
  if (!(error instanceof Problem)) return undefined;
  return error.facts.fields?.find(({ field }) => field === 'plate' || field === 'vin');
}
