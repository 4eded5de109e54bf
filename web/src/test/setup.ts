import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';
import { speak, startLanguage } from '../i18n/index.ts';

// What jsdom lacks and Mantine asks for.
window.matchMedia = (query) =>
  ({ matches: false, media: query, addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {} }) as unknown as MediaQueryList;
window.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
Element.prototype.scrollIntoView = () => {};
URL.createObjectURL = () => 'blob:http://office.test/paper';
URL.revokeObjectURL = () => {};

// Asking the style of every ancestor makes a query by role ten times slower, and the tests look at few hidden things.
configure({ defaultHidden: true, asyncUtilTimeout: 5000 });

await startLanguage();

beforeEach(async () => {
  await speak('fa');
  window.history.replaceState(null, '', '/');
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
