import { expect, test } from './support/journey.ts';
import { atGateway, choose, pays } from './support/operator.ts';

test('pays from the deposit of the office', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.shiraz, since: '1404/01/15' }]);
  const she = await operator();
  await pays(she, car.plate);
  await choose(she, 'label.method.deposit');
  await expect(she.page.getByText(she.say('fromDeposit.after'))).toBeVisible();
  await she.button('payment.by.deposit').click();
  await she.expectOrder('paid');
  await she.page.reload();
  await she.expectOrder('paid');
  await she.issueCertificate();
});

test('two slips are paid at the bank: the page shows each by itself, over a reload while one is missing', async ({ operator, vehicle, atBank, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.shiraz, since: '1403/02/01' }, { city: cities.tehran, since: '1404/02/01' }]);
  const she = await operator();
  await pays(she, car.plate);
  await choose(she, 'label.method.bank');
  await she.button('slip.print').click();
  await expect(she.dialog().getByRole('img', { name: she.say('slip.barcode') }).first()).toHaveAttribute('viewBox', '0 0 198 40');
  const [first, second] = await she.readSlips();
  if (!first || !second) throw new Error('a slip is missing');
  await she.escape();
  await atBank(first);
  await she.expectOrder('part_paid');
  await she.page.reload();
  await she.expectOrder('part_paid');
  await expect(she.button('order.cancel')).toHaveCount(0);
  await atBank(second);
  await she.expectOrder('paid');
  await she.issueCertificate();
});

test('a second tab sees at once what becomes of an order, and neither offers to collect again', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1404/02/01' }]);
  const she = await operator();
  await pays(she, car.plate);
  const second = await she.page.context().newPage();
  await second.goto(she.page.url());
  await expect(second.getByText(she.say('order.bills'))).toBeVisible();
  await she.page.bringToFront();
  const gateway = await she.openGateway();
  await second.bringToFront();
  await expect(second.getByRole('link', { name: she.say('payment.goToGateway') })).toBeVisible();
  await expect(second.getByRole('radio')).toHaveCount(0);
  await atGateway(gateway, 'pay');
  await expect(second.getByRole('button', { name: she.say('certificate.issue'), exact: true })).toBeVisible({ timeout: 15_000 });
  await she.expectOrder('paid');
});

test('the receipt is counted: the original, then copies by their numbers', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.isfahan, since: '1404/02/01' }]);
  const she = await operator();
  await pays(she, car.plate);
  await choose(she, 'label.method.deposit');
  await she.button('payment.by.deposit').click();
  await she.expectOrder('paid');
  await she.button('receipt.print').click();
  await she.print(she.say('receipt.original'));
  await she.print(she.say('receipt.copy', { n: she.say.format.digits(1) })); // a second sheet is a copy
  await she.escape();
  await she.button('receipt.print').click(); // a look is none
  await she.print(she.say('receipt.copy', { n: she.say.format.digits(2) }));
});
