import { expect } from '@playwright/test';
import { ground } from '../ground.ts';
import { arrange, atGateway, choose } from '../operator.ts';
import type { Stop } from './stop.ts';

const looking: Stop[] = [
  { name: 'visit', go: (she) => she.signIn() },
  {
    name: 'visit-keys',
    async go(she) {
      await she.key('?');
      await expect(she.page.getByRole('dialog', { name: she.say('keys.title') })).toBeVisible();
    },
  },
  {
    name: 'visit-incomplete',
    async go(she) {
      await she.escape();
      await she.page.getByRole('textbox', { name: she.say('plate.two') }).click();
      await she.page.keyboard.type('12');
      await she.page.keyboard.press('Enter');
      await expect(she.page.getByText(she.say('search.incomplete'))).toBeVisible();
    },
  },
  {
    name: 'visit-motorcycle',
    async go(she) {
      await she.key('Alt+2');
      await expect(she.page.getByText(she.say('search.motorcycleHint'))).toBeVisible();
    },
  },
  {
    name: 'visit-vin',
    async go(she) {
      await she.key('Alt+3');
      await expect(she.field('search.vin')).toBeVisible();
    },
  },
  {
    name: 'visit-dues',
    async go(she, { vehicle }) {
      const { cities, paused } = ground();
      const mixed = await vehicle([{ city: paused, since: '1401/02/01' }, { city: cities.isfahan, since: '1402/06/01' }, { city: cities.tehran, since: '1404/01/15' }]);
      await she.key('Alt+1');
      await she.lookUp(mixed.plate);
    },
  },
  {
    name: 'visit-why',
    async go(she) {
      await she.why().first().click();
      await expect(she.why().first()).toHaveAttribute('aria-expanded', 'true');
    },
  },
  {
    name: 'visit-veiled',
    async go(she) {
      await she.page.getByRole('textbox', { name: she.say('plate.three') }).fill('987');
      await expect(she.page.getByText(she.say('inquiry.stale.vehicle'))).toBeVisible();
      await expect(she.button('summary.submit')).toHaveCount(0);
    },
  },
  {
    name: 'visit-stopped',
    async go(she, { vehicle }) {
      const stopped = await vehicle([{ city: ground().cities.tehran, since: '1403/02/01' }], 'unpriced-import');
      await she.nextVehicle();
      await she.lookUp(stopped.plate);
      await expect(she.page.getByText(she.say('inquiry.state.missing_valuation')).first()).toBeVisible();
    },
  },
];

const choosing: Stop[] = [
  {
    name: 'order',
    async go(she, way) {
      const { cities } = ground();
      const plain = await way.vehicle([{ city: cities.shiraz, since: '1402/02/01' }, { city: cities.tehran, since: '1404/01/15' }]);
      await she.nextVehicle();
      await she.lookUp(plain.plate);
      await she.order();
    },
  },
  {
    name: 'order-deposit',
    async go(she) {
      await choose(she, 'label.method.deposit');
      await expect(she.page.getByText(she.say('fromDeposit.after'))).toBeVisible();
    },
  },
  {
    name: 'order-terminal',
    async go(she) {
      await choose(she, 'label.method.terminal');
      const said = ['terminal.ready', 'terminal.busy', 'terminal.stands'] as const;
      await expect(said.map((key) => she.page.getByText(she.say(key))).reduce((all, one) => all.or(one))).toBeVisible();
    },
  },
  {
    name: 'order-slip',
    paper: true,
    async go(she) {
      await choose(she, 'label.method.bank');
      await she.button('slip.print').click();
      await expect(she.dialog().getByRole('img', { name: she.say('slip.barcode') }).first()).toHaveAttribute('viewBox', '0 0 198 40');
    },
  },
  {
    name: 'order-slip-roll',
    paper: true,
    go: (she) => she.dialog().getByText(she.say('paper.roll')).click(),
  },
  {
    name: 'order-cancel',
    async go(she) {
      await she.dialog().getByText(she.say('paper.a4')).click();
      await she.escape();
      await choose(she, 'label.method.gateway');
      await she.button('order.cancel').click();
      await expect(she.button('order.cancelConfirm')).toBeVisible();
    },
  },
];

const paying: Stop[] = [
  {
    name: 'order-sent',
    async go(she, way) {
      await she.button('order.cancelKeep').click();
      way.gateway = await she.openGateway();
      await she.page.bringToFront();
      await expect(she.page.getByRole('link', { name: she.say('payment.goToGateway') })).toBeVisible();
    },
  },
  {
    name: 'order-failed',
    async go(she, way) {
      if (way.gateway) await atGateway(way.gateway, 'cancel');
      await expect(she.button('payment.payAgain')).toBeVisible({ timeout: 20_000 });
      await way.gateway?.close();
    },
  },
  {
    name: 'order-unknown',
    async go(she) {
      const gateway = await she.openGateway('payment.payAgain');
      await arrange(gateway, { bends: [{ call: 'verify', way: 'lost', times: 2 }, { call: 'receipt', way: 'error', times: 9 }] });
      await atGateway(gateway, 'pay');
      await expect(gateway.getByText('نتیجهٔ پرداخت هنوز روشن نیست')).toBeVisible();
      await gateway.close();
      await she.page.bringToFront();
      await expect(she.page.getByText(she.say('payment.advice.unknown'))).toBeVisible();
    },
  },
];

/** From the empty counter to money of which nobody knows. */
export const visitStops: Stop[] = [...looking, ...choosing, ...paying];
