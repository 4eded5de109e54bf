import { latinDigits } from '../src/format/format.ts';
import { expectNoViolations } from './support/axe.ts';
import { expect, test } from './support/journey.ts';
import { faultAtTerminal, pays, sendToTerminal } from './support/operator.ts';

test('pays at the card terminal exactly what the server signed, over a reload, and prints the receipt', async ({ operator, vehicle, terminal, ground: { cities, bank } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1403/02/01' }, { city: cities.shiraz, since: '1404/01/15' }]);
  const she = await operator();
  await pays(she, car.plate);
  await terminal();
  await faultAtTerminal({ name: 'slow', delay_ms: 6_000 });
  await sendToTerminal(she);
  await expect(she.page.locator('[aria-current=step]')).toHaveText(she.say('terminal.step.waiting_for_card'));
  await she.page.reload();
  await expect(she.page.locator('[aria-current=step]')).toHaveText(she.say('terminal.step.waiting_for_card'));
  await she.expectOrder('paid');
  const books = (await (await she.page.request.get(`${bank}/_sim/terminal/transactions`)).json()) as unknown;
  const [amount = ''] = latinDigits(await she.page.locator('article dd').filter({ hasText: she.say('app.rial') }).first().innerText()).match(/[\d٬,]+/) ?? [];
  expect(amount).not.toBe('');
  expect(JSON.stringify(books)).toContain(amount.replace(/\D/g, ''));
  await she.button('receipt.print').click();
  await she.print(she.say('receipt.original'));
  await she.escape();
  await she.issueCertificate();
});

test('a card that is declined takes nothing, and the machine remembers the method', async ({ operator, vehicle, terminal, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.tehran, since: '1404/02/01' }]);
  const she = await operator();
  await pays(she, car.plate);
  await terminal();
  await faultAtTerminal({ name: 'decline', code: '51' });
  await sendToTerminal(she);
  await expect(she.page.getByText(she.say('label.reason.terminal_declined'))).toBeVisible({ timeout: 15_000 });
  await she.page.reload();
  await expect(she.page.getByRole('radio', { name: she.say('label.method.terminal'), exact: true })).toBeChecked();
  await she.button('payment.payAgain').click();
  await she.expectOrder('paid');
});

test('an outcome that the terminal does not tell at once is being checked, offers nothing to collect again, and resolves by itself', async ({ operator, vehicle, terminal, ground: { cities } }) => {
  const car = await vehicle([{ city: cities.isfahan, since: '1404/02/01' }]);
  const she = await operator();
  await pays(she, car.plate);
  await terminal();
  await faultAtTerminal({ name: 'search_silent' });
  await sendToTerminal(she);
  await expect(she.page.getByText(she.say('terminal.checking'))).toBeVisible({ timeout: 20_000 });
  await she.expectNothingToPay();
  await expectNoViolations(she.page, 'terminal-unknown');
  await she.page.reload(); // which asks the terminal once more
  await expect(she.page.getByText(she.say('terminal.checking')).or(she.button('certificate.issue'))).toBeVisible();
  await she.expectNothingToPay();
  await she.expectOrder('paid');
});
