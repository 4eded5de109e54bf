import { screen, waitFor, within } from '@testing-library/react';
import i18next from 'i18next';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { gatewayAddress } from '../../api/payment.ts';
import { openPortal } from '../../test/app.tsx';
import { certificate, order, orderId, payment } from '../../test/fixtures.ts';
import { fakeServer, json, problem, type FakeServer } from '../../test/server.ts';
import { yearRuns } from '../../ui/years.ts';
import { atRest, canCancel, stanceOf } from './order.ts';

const page = `/orders/${orderId}`;
const get = `GET /v1${page}`;
const pay = `POST /v1${page}/payments`;
const gateway = 'https://gateway.test/pay?token=1';

let server: FakeServer;
beforeEach(() => {
  server = fakeServer();
});

function fakeTab() {
  const tab = { opener: window, document: document.implementation.createHTMLDocument(), location: { replace: vi.fn() }, close: vi.fn() };
  vi.spyOn(window, 'open').mockReturnValue(tab as unknown as Window);
  return tab;
}

const now = Date.parse('2026-11-20T12:00:00Z');
const valid = { valid_until: '2026-11-20T12:00:01Z' };

describe('what can be done about the money', () => {
  it.each([
    ['open', order(valid), 'pay', true],
    ['past its time', order({ valid_until: '2026-11-20T12:00:00Z' }), 'closed', true],
    ['sent', order({ ...valid, payments: [payment('sent')] }), 'watch', false],
    ['created', order({ ...valid, payments: [payment('created')] }), 'watch', false],
    ['unknown', order({ ...valid, payments: [payment('unknown')] }), 'watch', false],
    ['unknown after the order ended', order({ state: 'expired', payments: [payment('unknown')] }), 'watch', false],
    ['confirmed', order({ ...valid, payments: [payment('confirmed')] }), 'watch', false],
    ['failed', order({ ...valid, payments: [payment('failed')] }), 'pay', true],
    ['in suspense', order({ ...valid, payments: [payment('suspense')] }), 'suspense', false],
    ['failed after suspense', order({ ...valid, payments: [payment('suspense'), payment('failed')] }), 'suspense', false],
    ['partly paid', order({ ...valid, state: 'part_paid', paid_rial: 1000, payments: [payment('captured')] }), 'pay', false],
    ['paid', order({ ...valid, state: 'paid', paid_rial: 5_700_000, payments: [payment('captured')] }), 'paid', false],
    ['cancelled', order({ ...valid, state: 'cancelled' }), 'closed', false],
    ['expired', order({ ...valid, state: 'expired' }), 'closed', false],
    ['refunded', order({ ...valid, state: 'refunded', refunded_rial: 5_700_000 }), 'closed', false],
  ])('%s', (_, given, stance, cancel) => {
    expect(stanceOf(given, now)).toBe(stance);
    expect(canCancel(given)).toBe(cancel);
  });

  it.each([
    [order(), false],
    [order({ state: 'paid' }), false],
    [order({ state: 'paid', certificate_serial: 'MF-1' }), true],
    [order({ state: 'paid', certificate_serial: 'MF-1', payments: [payment('unknown')] }), false],
    [order({ state: 'expired', payments: [payment('sent')] }), false],
    [order({ state: 'expired' }), true],
    [order({ state: 'cancelled' }), true],
  ])('an order is at rest once nothing can happen to it (%#)', (given, rest) => {
    expect(atRest(given)).toBe(rest);
  });

  it.each([
    [[], []],
    [[1404], [[1404, 1404]]],
    [[1405, 1403, 1404, 1404], [[1403, 1405]]],
    [[1399, 1401, 1402], [[1399, 1399], [1401, 1402]]],
  ])('the years %j run as %j', (years, runs) => {
    expect(yearRuns(years)).toEqual(runs);
  });

  it.each([
    [gateway, gateway],
    ['/pay/1', 'http://office.test/pay/1'],
    ['javascript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['http://', undefined],
    ['', undefined],
  ])('sends the payer to %s only if it is a web page', (given, address) => {
    expect(gatewayAddress(payment('sent', { redirect_url: given }))).toBe(address);
    expect(gatewayAddress(payment('unknown', { redirect_url: given }))).toBeUndefined();
  });
});

describe('the order page', () => {
  it('leads back to the order after sign-in and shows the bills', async () => {
    server.on(get, json(200, order()));
    await openPortal(server, page);
    await screen.findByText('قبض‌های شهرداری‌ها');
    expect(window.location.pathname).toBe(page);
    expect(screen.getByText('۷۷۳۱۰۹۹۰۰۰۳۶۱')).toBeTruthy();
    expect(screen.getByText('۲۱۷۲۰۰۰۵۲')).toBeTruthy();
    expect(screen.getByRole('timer').textContent).toMatch(/^۵۹:|^۱:۰۰:۰۰/);
  });

  it('shows the fee that the payer was told, apart from the duty', async () => {
    server.on(get, json(200, order({ fee: { service: 'clearance', amount_rial: 120_000, charged: true } })));
    await openPortal(server, page);
    expect((await screen.findByText('کارمزد دفتر')).nextElementSibling?.textContent).toContain('۱۲۰٬۰۰۰');
    expect(screen.getByText('جمع سبد').nextElementSibling?.textContent).toContain('۵٬۷۰۰٬۰۰۰');
    expect(screen.getByText('جمع با کارمزد').nextElementSibling?.textContent).toContain('۵٬۸۲۰٬۰۰۰');
  });

  it('shows the fee on the receipt, and calls one that was only shown what it was', async () => {
    const receipt = { number: 1040217, at: '2026-11-20T10:03:00Z', amount_rial: 5_820_000, fee_rial: 120_000 };
    const shown = { service: 'clearance' as const, amount_rial: 90_000, charged: false };
    server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, fee: shown, payments: [payment('captured', { receipt, fee_rial: 120_000 })] })));
    await openPortal(server, page);
    expect((await screen.findByText('از آن، کارمزد دفتر')).nextElementSibling?.textContent).toContain('۱۲۰٬۰۰۰');
    expect(screen.queryByText('جمع با کارمزد')).toBeNull();
    expect(screen.getByText('جدا از عوارض؛ در جمع نیست و از راه درگاه گرفته نمی‌شود.')).toBeTruthy();
  });

  const fee = { service: 'clearance' as const, amount_rial: 120_000, charged: true };
  it.each([
    ['is on its way with the payment', { fee, payments: [payment('unknown', { fee_rial: 120_000 })] }, 'جدا از عوارض است، با همین پرداخت گرفته می‌شود و به حساب هیچ شهرداری نمی‌رود.'],
    ['was taken', { fee, state: 'paid' as const, paid_rial: 5_700_000, payments: [payment('captured', { fee_rial: 120_000 })] }, 'جدا از عوارض است، با یکی از پرداخت‌های همین سبد گرفته شده و به حساب هیچ شهرداری نرفته است.'],
    ['was taken by the payment before', { fee, payments: [payment('captured', { fee_rial: 120_000 }), payment('sent')] }, 'جدا از عوارض است، با یکی از پرداخت‌های همین سبد گرفته شده و به حساب هیچ شهرداری نرفته است.'],
    ['is over with the order', { fee, state: 'cancelled' as const }, 'جدا از عوارض است و برای این سبد دیگر گرفته نمی‌شود.'],
  ])('says of the fee that it %s', async (_, given, said) => {
    server.on(get, json(200, order(given)));
    await openPortal(server, page);
    expect(await screen.findByText(said)).toBeTruthy();
  });

  it('calls an order whose money is not certain nothing but that', async () => {
    server.on(get, json(200, order({ payments: [payment('unknown')] })));
    await openPortal(server, page);
    expect((await screen.findByRole('heading', { level: 1 })).parentElement?.textContent).toContain('نتیجهٔ پرداخت نامعلوم');
    expect(screen.queryByText('در انتظار پرداخت')).toBeNull();
  });

  it('keeps the numbers of a bill whose time is over for reading alone', async () => {
    server.on(get, json(200, order({ state: 'expired' })));
    await openPortal(server, page);
    expect((await screen.findAllByText('مهلت‌گذشته')).length).toBe(2);
    expect(screen.getByText('۷۷۳۱۰۹۹۰۰۰۳۶۱')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /رونوشت: شناسهٔ (قبض|پرداخت)/ })).toBeNull();
  });

  it.each([['sent', 'در حال پرداخت'], ['unknown', 'نامشخص'], ['suspense', 'در دست بررسی']] as const)('gives no number to copy of a bill whose payment is %s', async (state, said) => {
    const { bills } = order();
    server.on(get, json(200, order({ payments: [payment(state, { bills: bills.slice(0, 1).map(({ id }) => id) })] })));
    await openPortal(server, page);
    const [first, second] = await screen.findAllByRole('article');
    expect(first?.textContent).toContain(said);
    expect(within(first as HTMLElement).queryByRole('button')).toBeNull();
    expect(second?.textContent).toContain('پرداخت‌نشده');
    expect(within(second as HTMLElement).getAllByRole('button')).toHaveLength(2);
  });

  it('says beside the next attempt why the last one took nothing', async () => {
    server.on(get, json(200, order({ payments: [payment('failed', { reason: 'cancelled' })] })));
    await openPortal(server, page);
    const said = await screen.findByText('پرداخت پیشین (درگاه) این سبد را تسویه نکرد');
    expect(said.closest('[role=status], [role=alert]')?.textContent).toContain('پرداخت‌کننده انصراف داد');
  });

  it('opens the gateway in the tab of the click and watches until the money is certain', async () => {
    const tab = fakeTab();
    const sent = payment('sent', { redirect_url: gateway });
    const receipt = { number: 1040217, at: '2026-11-20T10:03:00Z', amount_rial: 5_700_000, rrn: '309118273645' };
    const done = order({ state: 'paid', paid_rial: 5_700_000, payments: [payment('captured', { receipt })] });
    server.on(get, json(200, order()));
    server.on(pay, () => {
      server.on(get, json(200, order({ payments: [sent] })), json(200, done));
      return json(201, sent);
    });
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'پرداخت از درگاه' }));
    await waitFor(() => expect(tab.location.replace).toHaveBeenCalledWith(gateway));
    expect(tab.opener).toBeNull();
    expect(window.open).toHaveBeenCalledWith('', '_blank');

    expect(await screen.findByText('رسید ۱۰۴۰۲۱۷', undefined, { timeout: 8000 })).toBeTruthy();
    expect(screen.getByText('۳۰۹۱۱۸۲۷۳۶۴۵')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^(پرداخت|تلاش)/ })).toBeNull();
  });

  it('calls unknown unknown, and offers no second payment', async () => {
    const tab = fakeTab();
    const unknown = payment('unknown');
    server.on(get, json(200, order()));
    server.on(pay, () => {
      server.on(get, json(200, order({ payments: [unknown] })));
      return json(202, unknown);
    });
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'پرداخت از درگاه' }));
    expect(await screen.findByText('نامشخص؛ در حال پیگیری، دوباره نگیرید')).toBeTruthy();
    expect(tab.close).toHaveBeenCalled();
    expect(tab.location.replace).not.toHaveBeenCalled();
    expect(screen.queryByRole('button', { name: /^(پرداخت|تلاش)/ })).toBeNull();
    expect(screen.queryByRole('button', { name: 'لغو سبد' })).toBeNull();
  });

  it('repeats a payment without an answer under its key, and begins a new one after a failed attempt', async () => {
    fakeTab();
    server.on(get, json(200, order()));
    server.on(pay, new TypeError('Failed to fetch'), (_seen) => {
      server.on(get, json(200, order({ payments: [payment('failed', { reason: 'cancelled' })] })));
      return json(201, payment('sent', { redirect_url: gateway }));
    });
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'پرداخت از درگاه' }));
    await screen.findByText('ارتباط با سامانه برقرار نشد');
    await user.click(screen.getByRole('button', { name: 'پرداخت از درگاه' }));
    await user.click(await screen.findByRole('button', { name: 'تلاش دوباره برای پرداخت' }, { timeout: 8000 }));
    await waitFor(() => expect(server.to(pay)).toHaveLength(3));
    const [first, second, third] = server.to(pay).map(({ headers }) => headers.get('Idempotency-Key'));
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('a press that is doubled is one payment and one tab', async () => {
    fakeTab();
    server.on(get, json(200, order()));
    server.on(pay, () => {
      server.on(get, json(200, order({ payments: [payment('sent')] })));
      return json(201, payment('sent', { redirect_url: gateway }));
    });
    const user = await openPortal(server, page);
    const button = await screen.findByRole('button', { name: 'پرداخت از درگاه' });
    button.click();
    button.click();
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect((await screen.findAllByText('در انتظار پرداخت')).length).toBeGreaterThan(0);
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(server.to(pay)).toHaveLength(1);
    expect(window.open).toHaveBeenCalledOnce();
  });

  it('a payment that another page has begun takes the place of the refusal', async () => {
    const tab = fakeTab();
    server.on(get, json(200, order()));
    server.on(pay, () => {
      server.on(get, json(200, order({ payments: [payment('sent', { redirect_url: gateway })] })));
      return problem(409, 'payment_in_flight');
    });
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'پرداخت از درگاه' }));
    expect(await screen.findByRole<HTMLAnchorElement>('link', { name: 'باز کردن صفحهٔ درگاه' })).toBeTruthy();
    expect(screen.queryByText('عنوان payment_in_flight')).toBeNull();
    expect(screen.queryByRole('button', { name: /^(پرداخت|تلاش)/ })).toBeNull();
    expect(tab.close).toHaveBeenCalled();
  });

  it('of a vehicle that owes elsewhere says so instead of the certificate, and looks it up again', async () => {
    server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, payments: [payment('captured')] })));
    server.on('POST /v1/certificates', problem(409, 'dues_outstanding'));
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'صدور گواهی' }));
    expect(await screen.findByText(/تا پرداخت آن گواهی صادر نمی‌شود/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'صدور گواهی' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'جست‌وجوی دوبارهٔ همین خودرو' }));
    expect(window.location.pathname).toBe(`/inquiries/${order().inquiry_id}`);
  });

  it('of a closed order leads to what is owed now', async () => {
    server.on(get, json(200, order({ state: 'expired' })));
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'جست‌وجوی دوبارهٔ همین خودرو' }));
    expect(window.location.pathname).toBe(`/inquiries/${order().inquiry_id}`);
  });

  it.each([[1, '1 city'], [2, '2 cities']])('counts %i in English', (count, words) => {
    expect(i18next.getFixedT('en')('payment.cities', { count, n: String(count) })).toBe(words);
  });

  it('cancels only after the question', async () => {
    server.on(get, json(200, order()));
    server.on(`POST /v1${page}/cancellation`, json(200, order({ state: 'cancelled' })));
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'لغو سبد' }));
    await user.click(await screen.findByRole('button', { name: 'نه، بماند' }));
    expect(server.to(`POST /v1${page}/cancellation`)).toHaveLength(0);
    await user.click(await screen.findByRole('button', { name: 'لغو سبد' }));
    await user.click(await screen.findByRole('button', { name: 'بله، لغو شود' }));
    expect(await screen.findByText(/این سبد لغو شده/)).toBeTruthy();
    expect(server.to(`POST /v1${page}/cancellation`)[0]?.headers.get('Idempotency-Key')).toBeTruthy();
  });

  it('issues the certificate and gives the PDF', async () => {
    const paid = order({ state: 'paid', paid_rial: 5_700_000, payments: [payment('captured')] });
    server.on(get, json(200, paid));
    server.on('POST /v1/certificates', () => {
      server.on(get, json(200, { ...paid, certificate_serial: certificate.serial }));
      return json(201, certificate);
    });
    server.on(`GET /v1/certificates/${certificate.serial}`, json(200, certificate));
    server.on(`GET /v1/certificates/${certificate.serial}/pdf`, new Response('%PDF-1.7', { headers: { 'Content-Type': 'application/pdf' } }));
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'صدور گواهی' }));
    expect(await screen.findByText(certificate.serial)).toBeTruthy();
    expect(screen.getByText('مفاصا تا پایان سال ۱۴۰۵')).toBeTruthy();
    const open = await screen.findByRole<HTMLAnchorElement>('link', { name: /باز کردن گواهی/ });
    expect(open.href).toBe('blob:http://office.test/paper');
    expect(server.to('POST /v1/certificates')[0]?.body).toEqual({ order_id: orderId });
    expect(server.to(`GET /v1/certificates/${certificate.serial}/pdf`)[0]?.headers.get('Authorization')).toBe('Bearer token-1');
  });

  it('says that an order is not this office\'s', async () => {
    server.on(get, problem(404, 'order_unknown'));
    await openPortal(server, page);
    expect(await screen.findByText('عنوان order_unknown')).toBeTruthy();
  });
});
