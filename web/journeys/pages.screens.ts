import type { Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Language } from '../src/format/format.ts';
import { test } from './support/journey.ts';
import { inScheme, settled, walks } from './support/stops.ts';

const folder = resolve(import.meta.dirname, '../../var/screens');
const devices = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const schemes = ['light', 'dark'] as const;
const dotsPerInch = '100';

// The pictures of the README: small, and in the tree.
const readme = resolve(import.meta.dirname, '../pictures');
const inReadme: Record<string, string> = { 'visit-dues-fa-light-desktop': 'visit', 'order-certified-fa-light-desktop': 'certified' };
const jpegQuality = 60;

// How long the browser's own viewer of PDFs, which tells nobody, takes to draw a page.
const viewerTakes = 2_500;

// The same state on every device, in light and in dark.
async function picture(page: Page, name: string): Promise<void> {
  if ((await page.locator('iframe').count()) > 0) await page.waitForTimeout(viewerTakes);
  for (const [device, viewport] of Object.entries(devices)) {
    await page.setViewportSize(viewport);
    for (const scheme of schemes) {
      await inScheme(page, scheme);
      await page.evaluate(() => scrollTo(0, 0)); // what sticks to the top is pictured there
      await settled(page);
      const picture = `${name}-${scheme}-${device}`;
      await page.screenshot({ path: resolve(folder, `${picture}.png`), fullPage: true });
      if (inReadme[picture]) await page.screenshot({ path: resolve(readme, `${inReadme[picture]}.jpg`), type: 'jpeg', quality: jpegQuality });
    }
  }
  await page.setViewportSize(devices.desktop);
}

// What comes out of the printer, page by page; on the screen it is dark, on the paper it must not be.
async function print(page: Page, name: string): Promise<void> {
  const path = resolve(folder, `${name}-print`);
  await page.pdf({ path: `${path}.pdf`, preferCSSPageSize: true, printBackground: true });
  await promisify(execFile)('pdftoppm', ['-png', '-r', dotsPerInch, `${path}.pdf`, path]);
  await rm(`${path}.pdf`);
}

for (const language of ['fa', 'en'] satisfies Language[]) {
  for (const { name: walk, role, stops } of walks) {
    test(`pictures of every page of the ${walk}, ${language}`, async ({ operator, hire, vehicle, atBank, lapse, terminal }) => {
      test.setTimeout(180_000);
      await mkdir(folder, { recursive: true });
      const she = await operator({ language, role });
      const way = { hire, vehicle, atBank, lapse, terminal, patience: 8_000 };
      for (const { name, paper, go } of stops) {
        await test.step(name, async () => {
          await go(she, way);
          await picture(she.page, `${name}-${language}`);
          if (paper) await print(she.page, `${name}-${language}`);
        });
      }
    });
  }
}
