import i18next from 'i18next';
import { orderEn } from './en.ts';
import { orderFa } from './fa.ts';

/** Teaches the portal the texts of an order's page, which come with it and not with the first load. */
export function teachOrder(): void {
  i18next.addResourceBundle('fa', 'translation', orderFa, true, false);
  i18next.addResourceBundle('en', 'translation', orderEn, true, false);
}
