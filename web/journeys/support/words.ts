import { formatFor, type Format, type Language } from '../../src/format/format.ts';
import { depositEn } from '../../src/i18n/deposit/en.ts';
import { depositFa } from '../../src/i18n/deposit/fa.ts';
import { deskEn } from '../../src/i18n/desk/en.ts';
import { deskFa } from '../../src/i18n/desk/fa.ts';
import { en } from '../../src/i18n/en.ts';
import { fa } from '../../src/i18n/fa.ts';
import { orderEn } from '../../src/i18n/order/en.ts';
import { orderFa } from '../../src/i18n/order/fa.ts';

type Leaf<T, Prefix extends string = ''> = { [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Leaf<T[K], `${Prefix}${K}.`> }[keyof T & string];

/** A text of the portal. */
export type Key = Leaf<typeof fa & typeof orderFa & typeof deskFa & typeof depositFa>;

/** What the portal says in a language. */
export interface Words {
  /** The text, with its gaps filled. */
  (key: Key, gaps?: Record<string, string>): string;
  format: Format;
}

/** The portal's own catalogue and formatter, so that a journey finds things as its reader does. */
export function wordsOf(language: Language): Words {
  const catalogue = { fa: { ...fa, ...orderFa, ...deskFa, ...depositFa }, en: { ...en, ...orderEn, ...deskEn, ...depositEn } }[language];
  const say = (key: Key, gaps: Record<string, string> = {}) => {
    const text = key.split('.').reduce<unknown>((tree, part) => (tree as Record<string, unknown>)[part], catalogue) as string;
    return text.replace(/\{\{(\w+)\}\}/g, (_, gap: string) => gaps[gap] ?? '');
  };
  return Object.assign(say, { format: formatFor(language) });
}
