import { expect, type Locator } from '@playwright/test';
import { askForRole } from '../elsewhere.ts';
import type { Operator } from '../operator.ts';
import type { Stop, Way } from './stop.ts';

async function tab(she: Operator, name: 'staff' | 'devices' | 'agreements' | 'usage'): Promise<void> {
  const link = she.page.getByRole('navigation', { name: she.say('manage.title') }).getByRole('link', { name: she.say(`manage.${name}`), exact: true });
  await link.click();
  await expect(link).toHaveAttribute('aria-current', 'page');
  await expect(she.page.getByRole('table').first()).toBeVisible();
}

// A made-up one with its check digit, another for each number.
function nationalId(number: string): string {
  const digits = `45${number.padStart(7, '0')}`;
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
      const id = nationalId(she.username.replace(/\D/g, '')); // nobody else has the inviter's number
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

const approvals: Stop[] = [
  {
    name: 'manage-approvals',
    async go(she, way) {
      way.colleague = await way.hire('office_clerk');
      await askForRole(way.colleague, 'office_cashier', 'باجهٔ دوم صندوقدار می‌خواهد');
      await she.escape();
      await tab(she, 'staff');
      await expect(asked(she, way)).toBeVisible();
    },
  },
  {
    name: 'manage-decide',
    async go(she, way) {
      await asked(she, way).getByText(she.say('approvals.verdict.refuse'), { exact: true }).click();
      await expect(she.dialog().getByLabel(she.say('approvals.remark.refuse'))).toBeVisible();
    },
  },
];

// What waits about the walk's own colleague, among what others may have asked for.
function asked(she: Operator, { colleague }: Way): Locator {
  return she.page.getByRole('table', { name: she.say('approvals.title') }).getByRole('row').filter({ hasText: colleague?.username ?? '' });
}

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
  ...approvals,
  {
    name: 'manage-agreements',
    async go(she) {
      await she.escape();
      await tab(she, 'agreements');
    },
  },
];
