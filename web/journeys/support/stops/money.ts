import { expect } from '@playwright/test';
import { ground } from '../ground.ts';
import { choose, faultAtTerminal, pays, sendToTerminal } from '../operator.ts';
import type { Stop } from './stop.ts';

const closed: Stop[] = [
  {
    name: 'order-part-paid',
    async go(she, way) {
      const { cities } = ground();
      const car = await way.vehicle([{ city: cities.isfahan, since: '1402/02/01' }, { city: cities.tehran, since: '1404/01/15' }]);
      await pays(she, car.plate);
      await choose(she, 'label.method.bank');
      await she.button('slip.print').click();
      const [first] = await she.readSlips();
      await she.escape();
      if (first) await way.atBank(first);
      await she.expectOrder('part_paid');
    },
  },
  {
    name: 'order-expired',
    async go(she, way) {
      const car = await way.vehicle([{ city: ground().cities.shiraz, since: '1404/02/01' }]);
      await she.link('order.nextVehicle').click();
      await she.lookUp(car.plate);
      const path = await she.order();
      await way.lapse(path.replace('/orders/', ''));
      await she.page.reload();
      await she.expectOrder('expired');
    },
  },
  {
    name: 'order-cancelled',
    async go(she, way) {
      const car = await way.vehicle([{ city: ground().cities.shiraz, since: '1404/02/01' }]);
      await she.link('order.nextVehicle').click();
      await she.lookUp(car.plate);
      await she.order();
      await she.button('order.cancel').click();
      await she.button('order.cancelConfirm').click();
      await she.expectOrder('cancelled');
    },
  },
];

/** Orders that are over, the card terminal, and what comes out of the printer. */
export const moneyStops: Stop[] = [
  ...closed,
  {
    name: 'terminal-waiting',
    async go(she, way) {
      const { cities } = ground();
      const car = await way.vehicle([{ city: cities.shiraz, since: '1403/02/01' }, { city: cities.tehran, since: '1404/01/15' }]);
      await she.link('order.nextVehicle').click();
      await she.lookUp(car.plate);
      await she.order();
      way.release = await way.terminal();
      await faultAtTerminal({ name: 'slow', delay_ms: way.patience });
      await sendToTerminal(she);
      await expect(she.page.locator('[aria-current=step]')).toHaveText(she.say('terminal.step.waiting_for_card'));
    },
  },
  {
    name: 'order-paid',
    async go(she, way) {
      await she.expectOrder('paid');
      way.release?.();
    },
  },
  {
    name: 'order-receipt',
    paper: true,
    async go(she) {
      await she.button('receipt.print').click();
      await expect(she.dialog().getByText(she.say('receipt.heading'))).toBeVisible();
    },
  },
  {
    name: 'order-receipt-roll',
    paper: true,
    go: (she) => she.dialog().getByText(she.say('paper.roll')).click(),
  },
  {
    name: 'order-certified',
    async go(she) {
      await she.escape();
      await she.issueCertificate();
    },
  },
];
