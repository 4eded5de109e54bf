import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '../format/format.ts';
import { en } from './en.ts';
import { fa } from './fa.ts';

const memory = 'mofasa.language';

/** The language in use. */
export function currentLanguage(): Language {
  return i18next.language === 'en' ? 'en' : 'fa';
}

function remembered(): Language {
  return localStorage.getItem(memory) === 'en' ? 'en' : 'fa';
}

function dress(language: string): void {
  document.documentElement.lang = language;
  document.documentElement.dir = i18next.dir(language);
  document.title = i18next.t('app.name');
}

/** Switches the language of the page and remembers it on this machine; nothing else is ever stored there. */
export async function speak(language: Language): Promise<void> {
  localStorage.setItem(memory, language);
  await i18next.changeLanguage(language);
}

/** Loads both catalogues, in the remembered language. */
export async function startLanguage(): Promise<void> {
  i18next.on('languageChanged', dress);
  await i18next.use(initReactI18next).init({
    lng: remembered(),
    fallbackLng: 'fa',
    resources: { fa: { translation: fa }, en: { translation: en } },
    interpolation: { escapeValue: false },
  });
}
