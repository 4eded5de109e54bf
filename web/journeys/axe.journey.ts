import type { Page } from '@playwright/test';
import { expectNoViolations } from './support/axe.ts';
import { test } from './support/journey.ts';
import { inScheme, walks } from './support/stops.ts';

const schemes = ['light', 'dark'] as const;

// Presses what turns the page around, also where a dialog lies over it: the state of the page stays.
async function speak(page: Page, language: 'fa' | 'en'): Promise<void> {
  await page.evaluate((wanted) => document.querySelector<HTMLElement>(`button[lang=${wanted}]`)?.click(), language);
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
}

// Each stop is looked at in both languages and directions, once in light and once in dark.
for (const { name: walk, role, stops } of walks) {
  test(`axe finds nothing on any page of the ${walk}`, async ({ operator, hire, vehicle, atBank, lapse, terminal }) => {
    test.setTimeout(180_000);
    const she = await operator({ role });
    const way = { hire, vehicle, atBank, lapse, terminal, patience: 5_000 };
    for (const [at, { name, go }] of stops.entries()) {
      await test.step(name, async () => {
        await go(she, way);
        for (const [turn, language] of (['fa', 'en'] as const).entries()) {
          await speak(she.page, language);
          await inScheme(she.page, schemes[(at + turn) % schemes.length] ?? 'light');
          await expectNoViolations(she.page, `${name}, ${language}`);
        }
        await speak(she.page, 'fa');
      });
    }
  });
}
