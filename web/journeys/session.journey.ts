import { expect, test } from './support/journey.ts';
import { endSessionsOf } from './support/elsewhere.ts';
import { beginFactor, mistype } from './support/stops/account.ts';
import { codeOf } from './support/totp.ts';

test('after wrong passwords the sign-in is closed, and says for how long', async ({ operator, ground: { password } }) => {
  const she = await operator();
  await she.page.goto('/');
  await she.fillIn(she.page.locator('body'), 'wrong password');
  await expect(she.page.getByText(she.say('signIn.refused'))).toBeVisible();
  await mistype(she, she.username);
  await expect(she.page.getByRole('timer')).toHaveText(/[۰-۹]+:[۰-۹]{2}/);
  await expect(she.page.getByText(she.say('signIn.closedHint'))).toBeVisible();
  await she.page.getByLabel(she.say('signIn.password'), { exact: true }).fill(password);
  await expect(she.button('signIn.submit')).toBeDisabled();
});

test('a second factor is set up in the profile, and asked for from then on', async ({ operator }) => {
  const she = await operator();
  await she.signIn();
  await she.page.goto('/profile');
  await she.button('profile.setUp').click();
  const secret = await beginFactor(she);
  await she.field('signIn.code').fill(codeOf(secret));
  await she.button('secondFactor.confirm').click();
  await expect(she.page.getByText(she.say('secondFactor.keep'))).toBeVisible();
  await she.button('secondFactor.kept').click();
  await expect(she.page.getByText(she.say('profile.factorOn'), { exact: true })).toBeVisible();
  await she.button('app.signOut').click();
  await she.fillIn(she.page.locator('body'));
  await she.fillInCode(she.page.locator('body'), codeOf(secret, 1)); // a phone may be a step ahead, and each step counts once
  await expect(she.button('app.signOut')).toBeVisible();
});

test('a session that ends in mid-visit keeps the work', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1403/02/01' }]);
  const she = await operator();
  await she.signIn();
  await she.lookUp(car.plate);
  const newest = she.due(1405, she.say('app.municipality', { name: 'تهران' }));
  await newest.uncheck();
  await endSessionsOf(she);
  await she.button('summary.submit').click();
  const dialog = she.page.getByRole('dialog', { name: she.say('signIn.lapsed') });
  await she.fillIn(dialog);
  await expect(dialog).toBeHidden();
  await expect(newest).not.toBeChecked();
  await she.order();
});

test('a second factor is demanded at the sign-in, and again where the session ends in mid-visit, which keeps the work', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1403/02/01' }]);
  const she = await operator({ factor: true });
  const { secret = '' } = she.person.factor ?? {};
  const page = she.page.locator('body');
  const wrong = she.page.getByText(she.say('signIn.wrongCode'), { exact: true });
  await she.page.goto('/');
  await she.fillIn(page);
  await expect(she.page.getByLabel(she.say('signIn.code'))).toBeFocused();
  await expect(wrong).toHaveCount(0);
  await she.fillInCode(page, '000000');
  await expect(wrong).toBeVisible();
  await she.page.getByLabel(she.say('signIn.code')).fill(codeOf(secret));
  await expect(wrong).toBeVisible(); // until another one is sent
  await she.button('signIn.submit').click();
  await she.lookUp(car.plate);
  const newest = she.due(1405, she.say('app.municipality', { name: 'تهران' }));
  await newest.uncheck();
  await endSessionsOf(she);
  await she.button('summary.submit').click();
  const dialog = she.page.getByRole('dialog', { name: she.say('signIn.lapsed') });
  await she.fillIn(dialog);
  await she.fillInCode(dialog, codeOf(secret, 1)); // each step counts once, and a phone may be one ahead
  await expect(dialog).toBeHidden();
  await expect(newest).not.toBeChecked();
  await she.order();
});

test('signing out ends the session', async ({ operator }) => {
  const she = await operator();
  await she.signIn();
  const ended = she.page.waitForResponse((response) => response.request().method() === 'DELETE' && response.url().endsWith('/v1/sessions/current'));
  await she.button('app.signOut').click();
  expect((await ended).status()).toBe(204);
  await expect(she.page.getByLabel(she.say('signIn.username'))).toBeVisible();
  await she.page.goto('/');
  await expect(she.page.getByLabel(she.say('signIn.username'))).toBeVisible();
});
