import { Problem, type FieldError } from '../../api/problem.ts';
import type { Inquiry, InquiryRequest, Purpose } from '../../api/types.ts';
import { latinDigits } from '../../format/format.ts';
import { canonical, emptyCar, emptyMotorcycle, isComplete, parsePlate, type CarPlate, type MotorcyclePlate, type Plate } from '../../ui/plate/plate.ts';

/** What the vehicle is named by. */
export type SearchBy = 'car' | 'motorcycle' | 'vin';

/** Everything in the search form; changing the tab loses nothing. */
export interface Search {
  by: SearchBy;
  car: CarPlate;
  motorcycle: MotorcyclePlate;
  vin: string;
  purpose: Purpose;
  /** The plate came whole from the other tab's field, so its end is where the work goes on. */
  atEnd?: boolean;
}

/** An empty form. */
export const emptySearch: Search = { by: 'car', car: emptyCar, motorcycle: emptyMotorcycle, vin: '', purpose: 'settlement' };

/** The purposes in the order in which they are offered. */
export const purposes: readonly Purpose[] = ['settlement', 'transfer', 'plate_change', 'technical_inspection'];

/** The purpose that is offered after this one; after the last, the first. */
export function nextPurpose(purpose: Purpose): Purpose {
  return purposes[(purposes.indexOf(purpose) + 1) % purposes.length] ?? purpose;
}

/** Shows another tab. */
export function showing(search: Search, by: SearchBy): Search {
  return { ...search, by, atEnd: false };
}

/** Puts a plate of either kind into the form and shows its tab. */
export function withPlate(search: Search, plate: Plate): Search {
  const atEnd = plate.kind !== search.by;
  return plate.kind === 'car' ? { ...search, by: 'car', car: plate, atEnd } : { ...search, by: 'motorcycle', motorcycle: plate, atEnd };
}

/** The VIN in pasted text, with or without its name before it; undefined where there is none. */
export function pastedVin(text: string): string | undefined {
  const bare = latinDigits(text).toUpperCase().replace(/^[^0-9A-Z]*VIN\b/, '').replace(/[^0-9A-Z]/g, '');
  return /^[0-9A-HJ-NPR-Z]{17}$/.test(bare) && /[A-Z]/.test(bare) ? bare : undefined;
}

/** The form as it asks what an inquiry has answered. */
export function searchOf({ vehicle, purpose }: Inquiry, search: Search): Search {
  const plate = vehicle.plate === undefined ? undefined : parsePlate(vehicle.plate);
  return { ...(plate ? withPlate(search, plate) : { ...search, by: 'vin', vin: vehicle.vin }), purpose };
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

/** In what the form differs from what an answer answers, or undefined while it asks the same; a form without a whole name asks for another vehicle. */
export function differenceOf(search: Search, answered: InquiryRequest | undefined): 'vehicle' | 'purpose' | undefined {
  const asked = requestOf(search);
  if (asked?.plate !== answered?.plate || asked?.vin !== answered?.vin) return 'vehicle';
  return search.purpose === answered?.purpose || !answered ? undefined : 'purpose';
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
