import i18next from 'i18next';
import { deskEn } from './en.ts';
import { deskFa } from './fa.ts';

/** Teaches the portal the texts of the desk, which come with its pages and not with the first load. */
export function teachDesk(): void {
  i18next.addResourceBundle('fa', 'translation', deskFa, true, false);
  i18next.addResourceBundle('en', 'translation', deskEn, true, false);
}
