import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { openPortal } from '../../test/app.tsx';
import { due, inquiry, order, orderId } from '../../test/fixtures.ts';
import { fakeServer, json, type FakeServer } from '../../test/server.ts';
import { certifiedThrough, chosenOf, payables } from './selection.ts';

let server: FakeServer;
beforeEach(() => {
  server = fakeServer();
  server.on('POST /v1/orders', json(201, order()));
  server.on(`GET /v1/orders/${orderId}`, json(200, order()));
});

async function lookUp(reply = json(201, inquiry())) {
  server.on('POST /v1/inquiries', reply);
  const user = await openPortal(server);
  await screen.findByText('استعلام بدهی خودرو');
  await user.keyboard('12ب14547{Enter}');
  await screen.findByRole('region', { name: 'بدهی‌های خودرو' });
  return user;
}

const [tehran] = inquiry().municipalities;
const part = (label: string) => screen.getByRole<HTMLInputElement>('textbox', { name: label });
const button = () => screen.queryByRole('button', { name: 'صدور سبد تسویه' });
const veil = () => screen.queryByText('این پاسخ برای خودرویی نیست که در فرم است');

describe('an answer to another question', () => {
  it('is veiled while the form holds another plate, orders nothing, and comes back with its plate', async () => {
    const user = await lookUp();
    expect(button()).toBeTruthy();
    await user.click(part('سه رقم میانی'));
    await user.keyboard('9');
    expect(veil()).toBeTruthy();
    expect(button()).toBeNull();
    expect(screen.getByText('شهرداری تهران').closest('[inert]')).toBeTruthy();
    await user.keyboard('99{Control>}{Enter}{/Control}');
    expect(server.to('POST /v1/orders')).toHaveLength(0);
    await user.click(part('سه رقم میانی'));
    await user.keyboard('145');
    expect(veil()).toBeNull();
    expect(screen.getByText('شهرداری تهران').closest('[inert]')).toBeNull();
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(server.to('POST /v1/orders')).toHaveLength(1));
  });

  it('is veiled for another tab and another purpose', async () => {
    const user = await lookUp();
    await user.keyboard('{Alt>}3{/Alt}');
    expect(veil()).toBeTruthy();
    await user.keyboard('{Alt>}1{/Alt}');
    expect(veil()).toBeNull();
    await user.keyboard('{Alt>}[KeyP]{/Alt}');
    expect(screen.getByText('این پاسخ برای منظور دیگری است')).toBeTruthy();
    expect(button()).toBeNull();
  });

  it('takes no focus from who types the next vehicle already', async () => {
    let reply: (response: Response) => void = () => undefined;
    server.on('POST /v1/inquiries', () => new Promise((resolve) => (reply = resolve)));
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.keyboard('12ب14547{Enter}');
    await waitFor(() => expect(server.to('POST /v1/inquiries')).toHaveLength(1));
    await user.click(part('دو رقم سمت چپ'));
    await user.keyboard('3');
    reply(json(201, inquiry()));
    await waitFor(() => expect(veil()).toBeTruthy());
    expect(document.activeElement).toBe(part('دو رقم سمت چپ'));
    expect(part('دو رقم سمت چپ').value).toBe('۳');
  });

  it('fills the form again where the browser goes back to it', async () => {
    const user = await lookUp();
    await user.keyboard('{Escape}');
    expect(part('سه رقم میانی').value).toBe('');
    window.history.back();
    await waitFor(() => expect(part('سه رقم میانی').value).toBe('۱۴۵'));
    expect(veil()).toBeNull();
    expect(button()).toBeTruthy();
  });
});

describe('what is pasted', () => {
  it('a VIN goes to the VIN', async () => {
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.paste('VIN: naan01ca5hk123456');
    expect(screen.getByLabelText<HTMLInputElement>('شناسهٔ خودرو (VIN)').value).toBe('NAAN01CA5HK123456');
  });

  it('a plate of a motorcycle goes to its tab, and the work goes on at its end', async () => {
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.paste('۱۲۱-۴۵۴۷۸');
    await waitFor(() => expect(part('پنج رقم پایین')).toBe(document.activeElement));
    await user.keyboard('9');
    expect(part('پنج رقم پایین')).toBe(document.activeElement);
    expect(part('سه رقم بالا').value).toBe('۱۲۱');
  });
});

describe('where the work goes on', () => {
  const claimed = due(1404, 2_000_000, { state: 'claimed', balance_rial: 0, order_id: orderId, claimed_until: '2026-11-20T11:00:00Z' });

  it('in the own order that holds the dues, by one button and by its key', async () => {
    const user = await lookUp(json(201, inquiry({ municipalities: [{ ...tehran!, dues: [claimed, { ...claimed, fiscal_year: 1405 }], payable_rial: 0 }], unattributed: [], payable_rial: 0 })));
    expect(screen.getAllByRole('link', { name: /^ادامه/ })).toHaveLength(1);
    expect(screen.getAllByText('در سبد باز همین دفتر، تا ۱۴:۳۰')).toHaveLength(2);
    expect(screen.queryByText(/در سبدی دیگر/)).toBeNull();
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(window.location.pathname).toBe(`/orders/${orderId}`));
  });

  it('in the visit in which it was paid, without the plate in the address', async () => {
    server.on('GET /v1/orders', json(200, { orders: [] }));
    const paid = due(1405, 3_000_000, { state: 'paid', balance_rial: 0 });
    const user = await lookUp(json(201, inquiry({ municipalities: [{ ...tehran!, dues: [paid], payable_rial: 0 }], unattributed: [], payable_rial: 0 })));
    await user.click(screen.getByRole('link', { name: 'مراجعه‌های این خودرو' }));
    expect(window.location.href).toBe('http://office.test/visits');
    expect(window.history.state).toMatchObject({ usr: { plate: '12ب14547' } });
  });
});

describe('the certificate that follows', () => {
  const of = (dues: ReturnType<typeof due>[], more = {}) => inquiry({ municipalities: [{ ...tehran!, dues, ...more }], unattributed: [] });
  const through = (found: ReturnType<typeof inquiry>, cut = Infinity) => certifiedThrough(found, chosenOf(payables(found), new Map([[1, cut]])));
  const three = [due(1403, 1), due(1404, 1), due(1405, 1)];

  it.each([
    ['all chosen: through the last year', of(three), Infinity, 1405],
    ['a year left out: through the year before it', of(three), 1404, 1404],
    ['nothing chosen', of(three), 0, undefined],
    ['an older year under review', of([due(1402, 1, { state: 'under_review' }), ...three]), Infinity, undefined],
    ['an exempt year is no hole', of([due(1403, 0, { state: 'exempt' }), due(1404, 1)]), Infinity, 1404],
    ['a claimed newer year', of([due(1403, 1), due(1404, 1, { state: 'claimed', balance_rial: 0 })]), Infinity, 1403],
    ['a city that is paused', of(three, { state: 'paused' }), Infinity, undefined],
    ['a year without a tariff', of([...three, due(1400, 0, { state: 'missing_tariff' })]), Infinity, undefined],
    ['a year without a city', inquiry(), Infinity, undefined],
  ])('%s', (_, found, cut, year) => expect(through(found, cut)).toBe(year));

  it('is said before the order', async () => {
    const user = await lookUp(json(201, of(three)));
    expect(screen.getByText('پس از پرداخت: گواهی تا پایان سال ۱۴۰۵')).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب بدهی سال ۱۴۰۵، شهرداری تهران' }));
    expect(screen.getByText('پس از پرداخت: گواهی تا پایان سال ۱۴۰۴')).toBeTruthy();
  });
});

it('says of a slow answer that it is still awaited', async () => {
  server.on('POST /v1/inquiries', () => new Promise(() => undefined));
  const user = await openPortal(server);
  await screen.findByText('استعلام بدهی خودرو');
  await user.keyboard('12ب14547{Enter}');
  expect(screen.queryByText('هنوز در حال پاسخ…')).toBeNull();
  expect(await screen.findByText('هنوز در حال پاسخ…', {}, { timeout: 3500 })).toBeTruthy();
});
