import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { openPortal } from '../../test/app.tsx';
import { fakeServer, json } from '../../test/server.ts';

const deposit = { available_rial: 5_000_000, held_rial: 0, warn_below_rial: 0, low: false };
const move = (number: number) => ({ number, kind: 'topup', amount_rial: 1000 * number, available_rial: 5_000_000, held_rial: 0, source_kind: 'payment', source_id: 'x', at: '2026-11-20T10:00:00Z' });
const may = ['deposits.read', 'deposits.manage'];

it('a withdrawal is asked for once, within what is available, and its state is told', async () => {
  const server = fakeServer();
  const asked = { id: 'w1', office_id: 'o', amount_rial: 2_000_000, iban: 'IR860610000009990000009001', state: 'asked', asked_by: 'p', asked_at: '2026-11-20T10:00:00Z' };
  server.on('GET /v1/deposit', json(200, deposit));
  server.on('GET /v1/deposit/statement', json(200, { moves: [] }));
  server.on('GET /v1/deposit/transfers', json(200, { transfers: [] }));
  server.on('GET /v1/deposit/topups', json(200, { payments: [] }));
  server.on('GET /v1/deposit/withdrawals', json(200, { withdrawals: [] }), json(200, { withdrawals: [asked, { ...asked, id: 'w2', state: 'refused', remark: 'شبا به نام دفتر نیست' }] }));
  server.on('POST /v1/deposit/withdrawals', new TypeError('cut'), json(201, asked));
  const user = await openPortal(server, '/deposit', may);
  const panel = (await screen.findByRole('heading', { name: 'برداشت از سپرده' })).closest('section') as HTMLElement;
  const amount = within(panel).getByLabelText('مبلغ (ریال)');
  await user.type(amount, '6000000');
  await user.type(within(panel).getByLabelText('شبای حساب دفتر'), 'ir۸۶ 0610 0000 0999 0000 0090 01');
  expect(within(panel).getByText('بیش از موجودی قابل استفاده است')).toBeTruthy();
  expect(within(panel).getByRole('button', { name: 'ثبت درخواست برداشت' })).toHaveProperty('disabled', true);
  await user.clear(amount);
  await user.type(amount, '2000000{Enter}');
  await user.click(await within(panel).findByRole('button', { name: 'تلاش دوباره' }));
  expect(await within(panel).findByText('منتظر واریز')).toBeTruthy();
  expect(within(panel).getByText('شبا به نام دفتر نیست')).toBeTruthy();
  const sent = server.to('POST /v1/deposit/withdrawals');
  expect(sent.map(({ body }) => body)).toEqual(Array(2).fill({ amount_rial: 2_000_000, iban: 'IR860610000009990000009001' }));
  expect(new Set(sent.map(({ headers }) => headers.get('Idempotency-Key'))).size).toBe(1);
});

it('the statement goes on page by page', async () => {
  const server = fakeServer();
  server.on('GET /v1/deposit', json(200, deposit));
  server.on('GET /v1/deposit/statement', ({ search }) => json(200, search.get('before') ? { moves: [move(1)] } : { moves: [move(3), move(2)], next: 2 }));
  const user = await openPortal(server, '/deposit', ['deposits.read']);
  const table = await screen.findByRole('table', { name: 'گردش سپرده' });
  expect(within(table).getAllByRole('row')).toHaveLength(3);
  await user.click(screen.getByRole('button', { name: 'نمایش قدیمی‌ترها' }));
  expect(await within(table).findByText('۱٬۰۰۰')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'نمایش قدیمی‌ترها' })).toBeNull();
  expect(screen.queryByRole('heading', { name: 'برداشت از سپرده' })).toBeNull();
});
