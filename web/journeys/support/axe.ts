import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './journey.ts';
import { settled } from './stops.ts';

/** Has axe look at a page as it stands; what it finds fails the journey at its end. */
export async function expectNoViolations(page: Page, name: string): Promise<void> {
  await settled(page);
  // Legacy: without a page of its own, since ours have no foreign frames.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] }).analyze();
  expect.soft(violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`)).toEqual([]);
}
