import i18next from 'i18next';
import { depositEn } from '../deposit/en.ts';
import { depositFa } from '../deposit/fa.ts';
import { deskEn } from './en.ts';
import { deskFa } from './fa.ts';

/** Teaches the portal the texts of the desk, which come with its pages and not with the first load. */
export function teachDesk(): void {
  for (const texts of [deskFa, depositFa]) i18next.addResourceBundle('fa', 'translation', texts, true, false);
  for (const texts of [deskEn, depositEn]) i18next.addResourceBundle('en', 'translation', texts, true, false);
}
