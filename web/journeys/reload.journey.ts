import { expect, test } from './support/journey.ts';
import { atGateway, choose, pays } from './support/operator.ts';

// What is at the card terminal, unknown, part paid or failed is reloaded where a journey comes through it.

test('a reload keeps the answer and what was left out of it', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1403/02/01' }]);
  const she = await operator();
  await she.signIn();
  await she.lookUp(car.plate);
  const newest = she.due(1405, she.say('app.municipality', { name: 'تهران' }));
  await newest.uncheck();
  await she.page.reload();
  await expect(she.page.getByRole('region', { name: she.say('inquiry.title') })).toBeVisible();
  await expect(newest).not.toBeChecked();
  await expect(she.due(1404, she.say('app.municipality', { name: 'تهران' }))).toBeChecked();
  await she.order();
});

test('a reload goes on with an open order, its method, the gateway, the payment and the certificate', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.shiraz, since: '1404/02/01' }]);
  const she = await operator();
  await pays(she, car.plate);
  await she.page.reload();
  await she.expectOrder('open');
  await choose(she, 'label.method.bank');
  await she.page.reload();
  await expect(she.page.getByRole('radio', { name: she.say('label.method.bank'), exact: true })).toBeChecked();
  await choose(she, 'label.method.gateway');
  const gateway = await she.openGateway();
  await she.page.reload();
  await expect(she.page.getByRole('link', { name: she.say('payment.goToGateway') })).toBeVisible();
  await she.expectNothingToPay();
  await atGateway(gateway, 'pay');
  await she.expectOrder('paid');
  await she.page.reload();
  await she.issueCertificate();
  await she.page.reload();
  await expect(she.page.getByRole('link', { name: she.say('certificate.open') })).toBeVisible();
});

test('an order that is cancelled or whose time is over stays so, and its dues can be ordered again', async ({ operator, vehicle, lapse, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.isfahan, since: '1404/02/01' }]);
  const she = await operator();
  await pays(she, car.plate);
  await she.button('order.cancel').click();
  await she.button('order.cancelConfirm').click();
  await she.expectOrder('cancelled');
  await she.page.reload();
  await she.expectOrder('cancelled');
  await she.expectNothingToPay();
  await she.link('order.nextVehicle').click();
  await she.lookUp(car.plate);
  const path = await she.order();
  await lapse(path.replace('/orders/', ''));
  await she.page.reload();
  await she.expectOrder('expired');
  await she.expectNothingToPay();
  await she.link('order.nextVehicle').click();
  await she.lookUp(car.plate);
  await she.order();
});

test('a lost connection is told, and what happened meanwhile is seen once it is back', async ({ operator, vehicle, browser, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1404/02/01' }]);
  const she = await operator();
  await pays(she, car.plate);
  const address = (await she.openGateway()).url();
  await she.page.bringToFront();
  await she.page.context().setOffline(true);
  await expect(she.page.getByText(she.say('app.offline'))).toBeVisible();
  const elsewhere = await browser.newPage();
  await elsewhere.goto(address);
  await atGateway(elsewhere, 'pay');
  await expect(elsewhere.getByText('پرداخت شما انجام شد')).toBeVisible();
  await elsewhere.close();
  await she.expectNothingToPay();
  await she.page.context().setOffline(false);
  await expect(she.page.getByText(she.say('app.offline'))).toBeHidden();
  await she.expectOrder('paid');
});
