import type { Page } from '@playwright/test';
import { accountStops } from './stops/account.ts';
import { deskStops } from './stops/desk.ts';
import { managerStops } from './stops/manager.ts';
import { moneyStops } from './stops/money.ts';
import type { Stop } from './stops/stop.ts';
import { visitStops } from './stops/visit.ts';

/** Stops that one person comes through one after the other. */
interface Walk {
  name: string;
  role: 'office_cashier' | 'office_manager';
  stops: Stop[];
}

/** Every page of the portal, and every state of one that is worth looking at. */
export const walks: Walk[] = [
  { name: 'account', role: 'office_cashier', stops: accountStops },
  { name: 'visit', role: 'office_cashier', stops: visitStops },
  { name: 'money', role: 'office_cashier', stops: moneyStops },
  { name: 'desk', role: 'office_manager', stops: deskStops },
  { name: 'manager', role: 'office_manager', stops: managerStops },
];

/** Turns the machine to light or dark, and waits until the page has followed. */
export async function inScheme(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  const followed = (wanted: string) => document.URL === 'about:blank' || document.documentElement.getAttribute('data-mantine-color-scheme') === wanted;
  await page.waitForFunction(followed, scheme);
}

/** Waits until nothing moves but what moves for ever. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const passing = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations !== Infinity);
    await Promise.all([document.fonts.ready, ...passing.map(({ finished }) => finished.catch(() => undefined))]);
  });
}
