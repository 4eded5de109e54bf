import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { budget } from './scripts/budget.ts';
import { fonts } from './scripts/fonts.ts';

const server = process.env['MOFASA_URL'] ?? 'http://127.0.0.1:8080';
const report = process.env['VITEST_JSON'] ?? 'var/vitest.json';

// The page preloads its font by name; everything else is named by its content and may be cached for ever.
const assetName = ({ names }: { names: string[] }) =>
  names.some((name) => name.endsWith('.woff2')) ? 'fonts/Vazirmatn.woff2' : 'assets/[name]-[hash][extname]';

export default defineConfig({
  plugins: [react(), fonts(), budget()],
  server: { proxy: { '/v1': { target: server, changeOrigin: true } } },
  // The content security policy forbids inline scripts, so nothing may be inlined into the page.
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { assetFileNames: assetName } },
  },
  test: {
    environment: 'jsdom',
    environmentOptions: { jsdom: { url: 'http://office.test/' } },
    setupFiles: ['src/test/setup.ts'],
    reporters: ['default', 'json'],
    outputFile: { json: report },
    restoreMocks: true,
    env: { DEBUG_PRINT_LIMIT: '0' },
    maxWorkers: 2,
    testTimeout: 20_000,
  },
});
