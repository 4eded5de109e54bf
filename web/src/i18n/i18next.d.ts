import 'i18next';
import type { depositFa } from './deposit/fa.ts';
import type { deskFa } from './desk/fa.ts';
import type { fa } from './fa.ts';
import type { orderFa } from './order/fa.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof fa & typeof deskFa & typeof depositFa & typeof orderFa };
    returnNull: false;
  }
}
