import { test as base, expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import type { Language } from '../../src/format/format.ts';
import { ground, type Ground } from './ground.ts';
import { Operator, type Person, type Slip } from './operator.ts';
import { watch, type Watch } from './watch.ts';

export { expect } from '@playwright/test';

/** A vehicle that nobody has looked up yet. */
export interface Vehicle {
  plate: string;
  vin: string;
}

/** Where a vehicle's owner has lived, each since a Jalali day. */
export type Homes = { city: number; since: string }[];

/** What a journey has at hand. */
export interface Journey {
  ground: Ground;
  /** Makes a vehicle; its type has no published value where another one is named. */
  vehicle(homes: Homes, type?: string): Promise<Vehicle>;
  /** Sits somebody new of the office, or of the other one, at a browser of their own. */
  operator(how?: Seat): Promise<Operator>;
  /** Has somebody new work for the office, who sits nowhere yet. */
  hire(role: string): Promise<Person>;
  /** Pays a slip at the bank, and has the bank's file of today read. */
  atBank(slip: Slip): Promise<void>;
  /** Lets the time of an order go by. */
  lapse(order: string): Promise<void>;
  /** Waits until the card terminal is this journey's alone, until it ends or calls what is returned. */
  terminal(): Promise<() => void>;
}

/** Who sits where. */
export interface Seat {
  /** Somebody known of the ground instead of somebody new. */
  username?: string;
  role?: string;
  other?: boolean;
  /** Whether they have set a second factor up. */
  factor?: boolean;
  language?: Language;
  scheme?: 'light' | 'dark';
  viewport?: { width: number; height: number };
}

// Each browser calls from a network of its own: rate limits are then its own, too. A worker that takes a failed one's place has another number.
let browsers = 0;
function address(worker: number): string {
  browsers += 1;
  return `10.${worker % 200}.${browsers % 250}.${Math.floor(browsers / 250) + 1}`;
}

async function ask<T>(path: string, body: unknown): Promise<T> {
  const response = await fetch(ground().requests + path, { method: 'POST', body: JSON.stringify(body) });
  const answer = (await response.json()) as T & { error?: string };
  if (answer.error) throw new Error(`${path}: ${answer.error}`);
  return answer;
}

const usualPort = '8899';

// Runs in every page; those of another kind have no storage. Where the agent's usual port was taken, the machine knows the other.
function remember([language, port]: string[]): void {
  if (!location.protocol.startsWith('http')) return;
  if (language && localStorage.getItem('mofasa.language') === null) localStorage.setItem('mofasa.language', language);
  if (port) localStorage.setItem('mofasa.agent', port);
}

// How long all that may stand before a journey at the card terminal hold it together, in milliseconds.
const turnTakes = 90_000;

// The request stays open for as long as the terminal is held, so that a journey that breaks off holds nothing. What is returned keeps the answer:
// fetch hangs up on one that nobody can read any more.
async function hold(): Promise<() => void> {
  const answer = await fetch(`${ground().requests}/terminal`, { method: 'POST' });
  if (!answer.ok) throw new Error(`/terminal: ${answer.status}`);
  return () => void answer.body?.cancel();
}

async function open(browser: Browser, worker: number, how: Seat): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: ground().url, colorScheme: how.scheme ?? 'light', ...(how.viewport && { viewport: how.viewport }) });
  // For the server alone: the agent of the card terminal takes no such header from a browser.
  const caller = { 'X-Forwarded-For': address(worker) };
  await context.route(`${ground().url}/v1/**`, (route) => route.fallback({ headers: { ...route.request().headers(), ...caller } }));
  return context;
}

/** A journey through the portal. Whatever it does, at its end no page has failed, broken the security policy, named a vehicle or a token in an address, or kept a token. */
export const test = base.extend<Journey>({
  ground: async ({}, use) => use(ground()),
  hire: async ({}, use) => use((role) => ask<Person>('/people', { role })),
  vehicle: async ({}, use) => use((homes, type = '') => ask<Vehicle>('/vehicles', { homes, type })),
  atBank: async ({}, use) => use(async (slip) => void (await ask('/bank-payments', slip))),
  lapse: async ({}, use) => use(async (order) => void (await ask(`/orders/${order}/lapse`, {}))),
  terminal: async ({}, use, info) => {
    const held: (() => void)[] = [];
    await use(async () => {
      info.setTimeout(info.timeout + turnTakes); // others' sales are not this journey's time
      const release = await hold();
      held.push(release);
      return release;
    });
    for (const release of held) release();
  },
  operator: async ({ browser }, use, info) => {
    const watches: Watch[] = [];
    const contexts: BrowserContext[] = [];
    await use(async (how = {}) => {
      const { role = 'office_cashier', other = false, factor = false, language = 'fa' } = how;
      const person = how.username === undefined ? await ask<Person>('/people', { role, other, factor }) : { username: how.username };
      const context = await open(browser, info.workerIndex, how);
      contexts.push(context);
      const { port } = new URL(ground().agent);
      await context.addInitScript(remember, [language === 'fa' ? '' : language, port === usualPort ? '' : port]);
      watches.push(watch(context));
      const page: Page = await context.newPage();
      return new Operator(page, person, language);
    });
    for (const one of watches) expect(await one.faults()).toEqual([]);
    for (const context of contexts) await context.close();
  },
});
