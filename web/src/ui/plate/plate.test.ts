import { describe, expect, it } from 'vitest';
import { canonical, isComplete, isPart, matchLetters, paintOf, parsePlate, plateLetters, spokenPlate, type Plate } from './plate.ts';

const car: Plate = { kind: 'car', two: '12', letter: 'ب', three: '145', region: '47' };
const motorcycle: Plate = { kind: 'motorcycle', region: '121', serial: '45478' };

describe('reading a whole plate', () => {
  it.each([
    ['12ب14547', car],
    ['۱۲ ب ۱۴۵ ایران ۴۷', car],
    ['١٢ ب ١٤٥ - ٤٧', car],
    ['12145478', motorcycle],
    ['۱۲۱-۴۵۴۷۸', motorcycle],
    ['11ا22233', { kind: 'car', two: '11', letter: 'الف', three: '222', region: '33' }],
    ['11الف22233', { kind: 'car', two: '11', letter: 'الف', three: '222', region: '33' }],
    ['11ي22233', { kind: 'car', two: '11', letter: 'ی', three: '222', region: '33' }],
    ['34D21511', { kind: 'car', two: '34', letter: 'D', three: '215', region: '11' }],
    ['ایران ۴۷ - ۱۴۵ ب ۱۲', car],
    ['ایران ۴۷ - ۱۲ ب ۱۴۵', car],
    ['۴۷ ایران ۱۴۵ ب ۱۲', car],
    ['۱۴۵ ب ۱۲ - ایران ۴۷', car],
    ['47-145ب12', car],
    ['47145ب12', car],
    ['12 ب 145 47 ايران', car],
    ['پلاک: ۱۲ ب ۱۴۵ - ایران ۴۷', car],
    ['شمارهٔ پلاك ۱۲/ب/۱۴۵/۴۷', car],
    ['12،ب،145,47', car],
    ['\u2067۱۲\u2069 \u2068ب\u2069 \u2066145\u2069\u202b ایران\u202c \u202a47\u202c', car],
    ['\u061c۱۲\ufe8f۱۴۵۴۷\ufeff', car],
    ['12 b 145 IRAN 47', car],
    ['121/45478', motorcycle],
    ['۴۵۴۷۸ - ۱۲۱', motorcycle],
    ['34تشریفات21511', { kind: 'car', two: '34', letter: 'تشریفات', three: '215', region: '11' }],
  ])('%s', (text, plate) => {
    expect(parsePlate(text)).toEqual(plate);
  });

  it.each(['', '1214547', '12ب1454', '12ب145477', '12بج14547', '12خ14547', 'NAAN01CA5HK123456', '121-4547', '12 ب 47 145', '4712ب145', '145ب1247', '145-47ب12', '47 ایران 12 ب 145', '12د145'])('refuses %s', (text) => {
    expect(parsePlate(text)).toBeUndefined();
  });

  it('reads back every letter that it writes', () => {
    for (const letter of plateLetters.keys()) {
      const plate: Plate = { kind: 'car', two: '34', letter, three: '215', region: '11' };
      expect(parsePlate(canonical(plate)), letter).toEqual(plate);
      expect(isComplete(plate)).toBe(true);
    }
    expect(plateLetters.size).toBe(27);
  });
});

describe('a part from the clipboard', () => {
  it.each([['۱۴۵', false], ['ایران ۴۷', false], ['ب', true], ['\u200fالف', true]])('%s', (text, letter) => expect(isPart(text, letter)).toBe(true));
  it.each([['ب', false], ['12ب', true], ['123456', true], ['سلام', true], ['', true]])('refuses %s', (text, letter) => expect(isPart(text, letter)).toBe(false));
});

describe('typing a letter', () => {
  it.each([
    ['ب', ['ب']],
    ['ت', ['ت']],
    ['ا', ['الف']],
    ['آ', ['الف']],
    ['ك', ['ک']],
    ['ي', ['ی']],
    ['b', ['ب']],
    ['B', ['ب']],
    ['تش', ['تشریفات']],
    ['خ', []],
    ['1', []],
  ])('%s means %j', (typed, letters) => {
    expect(matchLetters(typed)).toEqual(letters);
  });

  it('never guesses between a Latin letter of a plate and a Persian one', () => {
    expect(matchLetters('d')).toEqual(['د', 'D']);
    expect(matchLetters('S')).toContain('S');
    expect(matchLetters('S').length).toBeGreaterThan(1);
  });
});

describe('a plate', () => {
  it('is complete only with every character', () => {
    expect(isComplete({ ...car, region: '4' })).toBe(false);
    expect(isComplete({ ...car, letter: '' })).toBe(false);
    expect(isComplete({ ...motorcycle, serial: '4547' })).toBe(false);
    expect(isComplete(motorcycle)).toBe(true);
  });

  it('is painted by its letter', () => {
    expect(paintOf({ ...car, letter: 'ت' }).ground).toBe('#fac81e');
    expect(paintOf({ ...car, letter: 'الف' })).toEqual({ ground: '#be1622', ink: '#fff' });
    expect(paintOf(car).ground).toBe('#fff');
    expect(paintOf(motorcycle).ground).toBe('#fff');
  });

  it('is said in its order', () => {
    expect(spokenPlate(car, 'ایران')).toBe('12 ب 145 ایران 47');
    expect(spokenPlate(motorcycle, 'ایران')).toBe('121-45478');
  });
});
