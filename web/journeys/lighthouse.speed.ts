import { chromium } from '@playwright/test';
import lighthouse, { desktopConfig } from 'lighthouse';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Operator } from './support/operator.ts';
import { expect, test } from './support/journey.ts';

const attempts = 3;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

interface Scores {
  performance: number;
  accessibility: number;
}

async function scores(url: string, port: number): Promise<Scores> {
  const result = await lighthouse(url, { port, disableStorageReset: true, logLevel: 'error', onlyCategories: ['performance', 'accessibility'] }, desktopConfig);
  const of = (name: keyof Scores) => Math.round(100 * (result?.lhr.categories[name]?.score ?? 0));
  if (result?.lhr.finalDisplayedUrl !== url) throw new Error(`it looked at ${result?.lhr.finalDisplayedUrl}`);
  return { performance: of('performance'), accessibility: of('accessibility') };
}

// The best of a few: other programs on the machine can only slow a page down.
test('Lighthouse gives the visit page 95 for performance and 100 for accessibility', async ({ ground, launchOptions }) => {
  test.setTimeout(120_000);
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'mofasa-lighthouse-'))];
  const context = await chromium.launchPersistentContext(folder, { ...launchOptions, args: [`--remote-debugging-port=${port}`], baseURL: ground.url });
  try {
    const she = new Operator(await context.newPage(), { username: ground.people.cashier }, 'fa');
    await she.signIn();
    let best: Scores = { performance: 0, accessibility: 0 };
    for (let attempt = 0; attempt < attempts && best.performance < 95; attempt += 1) {
      const now = await scores(`${ground.url}/`, port);
      best = now.performance > best.performance ? now : best;
    }
    console.log(best);
    expect(best.performance).toBeGreaterThanOrEqual(95);
    expect(best.accessibility).toBe(100);
  } finally {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  }
});
