import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { fa } from './fa.ts';

function flatten(tree: object, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flatten(value as object, `${prefix}${key}.`),
  );
}

const holes = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((hole) => hole[1]).sort();

describe('the catalogues', () => {
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
