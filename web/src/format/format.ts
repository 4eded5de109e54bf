/** The languages of the portal; Persian is the first. */
export type Language = 'fa' | 'en';

/** Writes numbers, money and time for people. The one place that knows digits, separators and the Jalali calendar. */
export interface Format {
  /** Replaces Latin digits by the language's own and leaves everything else alone. */
  digits(text: string | number): string;
  /** A number with dashes or stars that keeps its order between Persian words: a licence, a masked card. */
  code(text: string): string;
  /** A serial of letters and digits as it stands on its paper: Latin and left to right in any language. */
  serial(text: string): string;
  /** A whole number with separators: ۱٬۲۳۴. */
  number(value: number): string;
  /** Whole rial in toman, ten of which are one, to the last rial: 12,345 → ۱٬۲۳۴٫۵. */
  toman(rial: number): string;
  /** An exact decimal as text, never through a float: "1573456.789" → ۱٬۵۷۳٬۴۵۶٫۷۸۹. Other text only gets its digits. */
  exact(value: string): string;
  /** The Jalali day of an instant in Tehran: ۱۴۰۵/۰۸/۲۹. */
  day(instant: string): string;
  /** The Jalali month of a day as the API writes it: آبان ۱۴۰۵. */
  month(day: string): string;
  /** The hour and minute of an instant in Tehran: ۱۳:۳۰. */
  time(instant: string): string;
  /** Day and time of an instant in Tehran. */
  moment(instant: string): string;
  /** A remaining time as h:mm:ss or m:ss; never negative. */
  countdown(milliseconds: number): string;
  /** What a field of the server's text holds in this language. */
  text(text: { fa: string; en: string }): string;
}

const persianDigits = '۰۱۲۳۴۵۶۷۸۹';
const decimal = /^-?\d+(\.\d+)?$/;
const separators = { fa: { group: '٬', point: '٫' }, en: { group: ',', point: '.' } };

/** Turns Persian, Arabic and full-width digits into Latin ones, as the API takes them. */
export function latinDigits(text: string): string {
  // The three blocks begin at a multiple of sixteen, so the low four bits are the digit.
  return text.replace(/[۰-۹٠-٩０-９]/g, (digit) => String(digit.charCodeAt(0) & 15));
}

function group(whole: string, separator: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, separator);
}

// A sign stays before its number only when a left-to-right mark holds it there.
const minus = '\u200e−';

function exactWith(language: Language, digits: Format['digits'], value: string): string {
  if (!decimal.test(value)) return digits(value);
  const [whole = '', fraction] = value.replace('-', '').split('.');
  const { group: separator, point } = separators[language];
  const sign = value.startsWith('-') ? minus : '';
  const rest = fraction === undefined ? '' : point + fraction;
  return digits(sign + group(whole, separator) + rest);
}

const tehran = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', {
  timeZone: 'Asia/Tehran',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

function jalali(instant: string): Record<string, string> {
  const parts = tehran.formatToParts(new Date(instant));
  return Object.fromEntries(parts.map(({ type, value }) => [type, value.padStart(2, '0')]));
}

const monthNames = { fa: 'fa-IR-u-ca-persian', en: 'en-u-ca-persian' };

// Six months of 31 days and then of 30: the 15th of a month lies in it whatever the year.
function monthName(language: Language, day: string): string {
  const middle = new Date(Date.UTC(2026, 3, 4) + (Number(day.slice(5, 7)) - 1) * 30.5 * 86_400_000);
  return new Intl.DateTimeFormat(monthNames[language], { timeZone: 'Asia/Tehran', month: 'long' }).format(middle);
}

function clockFace(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = `${two(minutes)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** The Jalali day of an instant in Tehran as the API takes it: 1405/08/29. */
export function plainDay(instant: string): string {
  const { year, month, day } = jalali(instant);
  return `${year}/${month}/${day}`;
}

/** Makes the formatter of a language. */
export function formatFor(language: Language): Format {
  const fa = language === 'fa';
  const digits = (text: string | number) =>
    fa ? String(text).replace(/\d/g, (digit) => persianDigits[Number(digit)] ?? digit) : String(text);
  const exact = (value: string) => exactWith(language, digits, value);
  const day = (instant: string) => {
    const { year, month, day: date } = jalali(instant);
    return digits(`${year}/${month}/${date}`);
  };
  const time = (instant: string) => {
    const { hour, minute } = jalali(instant);
    return digits(`${hour}:${minute}`);
  };
  return {
    digits,
    serial: (text) => `\u2066${text}\u2069`,
    code: (text) => `\u2066${digits(text)}\u2069`,
    exact,
    day,
    time,
    month: (plain) => `${monthName(language, plain)} ${digits(plain.slice(0, 4))}`,
    number: (value) => exact(String(value)),
    toman: (rial) => exact(String(rial).replace(/(\d)$/, '.$1').replace(/^(-?)\./, '$10.').replace(/\.0$/, '')),
    moment: (instant) => `${day(instant)}${fa ? '،' : ','} ${time(instant)}`,
    countdown: (milliseconds) => digits(clockFace(milliseconds)),
    text: (text) => (fa ? text.fa : text.en || text.fa),
  };
}
