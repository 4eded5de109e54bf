import { latinDigits } from '../../format/format.ts';

/** The use that the letter of a plate declares; the codes are those of the server. */
export type PlateCategory =
  | 'private' | 'government' | 'taxi' | 'public' | 'agricultural' | 'temporary' | 'disabled' | 'police'
  | 'irgc' | 'army' | 'defence' | 'general_staff' | 'diplomat' | 'service' | 'protocol';

/** A plate in parts, digits Latin; parts may be unfinished while somebody types. */
export interface CarPlate {
  kind: 'car';
  two: string;
  letter: string;
  three: string;
  region: string;
}

/** A motorcycle's plate: region above, serial below. */
export interface MotorcyclePlate {
  kind: 'motorcycle';
  region: string;
  serial: string;
}

/** A plate of either kind. */
export type Plate = CarPlate | MotorcyclePlate;

/** Nothing typed yet. */
export const emptyCar: CarPlate = { kind: 'car', two: '', letter: '', three: '', region: '' };

/** Nothing typed yet, on a motorcycle. */
export const emptyMotorcycle: MotorcyclePlate = { kind: 'motorcycle', region: '', serial: '' };

const privateLetters = [...'بجدسصطقلمنوهی'].map((letter): [string, PlateCategory] => [letter, 'private']);

/** Every letter of a car's plate with its category, in the order in which the choice shows them (Traffic Police, plates of 1384 and later). */
export const plateLetters: ReadonlyMap<string, PlateCategory> = new Map<string, PlateCategory>([
  ...privateLetters,
  ['ت', 'taxi'],
  ['ع', 'public'],
  ['ک', 'agricultural'],
  ['گ', 'temporary'],
  ['ژ', 'disabled'],
  ['الف', 'government'],
  ['پ', 'police'],
  ['ث', 'irgc'],
  ['ش', 'army'],
  ['ز', 'defence'],
  ['ف', 'general_staff'],
  ['D', 'diplomat'],
  ['S', 'service'],
  ['تشریفات', 'protocol'],
]);

// What a Latin keyboard layout may mean. D and S are letters of plates themselves, so they stay a choice of two.
const romanized: Record<string, string[]> = {
  a: ['الف'], b: ['ب'], c: ['ص'], d: ['د', 'D'], e: ['ع'], f: ['ف'], g: ['گ'], h: ['ه'], j: ['ج'], k: ['ک'], l: ['ل'],
  m: ['م'], n: ['ن'], p: ['پ'], q: ['ق'], s: ['س', 'S', 'ش', 'ص'], t: ['ت', 'ط'], v: ['و'], w: ['و'], y: ['ی'], z: ['ز', 'ژ'],
};

const folds: Record<string, string> = { ي: 'ی', ى: 'ی', ك: 'ک', ة: 'ه', آ: 'ا', أ: 'ا', إ: 'ا' };

function fold(text: string): string {
  return [...text.trim().toLowerCase()].map((character) => folds[character] ?? character).join('');
}

/** The letters that typed text can mean; exactly one when it is certain. */
export function matchLetters(typed: string): string[] {
  const text = fold(typed);
  if (text === '') return [...plateLetters.keys()];
  if (text === 'ا') return ['الف'];
  if (plateLetters.has(text)) return [text];
  if (text in romanized) return romanized[text] ?? [];
  return [...plateLetters.keys()].filter((letter) => letter.startsWith(text));
}

/** Whether no part is missing a character. */
export function isComplete(plate: Plate): boolean {
  if (plate.kind === 'motorcycle') return plate.region.length === 3 && plate.serial.length === 5;
  return plate.two.length === 2 && plate.letter !== '' && plate.three.length === 3 && plate.region.length === 2;
}

/** The canonical form that the API takes: 12ب14547 for a car, 12145478 for a motorcycle. */
export function canonical(plate: Plate): string {
  if (plate.kind === 'motorcycle') return plate.region + plate.serial;
  return plate.two + plate.letter + plate.three + plate.region;
}

// Marks that turn the direction of text, joiners, and the stroke that only stretches a letter: nobody sees them, and copied plates are full of them.
const unseen = /[\u00ad\u061c\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const words = /شمار[هۀ]ٔ?|پلا[کك]|خودرو|موتورسی[کك]لت|موتور|plate/gi;
const country = /(i\.?\s*r\.?\s*)?(ا[یي]ران|iran)/gi;
const separators = /[\s\-‐-―−_|/\\.,،٫٬:;؛()[\]«»"'*·•]+/g;

/** The text with one space for whatever separates, and a # where it says ایران, which stands at the region. */
function simplify(text: string): string {
  const plain = latinDigits(text.normalize('NFKC').replace(unseen, '')).replace(country, '#').replace(words, ' ');
  return plain.replace(separators, ' ').replace(/ ?#[ #]*/g, '#').trim();
}

const motorcycles = [/^#?(?<region>\d{3})[ #]?(?<serial>\d{5})#?$/, /^(?<serial>\d{5})[ #](?<region>\d{3})#?$/];

// The letter shows the order by the digits at its sides: two before it and five after it, or the region first. Three and four only where ایران marks the region.
const cars = [
  /^(?<two>\d{2})(?<letter>[^\d#]+)(?<three>\d{3})[ #]?(?<region>\d{2})#?$/,
  /^#?(?<region>\d{2})[ #]?(?<three>\d{3})(?<letter>[^\d#]+)(?<two>\d{2})$/,
  /^#(?<region>\d{2}) ?(?<two>\d{2})(?<letter>[^\d#]+)(?<three>\d{3})$/,
  /^(?<three>\d{3})(?<letter>[^\d#]+)(?<two>\d{2})#(?<region>\d{2})$/,
];

function firstMatch(patterns: RegExp[], text: string): Record<string, string | undefined> | undefined {
  for (const pattern of patterns) {
    const groups = pattern.exec(text)?.groups;
    if (groups) return groups;
  }
  return undefined;
}

/** Reads a whole plate from the API or the clipboard: with or without separators and the word ایران, and with the region last or first. */
export function parsePlate(text: string): Plate | undefined {
  const simple = simplify(text);
  const motorcycle = firstMatch(motorcycles, simple);
  if (motorcycle) return { kind: 'motorcycle', region: motorcycle.region ?? '', serial: motorcycle.serial ?? '' };
  const car = firstMatch(cars, simple);
  const letter = readLetter(car?.letter?.trim() ?? '');
  if (!car || !letter) return undefined;
  return { kind: 'car', two: car.two ?? '', letter, three: car.three ?? '', region: car.region ?? '' };
}

/** Whether pasted text can be one part of a plate: some digits, or a letter where the part takes one. */
export function isPart(text: string, takesLetter: boolean): boolean {
  const simple = simplify(text).replace('#', '');
  return /^\d{1,5}$/.test(simple) || (takesLetter && simple !== '' && matchLetters(simple).length > 0);
}

function readLetter(text: string): string | undefined {
  if (text === 'D' || text === 'S') return text;
  const matches = matchLetters(text);
  return matches.length === 1 ? matches[0] : undefined;
}

/** For the ear and for lists: "12 ب 145 ایران 47"; digits stay Latin for the formatter. */
export function spokenPlate(plate: Plate, iran: string): string {
  if (plate.kind === 'motorcycle') return `${plate.region}-${plate.serial}`;
  return `${plate.two} ${plate.letter} ${plate.three} ${iran} ${plate.region}`;
}

/** Ground and ink of a plate. */
export interface Paint {
  ground: string;
  ink: string;
}

const black = '#15191d';
const paints: Partial<Record<PlateCategory, Paint>> = {
  taxi: { ground: '#fac81e', ink: black },
  public: { ground: '#fac81e', ink: black },
  agricultural: { ground: '#fac81e', ink: black },
  government: { ground: '#be1622', ink: '#fff' },
  protocol: { ground: '#be1622', ink: '#fff' },
  police: { ground: '#00603c', ink: '#fff' },
  irgc: { ground: '#00603c', ink: '#fff' },
  army: { ground: '#decda5', ink: black },
  defence: { ground: '#184096', ink: '#fff' },
  general_staff: { ground: '#184096', ink: '#fff' },
  diplomat: { ground: '#96c8eb', ink: black },
  service: { ground: '#96c8eb', ink: black },
};

/** The colours of a plate by its category; black on white where the national plate has none of its own. */
export function paintOf(plate: Plate): Paint {
  const category = plate.kind === 'car' ? plateLetters.get(plate.letter) : undefined;
  return (category && paints[category]) ?? { ground: '#fff', ink: black };
}
