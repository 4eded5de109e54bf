import { expect } from '@playwright/test';
import { ground } from '../ground.ts';
import { endSessionsOf } from '../elsewhere.ts';
import type { Operator } from '../operator.ts';
import { codeOf } from '../totp.ts';
import type { Stop } from './stop.ts';

const wrong = 'wrong password';
const mostFailures = 5; // what the server lets an account mistype before it has it wait

const factor: Stop[] = [
  {
    name: 'profile',
    async go(she) {
      await she.page.locator('header').getByRole('link', { name: she.say('nav.profile') }).or(she.page.getByTitle(she.say('nav.profile'))).first().click();
      await expect(she.page.getByText(she.say('profile.here'))).toBeVisible();
    },
  },
  {
    name: 'second-factor',
    async go(she) {
      await she.button('profile.setUp').click();
      await expect(she.button('secondFactor.begin')).toBeVisible();
    },
  },
  {
    name: 'second-factor-secret',
    async go(she, way) {
      way.secret = await beginFactor(she);
    },
  },
  {
    name: 'second-factor-codes',
    async go(she, { secret = '' }) {
      await she.field('signIn.code').fill(codeOf(secret));
      await she.button('secondFactor.confirm').click();
      await expect(she.page.getByText(she.say('secondFactor.keep'))).toBeVisible();
    },
  },
  {
    name: 'profile-factor-on',
    async go(she) {
      await she.button('secondFactor.kept').click();
      await expect(she.page.getByText(she.say('profile.factorOn'), { exact: true })).toBeVisible();
    },
  },
  {
    name: 'profile-remove-factor',
    async go(she) {
      await she.button('profile.remove').click();
      await expect(she.dialog()).toBeVisible();
    },
  },
  {
    name: 'sign-in-code',
    async go(she) {
      await she.escape();
      await she.button('app.signOut').click();
      await she.fillIn(she.page.locator('body'));
      await expect(she.page.getByLabel(she.say('signIn.code'))).toBeVisible();
    },
  },
];

/** Gives the password again, and reads the secret that is shown for it. */
export async function beginFactor(she: Operator): Promise<string> {
  await she.field('signIn.password').fill(ground().password);
  await she.button('secondFactor.begin').click();
  await expect(she.page.getByRole('img', { name: she.say('secondFactor.qr') })).toBeVisible();
  return she.page.locator('bdi').filter({ hasText: /^[A-Z2-7 ]{16,}$/ }).first().innerText();
}

/** Signing in, one's own account, and what stands in the way. */
export const accountStops: Stop[] = [
  {
    name: 'sign-in',
    async go(she) {
      await she.page.goto('/');
      await expect(she.button('signIn.submit')).toBeVisible();
    },
  },
  {
    name: 'invitation',
    async go(she) {
      await she.page.goto('/invitation');
      await expect(she.page.getByRole('button', { name: she.say('invitation.submit'), exact: true })).toBeVisible();
    },
  },
  {
    name: 'sign-in-refused',
    async go(she) {
      await she.page.goto('/');
      await she.fillIn(she.page.locator('body'), wrong);
      await expect(she.page.getByText(she.say('signIn.refused'))).toBeVisible();
    },
  },
  {
    name: 'sign-in-locked',
    async go(she) {
      await mistype(she, `${she.username}.x`);
    },
  },
  {
    name: 'visit-offline',
    async go(she) {
      await she.page.reload();
      await she.signIn();
      await she.page.context().setOffline(true);
      await expect(she.page.getByText(she.say('app.offline'))).toBeVisible();
    },
  },
  {
    name: 'session-lapsed',
    async go(she) {
      await she.page.context().setOffline(false);
      await endSessionsOf(she);
      await she.goTo('visits');
      await expect(she.page.getByRole('dialog', { name: she.say('signIn.lapsed') })).toBeVisible();
    },
  },
  {
    name: 'forbidden',
    async go(she) {
      await she.fillIn(she.dialog());
      await expect(she.dialog()).toBeHidden();
      await she.page.goto('/manage/staff');
      await expect(she.page.getByText(she.say('problem.heading.forbidden'))).toBeVisible();
    },
  },
  {
    name: 'not-found',
    async go(she) {
      await she.page.goto('/nowhere');
      await expect(she.page.getByText(she.say('app.notFound'))).toBeVisible();
    },
  },
  ...factor,
];

/** Mistypes a password until the sign-in is closed for a while. */
export async function mistype(she: Operator, username: string): Promise<void> {
  const closed = she.page.getByText(she.say('signIn.closed'), { exact: true });
  for (let failure = 0; failure <= mostFailures && !(await closed.isVisible()); failure += 1) {
    const answered = she.page.waitForResponse((response) => response.url().endsWith('/v1/sessions') && response.request().method() === 'POST');
    await she.fillIn(she.page.locator('body'), `${wrong} ${failure}`, username);
    await answered;
    await expect(closed.or(she.page.getByText(she.say('signIn.refused')))).toBeVisible();
    await expect(she.button('signIn.submit')).not.toHaveAttribute('data-loading');
  }
  await expect(closed).toBeVisible();
}
