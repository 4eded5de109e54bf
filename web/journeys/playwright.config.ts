import { defineConfig } from '@playwright/test';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

// Three workers share one ground (support/ground.ts): the machine that this is made for has two cores, and a journey mostly waits. Pictures and measurements are projects of their own,
// since the first prove nothing and the second want the machine for themselves.
export default defineConfig({
  testDir: '.',
  outputDir: resolve(root, 'var/journeys/failed'),
  globalSetup: './support/ground.ts',
  workers: 3,
  fullyParallel: true,
  forbidOnly: true,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: resolve(root, process.env['JOURNEYS_JSON'] ?? 'var/test/journeys.json') }]],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    timezoneId: 'Asia/Tehran',
    actionTimeout: 10_000,
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium' },
  },
  projects: [
    { name: 'journeys', testMatch: /\.journey\.ts$/ },
    { name: 'speed', testMatch: /\.speed\.ts$/, dependencies: ['journeys'], fullyParallel: false, workers: 1 },
    { name: 'screens', testMatch: /\.screens\.ts$/ },
  ],
});
