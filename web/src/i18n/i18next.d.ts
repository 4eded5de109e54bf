import 'i18next';
import type { fa } from './fa.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof fa };
    returnNull: false;
  }
}
