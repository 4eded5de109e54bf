import { expect } from '@playwright/test';
import { ground } from '../ground.ts';
import { choose } from '../operator.ts';
import type { Stop } from './stop.ts';

const float = '2500000';

const shift: Stop[] = [
  {
    name: 'shift-closed',
    async go(she) {
      await she.signIn();
      await she.goTo('shift');
      await expect(she.button('shift.open')).toBeVisible();
    },
  },
  {
    name: 'shift-open',
    async go(she, way) {
      await she.field('shift.float').fill(float);
      await she.button('shift.open').click();
      await expect(she.button('shift.close')).toBeVisible();
      const car = await way.vehicle([{ city: ground().cities.tehran, since: '1403/02/01' }]);
      way.plate = car.plate;
      await she.goTo('counter');
      await she.lookUp(car.plate);
      await she.order();
      await choose(she, 'label.method.deposit');
      await she.button('payment.by.deposit').click();
      await she.expectOrder('paid');
      await she.issueCertificate();
      await she.goTo('shift');
      await expect(she.page.getByText(she.say('shift.cash')).first()).toBeVisible();
    },
  },
  {
    name: 'shift-count',
    async go(she) {
      await she.button('shift.close').click();
      await expect(she.dialog().getByText(she.say('shift.closeHint'))).toBeVisible();
    },
  },
  {
    name: 'shift-counted',
    async go(she) {
      await she.dialog().getByLabel(she.say('shift.counted')).first().fill(float);
      await she.dialog().getByRole('button', { name: she.say('shift.confirm'), exact: true }).click();
      await expect(she.dialog().getByText(she.say('shift.expected')).first()).toBeVisible();
    },
  },
];

const visits: Stop[] = [
  {
    name: 'visits',
    async go(she) {
      await she.dialog().getByRole('button', { name: she.say('app.close'), exact: true }).last().click();
      await she.goTo('visits');
      await expect(she.page.getByRole('table')).toBeVisible();
    },
  },
  {
    name: 'visits-empty',
    async go(she) {
      await she.button('visits.earlier').click();
      await expect(she.button('visits.later')).toBeEnabled();
      await she.button('visits.earlier').click(); // just after midnight the day before holds what has lapsed
      await expect(she.page.getByText(she.say('visits.empty'))).toBeVisible();
    },
  },
  {
    name: 'visits-nothing',
    async go(she) {
      await she.page.getByRole('textbox', { name: she.say('visits.number') }).fill('999999');
      await she.button('visits.search').click();
      await expect(she.page.getByText(she.say('visits.nothing'))).toBeVisible();
    },
  },
  {
    name: 'visits-found',
    async go(she, { plate = '' }) {
      await she.page.getByRole('search').getByText(she.say('visits.by.plate'), { exact: true }).click();
      await she.page.getByRole('textbox', { name: she.say('plate.two') }).click();
      await she.page.keyboard.type(plate);
      await she.page.keyboard.press('Enter');
      await expect(she.page.getByRole('table').getByRole('row')).toHaveCount(2);
    },
  },
  {
    name: 'visit-detail',
    async go(she) {
      await she.page.getByRole('table').getByRole('link').first().click();
      await expect(she.page.getByText(she.say('visits.story'))).toBeVisible();
      await expect(she.button('refund.ask')).toBeVisible();
    },
  },
  {
    name: 'visit-papers',
    async go(she) {
      await she.button('desk.certificate').click();
      await expect(she.dialog().getByRole('link', { name: she.say('certificate.open') })).toBeVisible();
    },
  },
  {
    name: 'refund',
    async go(she) {
      await she.escape();
      await she.button('refund.ask').click();
      await expect(she.dialog().getByLabel(she.say('refund.reason'))).toBeVisible();
    },
  },
  {
    name: 'refund-sent',
    async go(she) {
      await she.dialog().getByLabel(she.say('refund.reason')).fill('پرداخت دوباره');
      await she.button('refund.submit').click();
      await expect(she.page.getByText(she.say('refund.sent'))).toBeVisible();
    },
  },
];

/** The till, the visits of the day, and the deposit. */
export const deskStops: Stop[] = [
  ...shift,
  ...visits,
  {
    name: 'deposit',
    async go(she) {
      await she.escape();
      await she.goTo('deposit');
      await expect(she.page.getByRole('table').first()).toBeVisible();
    },
  },
];
