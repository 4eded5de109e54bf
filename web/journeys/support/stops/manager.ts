import { expect } from '@playwright/test';
import type { Operator } from '../operator.ts';
import type { Stop } from './stop.ts';

async function tab(she: Operator, name: 'staff' | 'devices' | 'agreements' | 'usage'): Promise<void> {
  await she.page.getByRole('navigation', { name: she.say('manage.title') }).getByRole('link', { name: she.say(`manage.${name}`), exact: true }).click();
  await expect(she.page.getByRole('table').first()).toBeVisible();
}

// A made-up one, other at each call, with its check digit.
let people = 0;
function nationalId(): string {
  people += 1;
  const digits = `45${String(Date.now() % 100_000).padStart(5, '0')}${String(people % 100).padStart(2, '0')}`;
  const rest = [...digits].reduce((sum, digit, at) => sum + Number(digit) * (10 - at), 0) % 11;
  return digits + String(rest < 2 ? rest : 11 - rest);
}

const staff: Stop[] = [
  { name: 'manage-staff', go: (she) => tab(she, 'staff') },
  {
    name: 'manage-member',
    async go(she) {
      await she.page.getByRole('button', { name: she.say('staff.changeTitle', { name: 'رضا کریمی' }) }).click();
      await expect(she.dialog().getByLabel(she.say('desk.reason'))).toBeVisible();
    },
  },
  {
    name: 'manage-invite',
    async go(she) {
      await she.escape();
      await she.button('staff.invite').click();
      await expect(she.dialog().getByLabel(she.say('staff.nationalId'))).toBeVisible();
    },
  },
  {
    name: 'manage-invited',
    async go(she) {
      const id = nationalId();
      await she.dialog().getByLabel(she.say('staff.name'), { exact: true }).fill('سارا رحیمی');
      await she.dialog().getByLabel(she.say('staff.username'), { exact: true }).fill(`sara.${id}`);
      await she.dialog().getByLabel(she.say('staff.nationalId')).fill(id);
      await she.button('staff.inviteGo').click();
      await expect(she.dialog().getByText(she.say('manage.copyOnce'))).toBeVisible();
    },
  },
];

const devices: Stop[] = [
  {
    name: 'manage-devices',
    async go(she) {
      await she.escape();
      await tab(she, 'devices');
    },
  },
  {
    name: 'manage-pair',
    async go(she) {
      await she.button('devices.add').click();
      await expect(she.dialog().getByLabel(she.say('devices.name'))).toBeVisible();
    },
  },
  {
    name: 'manage-paired',
    async go(she) {
      await she.dialog().getByLabel(she.say('devices.name')).fill('کارت‌خوان باجهٔ ۲');
      await she.button('devices.addGo').click();
      await expect(she.dialog().getByText(she.say('manage.copyOnce'))).toBeVisible();
    },
  },
  {
    name: 'manage-revoke',
    async go(she) {
      await she.escape();
      await she.page.getByRole('table').getByText(she.say('devices.revoke')).last().click();
      await expect(she.dialog().getByLabel(she.say('desk.reason'))).toBeVisible();
    },
  },
];

/** What an office's manager looks after. */
export const managerStops: Stop[] = [
  {
    name: 'manage-usage',
    async go(she) {
      await she.signIn();
      await she.goTo('manage');
      await expect(she.page.getByRole('navigation', { name: she.say('manage.title') })).toBeVisible();
      await expect(she.page.getByRole('table').or(she.page.getByText(she.say('usage.empty'))).first()).toBeVisible();
    },
  },
  ...staff,
  ...devices,
  {
    name: 'manage-agreements',
    async go(she) {
      await she.escape();
      await tab(she, 'agreements');
    },
  },
];
