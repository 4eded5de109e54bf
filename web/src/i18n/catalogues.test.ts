import { describe, expect, it } from 'vitest';
import { depositEn } from './deposit/en.ts';
import { depositFa } from './deposit/fa.ts';
import { deskEn } from './desk/en.ts';
import { deskFa } from './desk/fa.ts';
import { en } from './en.ts';
import { fa } from './fa.ts';
import { orderEn } from './order/en.ts';
import { orderFa } from './order/fa.ts';

function flatten(tree: object, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flatten(value as object, `${prefix}${key}.`),
  );
}

const holes = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((hole) => hole[1]).sort();

describe.each([['first load', fa, en], ['desk', deskFa, deskEn], ['deposit', depositFa, depositEn], ['order', orderFa, orderEn]])('the catalogues of the %s', (_, fa, en) => {
  const english = new Map(flatten(en));
  it('say the same in both languages', () => {
    for (const [key, persian] of flatten(fa)) {
      expect(english.get(key), key).toBeTruthy();
      expect(holes(english.get(key) ?? ''), key).toEqual(holes(persian));
    }
    expect(english.size).toBe(flatten(fa).length);
  });

  it('are written with Persian letters and digits', () => {
    for (const [key, text] of flatten(fa)) {
      expect(text.replace(/{{\w+}}/g, ''), key).not.toMatch(/[يكىة٠-٩]|[0-9]/);
    }
  });
});

it('no catalogue takes a group of another one', () => {
  const groups = [fa, deskFa, depositFa, orderFa].flatMap((catalogue) => Object.keys(catalogue));
  expect(groups.filter((group, at) => groups.indexOf(group) !== at)).toEqual([]);
});
