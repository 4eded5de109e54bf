import type { BrowserContext, Page } from '@playwright/test';
import { ground } from './ground.ts';

/** Looks over the shoulder of a browser. */
export interface Watch {
  /** What must never happen and did. */
  faults(): Promise<string[]>;
}

// A plate in an address would be percent-encoded, a VIN and a token would not.
const secrets = [/[0-9]{2}[\u0600-\u06ff]{1,4}[0-9]{5}/, /\b[A-HJ-NPR-Z0-9]{17}\b/, /eyJ[\w-]+\.[\w-]+\./];

function named(address: string): boolean {
  const plain = decodeURIComponent(address);
  return secrets.some((secret) => secret.test(plain));
}

/** Watches every page of a browser from now on; the bank's and the agent's addresses are their own affair. */
export function watch(context: BrowserContext): Watch {
  const faults: string[] = [];
  const follow = (page: Page) => {
    page.on('pageerror', (error) => faults.push(`the page failed: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content.Security.Policy/i.test(message.text())) faults.push(message.text());
    });
    page.on('framenavigated', (frame) => {
      if (frame.url().startsWith(ground().url) && named(frame.url())) faults.push(`secret in ${frame.url()}`);
    });
  };
  context.on('page', follow);
  context.on('request', (request) => {
    if (request.url().startsWith(ground().url) && !request.url().includes('/v1/callbacks/') && named(request.url())) faults.push(`secret in ${request.url()}`);
  });
  return {
    async faults() {
      const { origins } = await context.storageState();
      const kept = origins.flatMap(({ localStorage }) => localStorage);
      return [...faults, ...kept.filter(({ name }) => !/^mofasa\.(language|scheme|method|paper|agent)$/.test(name)).map(({ name }) => `kept ${name}`)];
    },
  };
}
