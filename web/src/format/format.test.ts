import { describe, expect, it } from 'vitest';
import { formatFor, latinDigits } from './format.ts';

const fa = formatFor('fa');
const en = formatFor('en');
const minus = '\u200e−';

describe('digits', () => {
  it.each([
    ['۰۱۲۳۴۵۶۷۸۹', '0123456789'],
    ['٠١٢٣٤٥٦٧٨٩', '0123456789'],
    ['０１２３４５６７８９', '0123456789'],
    ['12ب۱۴٥', '12ب145'],
    ['', ''],
  ])('%s reads as %s', (typed, latin) => {
    expect(latinDigits(typed)).toBe(latin);
  });

  it('reads back what it writes', () => {
    expect(latinDigits(fa.digits('0123456789 الف'))).toBe('0123456789 الف');
    expect(en.digits('0123')).toBe('0123');
  });

  it('isolates codes so that a dash keeps their order', () => {
    expect(fa.code('1404-7731')).toBe('\u2066۱۴۰۴-۷۷۳۱\u2069');
  });
});

describe('money', () => {
  it.each([
    [0, '۰', '0'],
    [999, '۹۹۹', '999'],
    [1000, '۱٬۰۰۰', '1,000'],
    [12_580_000, '۱۲٬۵۸۰٬۰۰۰', '12,580,000'],
    [9_007_199_254_740_991, '۹٬۰۰۷٬۱۹۹٬۲۵۴٬۷۴۰٬۹۹۱', '9,007,199,254,740,991'],
    [-500, `${minus}۵۰۰`, `${minus}500`],
    [-1500, `${minus}۱٬۵۰۰`, `${minus}1,500`],
  ])('%d rial', (rial, persian, english) => {
    expect(fa.number(rial)).toBe(persian);
    expect(en.number(rial)).toBe(english);
  });

  it.each([
    [0, '۰', '0'],
    [5, '۰٫۵', '0.5'],
    [10, '۱', '1'],
    [12_345, '۱٬۲۳۴٫۵', '1,234.5'],
    [5_700_000, '۵۷۰٬۰۰۰', '570,000'],
    [-500, `${minus}۵۰`, `${minus}50`],
  ])('%d rial in toman', (rial, persian, english) => {
    expect(fa.toman(rial)).toBe(persian);
    expect(en.toman(rial)).toBe(english);
  });

  it.each([
    ['1573456.789', '۱٬۵۷۳٬۴۵۶٫۷۸۹'],
    ['597913.57982000001', '۵۹۷٬۹۱۳٫۵۷۹۸۲۰۰۰۰۰۱'],
    ['123456789012345678901234567890', '۱۲۳٬۴۵۶٬۷۸۹٬۰۱۲٬۳۴۵٬۶۷۸٬۹۰۱٬۲۳۴٬۵۶۷٬۸۹۰'],
    ['-0.5', `${minus}۰٫۵`],
    ['1405/08/29', '۱۴۰۵/۰۸/۲۹'],
    ['petrol', 'petrol'],
  ])('%s is never rounded', (exact, written) => {
    expect(fa.exact(exact)).toBe(written);
  });
});

describe('Jalali days in Tehran', () => {
  it.each([
    ['2008-09-22T12:00:00Z', '1387/07/01'],
    ['2022-01-03T12:00:00Z', '1400/10/13'],
    ['2025-03-21T12:00:00Z', '1404/01/01'],
    // 1403 is a leap year: its last day is 30 Esfand, and the next begins at midnight in Tehran.
    ['2025-03-20T12:00:00Z', '1403/12/30'],
    ['2025-03-20T20:29:59Z', '1403/12/30'],
    ['2025-03-20T20:30:00Z', '1404/01/01'],
    // Until 1401 Tehran had summer time, four and a half hours ahead.
    ['2021-06-30T19:29:59Z', '1400/04/09'],
    ['2021-06-30T19:30:00Z', '1400/04/10'],
    ['2026-11-20T10:00:00Z', '1405/08/29'],
  ])('%s is %s', (instant, day) => {
    expect(en.day(instant)).toBe(day);
    expect(fa.day(instant)).toBe(fa.digits(day));
  });

  it('writes the time of a moment', () => {
    expect(fa.moment('2026-11-20T05:34:59Z')).toBe('۱۴۰۵/۰۸/۲۹، ۰۹:۰۴');
    expect(en.moment('2026-11-20T20:30:00Z')).toBe('1405/08/30, 00:00');
    expect(fa.time('2026-11-20T10:00:00Z')).toBe('۱۳:۳۰');
  });
});

describe('countdown', () => {
  it.each([
    [84_240_000, '23:24:00'],
    [3_600_000, '1:00:00'],
    [3_599_000, '59:59'],
    [61_500, '01:02'],
    [1, '00:01'],
    [0, '00:00'],
    [-5_000, '00:00'],
  ])('%d ms are %s', (milliseconds, face) => {
    expect(en.countdown(milliseconds)).toBe(face);
  });
});

describe('text of the server', () => {
  it('comes in the language, and in Persian where English is missing', () => {
    expect(fa.text({ fa: 'ف', en: 'e' })).toBe('ف');
    expect(en.text({ fa: 'ف', en: 'e' })).toBe('e');
    expect(en.text({ fa: 'ف', en: '' })).toBe('ف');
  });
});

describe('months', () => {
  it.each([
    ['1405/01/01', 'فروردین ۱۴۰۵', 'Farvardin 1405'],
    ['1405/06/31', 'شهریور ۱۴۰۵', 'Shahrivar 1405'],
    ['1405/08/29', 'آبان ۱۴۰۵', 'Aban 1405'],
    ['1404/12/29', 'اسفند ۱۴۰۴', 'Esfand 1404'],
  ])('%s lies in %s', (day, persian, english) => {
    expect(fa.month(day)).toBe(persian);
    expect(en.month(day)).toBe(english);
  });
});
