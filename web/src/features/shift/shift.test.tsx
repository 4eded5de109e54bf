import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { App } from '../../app/App.tsx';
import { openPortal } from '../../test/app.tsx';
import { session } from '../../test/fixtures.ts';
import { fakeServer, json, problem } from '../../test/server.ts';

const id = '0198a000-0000-7000-8000-0000000000f1';
const open = {
  id, number: 7, person_id: id, opening_float_rial: 500_000, opened_at: '2026-11-20T05:00:00Z', later: [], in_flight: { payments: 1, amount_rial: 900_000 },
  totals: [{ method: 'deposit', payments: 2, taken_rial: 1_000_000, expected_rial: 1_500_000 }, { method: 'bank', payments: 0, taken_rial: 0, expected_rial: 0 }],
};

it('a shift is opened with its cash, counted without being told what must be there, and closed', async () => {
  const server = fakeServer();
  server.on('GET /v1/shifts/current', problem(404, 'shift_not_open'), json(200, open));
  server.on('GET /v1/shifts', json(200, { shifts: [] }));
  server.on('GET /v1/shifts/rule', json(200, { required: true }));
  server.on('POST /v1/shifts', json(201, open));
  const counted = open.totals.map((total) => (total.method === 'deposit' ? { ...total, counted_rial: 1_400_000, difference_rial: -100_000 } : total));
  server.on(`POST /v1/shifts/${id}/closing`, json(200, { ...open, totals: counted, closed_at: '2026-11-20T13:00:00Z' }));
  const user = await openPortal(server, '/shift', ['shifts.keep']);
  await user.type(await screen.findByLabelText('موجودی نقد آغاز شیفت (ریال)'), '۵۰۰۰۰۰');
  await user.click(screen.getByRole('button', { name: 'باز کردن شیفت' }));
  await screen.findByText('شیفت ۷');
  expect(server.to('POST /v1/shifts')[0]?.body).toEqual({ opening_float_rial: 500_000 });
  expect(screen.getByText(/۱ پرداخت به مبلغ ۹۰۰٬۰۰۰ ریال هنوز نامشخص است/)).toBeTruthy();

  await user.click(screen.getByRole('button', { name: 'شمردن و بستن شیفت' }));
  const close = await screen.findByRole('button', { name: 'بستن شیفت' });
  expect(close).toHaveProperty('disabled', true);
  const field = screen.getByLabelText(/^نقد.*شمرده \(ریال\)$/);
  expect(screen.queryByLabelText(/قبض در بانک، شمرده/)).toBeNull();
  expect(field).toHaveProperty('value', '');
  await user.type(field, '1400000');
  await user.click(close);
  await screen.findByText('شیفت ۷ بسته شد');
  // The page knows it at once, and what it came to stays until it is dismissed.
  expect(await screen.findByText('شیفت بازی ندارید')).toBeTruthy();
  expect(screen.queryByText('شمردن و بستن شیفت')).toBeNull();
  expect(document.activeElement?.textContent).toBe('بستن');
  expect(server.to(`POST /v1/shifts/${id}/closing`)[0]?.body).toEqual({ counted: [{ method: 'deposit', amount_rial: 1_400_000 }] });
  expect(screen.getByText('روی هم ۱۰۰٬۰۰۰ ریال کم است.', { exact: false })).toBeTruthy();
  expect(screen.getAllByText('۱۰۰٬۰۰۰ ریال کم')).toHaveLength(2);
});

it('a manager sees whose shift is open and closes the one of whoever has gone', async () => {
  const server = fakeServer();
  const [maryam, theirs] = ['0198a000-0000-7000-8000-0000000000f2', '0198a000-0000-7000-8000-0000000000f3'];
  const left = { ...open, id: theirs, number: 6, person_id: maryam, totals: [], in_flight: { payments: 0, amount_rial: 0 } };
  server.on('GET /v1/shifts/current', json(200, open));
  server.on('GET /v1/shifts', json(200, { shifts: [open, left] }), json(200, { shifts: [open, { ...left, closed_at: '2026-11-20T13:00:00Z' }] }));
  server.on('GET /v1/shifts/rule', json(200, { required: false }));
  server.on('GET /v1/people', json(200, { people: [{ id: maryam, username: 'm', name_fa: 'مریم احمدی', role: 'office_cashier', standing: 'active', platform_locked: false, workplace: {} }] }));
  server.on(`POST /v1/shifts/${theirs}/closing`, json(200, { ...left, closed_at: '2026-11-20T13:00:00Z' }));
  const user = await openPortal(server, '/shift', ['shifts.keep', 'shifts.manage', 'people.read']);
  const table = await screen.findByRole('table', { name: 'شیفت‌های باز همکاران' });
  expect(within(table).getAllByRole('row')).toHaveLength(2);
  await user.click(await within(table).findByRole('button', { name: 'بستن شیفت مریم احمدی' }));
  await user.click(await screen.findByRole('button', { name: 'بستن شیفت' }));
  // What it came to stays in sight, although the shift is in the list no more.
  expect(await screen.findByText('شیفت ۶ بسته شد')).toBeTruthy();
  expect(await screen.findByText('هیچ شیفت دیگری در دفتر باز نیست')).toBeTruthy();
  expect(server.to(`POST /v1/shifts/${theirs}/closing`)[0]?.body).toEqual({ counted: [] });
});

it('a count lives through a reload, and through a dialog that was put away', async () => {
  const server = fakeServer();
  server.on('GET /v1/shifts/current', json(200, open));
  server.on('GET /v1/shifts', json(200, { shifts: [open] }));
  server.on('GET /v1/shifts/rule', json(200, { required: true }));
  const user = await openPortal(server, '/shift', ['shifts.keep']);
  server.on('POST /v1/sessions/refresh', json(200, session(['shifts.keep'])));
  await user.click(await screen.findByRole('button', { name: 'شمردن و بستن شیفت' }));
  await user.type(await screen.findByLabelText(/^نقد.*شمرده \(ریال\)$/), '1400000');
  await waitFor(() => expect(JSON.stringify(window.history.state)).toContain('1400000'));
  cleanup();
  render(<App />);
  expect(await screen.findByLabelText(/^نقد.*شمرده \(ریال\)$/)).toHaveProperty('value', '۱٬۴۰۰٬۰۰۰');
  await user.click(screen.getByRole('button', { name: 'انصراف' }));
  await waitFor(() => expect(screen.queryByLabelText(/^نقد.*شمرده/)).toBeNull());
  await user.click(screen.getByRole('button', { name: 'شمردن و بستن شیفت' }));
  expect(await screen.findByLabelText(/^نقد.*شمرده \(ریال\)$/)).toHaveProperty('value', '۱٬۴۰۰٬۰۰۰');
  expect(window.location.href).not.toContain('1400000');
});

it('a shift whose opening was not answered is opened under the same key, and the next one with the same cash under another', async () => {
  const server = fakeServer();
  const none = problem(404, 'shift_not_open');
  server.on('GET /v1/shifts/current', none);
  server.on('GET /v1/shifts', json(200, { shifts: [] }));
  server.on('GET /v1/shifts/rule', json(200, { required: true }));
  server.on('POST /v1/shifts', new TypeError('cut'));
  const user = await openPortal(server, '/shift', ['shifts.keep']);
  const keys = () => server.to('POST /v1/shifts').map(({ headers }) => headers.get('Idempotency-Key'));
  await user.type(await screen.findByLabelText('موجودی نقد آغاز شیفت (ریال)'), '500000{Enter}');
  const again = await screen.findByRole('button', { name: 'تلاش دوباره' });
  // The second answer is lost, too, but by then the page hears that the shift is open.
  const empty = { ...open, totals: [], in_flight: { payments: 0, amount_rial: 0 } };
  server.on('GET /v1/shifts/current', json(200, empty));
  server.on(`POST /v1/shifts/${id}/closing`, json(200, { ...empty, closed_at: '2026-11-20T13:00:00Z' }));
  await user.click(again);
  await user.click(await screen.findByRole('button', { name: 'شمردن و بستن شیفت' }));
  await user.click(await screen.findByRole('button', { name: 'بستن شیفت' }));
  await screen.findByText('شیفت ۷ بسته شد');
  server.on('GET /v1/shifts/current', none);
  await user.keyboard('{Enter}'); // the count is seen
  server.on('POST /v1/shifts', json(201, { ...empty, number: 8 }));
  await user.type(await screen.findByLabelText('موجودی نقد آغاز شیفت (ریال)'), '500000');
  server.on('GET /v1/shifts/current', json(200, { ...empty, number: 8 }));
  await user.click(screen.getByRole('button', { name: 'باز کردن شیفت' }));
  await screen.findByText('شیفت ۸');
  const [first, second, third] = keys();
  expect(keys()).toHaveLength(3);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});

it('two shifts that are closed with the same count are two wishes, also where the first one was not answered', async () => {
  const server = fakeServer();
  const [one, two] = ['0198a000-0000-7000-8000-0000000000f4', '0198a000-0000-7000-8000-0000000000f5'];
  const left = { ...open, totals: [], in_flight: { payments: 0, amount_rial: 0 } };
  server.on('GET /v1/shifts/current', problem(404, 'shift_not_open'));
  server.on('GET /v1/shifts', json(200, { shifts: [{ ...left, id: one, person_id: one }, { ...left, id: two, person_id: two, number: 6 }] }));
  server.on('GET /v1/shifts/rule', json(200, { required: false }));
  server.on(`POST /v1/shifts/${one}/closing`, new TypeError('cut'));
  server.on(`POST /v1/shifts/${two}/closing`, json(200, { ...left, id: two, number: 6, closed_at: '2026-11-20T13:00:00Z' }));
  const user = await openPortal(server, '/shift', ['shifts.keep', 'shifts.manage']);
  const table = await screen.findByRole('table', { name: 'شیفت‌های باز همکاران' });
  const [first, second] = within(table).getAllByRole('button');
  if (!first || !second) throw new Error('a shift is missing');
  await user.click(first);
  await user.click(await screen.findByRole('button', { name: 'بستن شیفت' }));
  await screen.findByRole('button', { name: 'تلاش دوباره' });
  await user.click(screen.getByRole('button', { name: 'انصراف' }));
  await waitFor(() => expect(screen.queryByRole('button', { name: 'انصراف' })).toBeNull());
  await user.click(second);
  await user.click(await screen.findByRole('button', { name: 'بستن شیفت' }));
  await screen.findByText('شیفت ۶ بسته شد');
  const [lost] = server.to(`POST /v1/shifts/${one}/closing`);
  const [closed] = server.to(`POST /v1/shifts/${two}/closing`);
  expect(closed?.headers.get('Idempotency-Key')).not.toBe(lost?.headers.get('Idempotency-Key'));
});
