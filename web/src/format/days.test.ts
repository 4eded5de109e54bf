import { describe, expect, it } from 'vitest';
import { addDays, monthOf, noonOf, readDay, weekOf } from './days.ts';
import { plainDay } from './format.ts';

describe('Jalali days', () => {
  it('go there and back over leap years', () => {
    let day = '1399/12/28';
    for (let n = 0; n < 800; n += 1) {
      const next = addDays(day, 1);
      expect(next > day).toBe(true);
      expect(plainDay(new Date(noonOf(next) ?? 0).toISOString())).toBe(next);
      expect(addDays(next, -1)).toBe(day);
      day = next;
    }
    expect(addDays('1399/12/30', 1)).toBe('1400/01/01');
    expect(addDays('1404/12/29', 1)).toBe('1405/01/01');
  });

  it('are read as they are typed, and none that the calendar lacks', () => {
    expect(readDay('۱۴۰۵/۸/۲۹')).toBe('1405/08/29');
    expect(readDay('1405-08-29')).toBe('1405/08/29');
    for (const wrong of ['1405/12/30', '1405/07/31', '1405/13/01', '1405/00/10', '05/08/29', '', 'x']) expect(readDay(wrong)).toBeUndefined();
    expect(readDay('1403/12/30')).toBe('1403/12/30');
  });

  it('know the Saturday of their week and the first of their month', () => {
    // 20 November 2026 is a Friday.
    expect(weekOf('1405/08/29')).toBe('1405/08/23');
    expect(weekOf('1405/08/30')).toBe('1405/08/30');
    expect(weekOf('1405/01/01')).toBe('1405/01/01');
    expect(monthOf('1405/08/29')).toBe('1405/08/01');
  });
});
