import { arrange, atGateway } from './support/operator.ts';
import { expect, test } from './support/journey.ts';

// The gateway's own words to the payer.
const unclear = 'نتیجهٔ پرداخت هنوز روشن نیست';

test('pays by the gateway and hands the certificate over', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1400/02/01' }, { city: cities.shiraz, since: '1403/01/15' }]);
  const she = await operator();
  await she.signIn();
  await she.lookUp(car.plate);
  await she.order();
  const gateway = await she.openGateway();
  await atGateway(gateway, 'pay');
  await expect(gateway.getByText('پرداخت شما انجام شد')).toBeVisible();
  await she.expectOrder('paid');
  await she.issueCertificate();
  const [pdf] = await Promise.all([she.page.waitForEvent('download'), she.page.getByRole('link', { name: she.say('certificate.save') }).click()]);
  expect(pdf.suggestedFilename()).toMatch(/^mofasa-.+\.pdf$/);
});

test('a payer who turns back at the gateway can try again', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.isfahan, since: '1403/02/01' }]);
  const she = await operator();
  await she.signIn();
  await she.lookUp(car.plate);
  await she.order();
  await atGateway(await she.openGateway(), 'cancel');
  // Beside the choice of the next method, and not only at the attempt, which knows it before it is over.
  await expect(she.page.getByRole('status').getByText(she.say('label.reason.cancelled'))).toBeVisible({ timeout: 20_000 });
  await she.page.reload();
  await atGateway(await she.openGateway('payment.payAgain'), 'pay');
  await she.expectOrder('paid');
});

test('an unknown payment offers nothing to collect again, not after a reload either, and resolves by itself', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1404/02/01' }]);
  const she = await operator();
  await she.signIn();
  await she.lookUp(car.plate);
  await she.order();
  const gateway = await she.openGateway();
  await arrange(gateway, { bends: [{ call: 'verify', way: 'lost', times: 2 }, { call: 'receipt', way: 'error', times: 2 }] });
  await atGateway(gateway, 'pay');
  await expect(gateway.getByText(unclear)).toBeVisible();
  for (const look of ['as it comes', 'after a reload']) {
    await expect(she.page.getByText(she.say('payment.advice.unknown')), look).toBeVisible();
    await she.expectNothingToPay();
    if (look === 'as it comes') await she.page.reload();
  }
  await she.expectOrder('paid');
});

test('pressing pay twice collects once', async ({ operator, vehicle, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.shiraz, since: '1404/02/01' }]);
  const she = await operator();
  await she.signIn();
  await she.lookUp(car.plate);
  const path = await she.order();
  const attempts: string[] = [];
  she.page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith(`${path}/payments`)) attempts.push(request.headers()['idempotency-key'] ?? '');
  });
  const tab = she.page.waitForEvent('popup');
  await she.button('payment.pay').dblclick();
  await (await tab).waitForURL(/token=/);
  await expect(she.page.getByText(she.say('payment.state.sent')).first()).toBeVisible();
  expect(new Set(attempts).size).toBe(1);
  await expect(she.page.getByRole('article').filter({ hasText: she.say('payment.attempt', { n: she.say.format.digits(2) }) })).toHaveCount(0);
  await expect(she.page.getByRole('article').filter({ hasText: she.say('payment.attempt', { n: she.say.format.digits(1) }) })).toHaveCount(1);
});
