import { expect, test } from './support/journey.ts';

test('two cities, one of them paused: the other one is paid and the paused one is explained', async ({ operator, vehicle, ground: { cities, paused } }) => {
  const car = await vehicle([{ city: paused, since: '1400/02/01' }, { city: cities.tehran, since: '1403/01/15' }]);
  const she = await operator();
  await she.signIn();
  await she.lookUp(car.plate);
  await expect(she.page.getByText(she.say('inquiry.paused'))).toBeVisible();
  await expect(she.due(1404, she.say('app.municipality', { name: 'تهران' }))).toBeChecked();
  await she.order();
  await expect(she.page.getByRole('article').filter({ hasText: she.say('order.billId') })).toHaveCount(1);
});

test('a missing base value is said in words and cannot be paid', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1403/02/01' }], 'unpriced-import');
  const she = await operator();
  await she.signIn();
  await she.lookUp(car.plate);
  await expect(she.page.getByText(she.say('inquiry.state.missing_valuation')).first()).toBeVisible();
  await expect(she.button('summary.submit')).toHaveCount(0);
});

test('two operators on one vehicle: one holds it, the other is told until when', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.isfahan, since: '1403/02/01' }]);
  const [first, second] = [await operator(), await operator({ other: true })];
  for (const one of [first, second]) {
    await one.signIn();
    await one.lookUp(car.plate);
  }
  await first.order();
  await second.button('summary.submit').click();
  await expect(second.page.getByText(second.say('summary.claimed'))).toBeVisible();
  expect(new URL(second.page.url()).pathname).not.toContain('orders');
  await first.button('order.cancel').click();
  await first.button('order.cancelConfirm').click();
  await first.expectOrder('cancelled');
  await second.nextVehicle();
  await second.lookUp(car.plate);
  await second.order();
});

test('a year that is left out is not ordered', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1403/02/01' }]);
  const she = await operator();
  await she.signIn();
  await she.lookUp(car.plate);
  const newest = she.due(1405, she.say('app.municipality', { name: 'تهران' }));
  await newest.uncheck();
  await she.order();
  const years = she.say('app.years', { years: she.say('app.yearRange', { from: she.say.format.digits(1403), to: she.say.format.digits(1404) }) });
  await expect(she.page.getByText(years)).toBeVisible();
});
