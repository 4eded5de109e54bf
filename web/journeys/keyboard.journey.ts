import type { Locator, Page } from '@playwright/test';
import { atGateway, type Operator } from './support/operator.ts';
import { expect, test } from './support/journey.ts';

const limit = 25;

// Presses keys alone, and counts all of them but the plate's and the password's.
class Keyboard {
  pressed = 0;
  constructor(private readonly she: Operator) {}

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.she.key(key);
    this.pressed += keys.length;
  }

  /** Walks to something on the page, over the link that skips its head, and presses it. */
  async reach(target: Locator): Promise<void> {
    const skip = this.she.page.getByRole('link', { name: this.she.say('app.skip') });
    const has = (one: Locator) => one.evaluate((node) => node === document.activeElement);
    await target.waitFor();
    while (!(await has(target))) {
      await this.press('Tab');
      if (await has(skip)) await this.press('Enter');
      expect(this.pressed, 'the walk leads nowhere').toBeLessThan(60);
    }
    await this.press('Enter');
  }

  async typeUncounted(text: string): Promise<void> {
    await this.she.page.keyboard.type(text);
  }
}

// A browser without a screen prints nothing, so the page counts how often it sends a frame of its own to the printer.
async function countPrints(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const kept = window as unknown as { prints: number };
    kept.prints = 0;
    Object.defineProperty(HTMLIFrameElement.prototype, 'contentWindow', { get: () => ({ print: () => (kept.prints += 1) }) });
  });
  return () => page.evaluate(() => (window as unknown as { prints: number }).prints);
}

// What is pressed to go on: the key that the list of keys names, or whatever Tab leads to.
const ways: Record<string, (keys: Keyboard, target: Locator) => Promise<void>> = {
  'the shortcuts': (keys) => keys.press('Control+Enter'),
  'Tab and Enter': (keys, target) => keys.reach(target),
};

for (const [way, go] of Object.entries(ways)) {
  test(`a whole visit by keyboard alone, with ${way}, in at most ${limit} key presses beyond plate and password`, async ({ operator, vehicle, ground: { cities, people, password } }) => {
    const car = await vehicle([{ city: cities.tehran, since: '1403/02/01' }, { city: cities.shiraz, since: '1404/01/15' }]);
    const she = await operator({ username: people.cashier });
    const prints = await countPrints(she.page);
    const keys = new Keyboard(she);
    await she.page.goto('/');
    await expect(she.field('signIn.username')).toBeFocused();
    await keys.press(...she.username, 'Tab');
    await keys.typeUncounted(password);
    await keys.press('Enter');
    await expect(she.page.getByRole('textbox', { name: she.say('plate.two') })).toBeFocused();
    await keys.typeUncounted(car.plate);
    await keys.press('Enter');
    await expect(she.page.getByRole('region', { name: she.say('inquiry.title') })).toBeVisible();
    await keys.press('Control+Enter'); // beyond the dues, each of which Tab can reach
    await she.page.waitForURL(/\/orders\//);
    await she.button('payment.pay').waitFor();
    const tab = she.page.waitForEvent('popup');
    await go(keys, she.button('payment.pay'));
    const gateway = await tab;
    await gateway.waitForURL(/token=/);
    await atGateway(gateway, 'pay'); // the payer's, not the operator's
    await she.page.bringToFront();
    await she.expectOrder('paid');
    await she.button('certificate.issue').waitFor();
    await go(keys, she.button('certificate.issue'));
    await she.button('certificate.print').waitFor();
    await go(keys, she.button('certificate.print'));
    await expect.poll(prints).toBe(1);
    console.log(`${keys.pressed} key presses with ${way}`);
    expect(keys.pressed).toBeLessThanOrEqual(limit);
  });
}
