import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { openPortal } from '../../test/app.tsx';
import { order, orderId, payment } from '../../test/fixtures.ts';
import { fakeServer, json, problem } from '../../test/server.ts';

// What the server permits a cashier.
const cashier = ['inquiries.create', 'orders.create', 'orders.read', 'payments.create', 'certificates.issue', 'certificates.read', 'deposits.read', 'shifts.keep', 'refunds.read'];
const everything = ['inquiries.create', 'orders.read', 'refunds.read', 'refunds.request'];
const summary = {
  id: orderId, state: 'open', plate: '12b14547', cities: 2, total_rial: 5_700_000, paid_rial: 0, person_name: 'مریم احمدی', created_at: '2026-11-20T10:00:00Z',
  payment_state: 'unknown', payment_method: 'gateway',
};

describe('the visits', () => {
  it('are those of today, and say of money in doubt that it is in doubt', async () => {
    const server = fakeServer();
    server.on('POST /v1/orders/searches', json(200, { orders: [summary] }));
    await openPortal(server, '/visits', everything);
    const table = await screen.findByRole('table');
    expect(within(table).getByText('نامشخص')).toBeTruthy();
    expect(within(table).getByText('مریم احمدی')).toBeTruthy();
    expect(server.to('POST /v1/orders/searches')[0]?.body).toMatchObject({ day: expect.stringMatching(/^1[45]\d\d\/\d\d\/\d\d$/) });
  });

  it('are found by a number or a plate, which stand in no address', async () => {
    const server = fakeServer();
    server.on('POST /v1/orders/searches', json(200, { orders: [] }), json(200, { orders: [summary] }));
    const user = await openPortal(server, '/visits', everything);
    await screen.findByText('در این روز سبدی صادر نشده است');
    await user.type(screen.getByRole('textbox', { name: 'شماره' }), '۱۰۰۰۰۱{Enter}');
    expect(await screen.findByText('یافته‌ها')).toBeTruthy();
    await user.click(screen.getByRole('radio', { name: 'پلاک خودرو' }));
    await user.paste('12ب14547');
    await user.click(screen.getByRole('button', { name: 'جستجو' }));
    await screen.findByRole('table');
    const bodies = server.to('POST /v1/orders/searches').map(({ body }) => body as { plate?: string; number?: string });
    expect(bodies[1]?.number).toBe('۱۰۰۰۰۱');
    expect(bodies.at(-1)?.plate).toBe('12ب14547');
    expect(window.location.href).not.toMatch(/100001|14547|%D9/);
    await user.click(screen.getByRole('button', { name: 'بازگشت به فهرست روز' }));
    expect(await screen.findByText(/^مراجعه‌های/)).toBeTruthy();
  });

  it('stay as they were sought on the way back from one of them', async () => {
    const server = fakeServer();
    server.on('POST /v1/orders/searches', json(200, { orders: [summary] }));
    server.on(`GET /v1/orders/${orderId}`, json(200, order()));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: [] }));
    const user = await openPortal(server, '/visits', everything);
    await user.type(await screen.findByRole('textbox', { name: 'شماره' }), '100001{Enter}');
    await screen.findByText('یافته‌ها');
    for (const back of [async () => window.history.back(), async () => user.click(screen.getByRole('link', { name: 'همهٔ مراجعه‌ها' }))]) {
      await user.click(within(await screen.findByRole('table')).getByRole('link'));
      await screen.findByRole('heading', { name: 'جزئیات مراجعه' });
      await back();
      expect(await screen.findByText('یافته‌ها')).toBeTruthy();
      expect(screen.getByRole('textbox', { name: 'شماره' })).toHaveProperty('value', '100001');
    }
    await user.click(screen.getByRole('button', { name: 'بازگشت به فهرست روز' }));
    await user.click(await screen.findByRole('button', { name: 'روز پیش' }));
    const shown = (await screen.findByText(/^مراجعه‌های/)).textContent;
    await user.click(within(await screen.findByRole('table')).getByRole('link'));
    await screen.findByRole('heading', { name: 'جزئیات مراجعه' });
    window.history.back();
    await waitFor(() => expect(screen.getByText(/^مراجعه‌های/).textContent).toBe(shown));
  });

  it('are those of a plate that another page hands over, which stands in no address', async () => {
    const server = fakeServer();
    server.on('POST /v1/orders/searches', json(200, { orders: [summary] }));
    const user = await openPortal(server, '/', everything);
    await screen.findByText('استعلام بدهی خودرو');
    window.history.pushState({ usr: { plate: '12ب14547' }, key: 'k', idx: 1 }, '', '/visits');
    window.dispatchEvent(new PopStateEvent('popstate', { state: window.history.state }));
    expect(await screen.findByText('یافته‌ها')).toBeTruthy();
    expect(server.to('POST /v1/orders/searches').map(({ body }) => (body as { plate?: string }).plate)).toEqual(['12ب14547']);
    expect(screen.getByRole('radio', { name: 'پلاک خودرو' })).toHaveProperty('checked', true);
    expect(decodeURI(window.location.href)).not.toContain('14547');
    await user.click(screen.getByRole('button', { name: 'بازگشت به فهرست روز' }));
    expect(await screen.findByText(/^مراجعه‌های/)).toBeTruthy();
  });

  it('are not for whoever may not read orders', async () => {
    const server = fakeServer();
    await openPortal(server, '/visits', ['inquiries.create']);
    expect(await screen.findByText('مجاز نیستید')).toBeTruthy();
    expect(server.to('POST /v1/orders/searches')).toHaveLength(0);
  });

  it('say what the server says when it refuses', async () => {
    const server = fakeServer();
    server.on('POST /v1/orders/searches', problem(403, 'not_permitted'));
    await openPortal(server, '/visits', everything);
    expect(await screen.findByText('عنوان not_permitted')).toBeTruthy();
  });
});

describe('a visit', () => {
  const story = [
    { at: '2026-11-20T09:59:00Z', kind: 'inquiry', actor: 'person', person_name: 'مریم احمدی', reason: 'settlement' },
    { at: '2026-11-20T10:00:00Z', kind: 'order', actor: 'person', person_name: 'مریم احمدی', amount_rial: 5_700_000 },
    { at: '2026-11-20T10:01:00Z', kind: 'payment', actor: 'system', method: 'gateway', state: 'captured', payment_id: payment('captured').id },
    { at: '2026-11-20T10:02:00Z', kind: 'receipt', actor: 'system', number: '100001', amount_rial: 5_700_000 },
    { at: '2026-11-20T10:03:00Z', kind: 'moonshine', actor: 'nobody' },
  ];

  it('tells its story in order, and shows what it does not know by its code', async () => {
    const server = fakeServer();
    server.on(`GET /v1/orders/${orderId}`, json(200, order()));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: story }));
    await openPortal(server, `/visits/${orderId}`, everything);
    const steps = (await screen.findAllByRole('listitem')).map((item) => item.querySelector('strong')?.textContent).filter(Boolean);
    expect(steps).toEqual(['استعلام برای تسویه', 'صدور سبد', 'درگاه: دریافت شد', 'رسید \u2066۱۰۰۰۰۱\u2069', 'moonshine']);
  });

  it('asks the cities for a refund once, of exactly what is left', async () => {
    const paid = payment('captured');
    const refunds = `/v1/payments/${paid.id}/refunds`;
    const asked = `POST /v1/payments/${paid.id}/refund-requests`;
    const [first, second] = order().bills;
    const part = (bill: string | undefined, available: number, city: number) => ({ municipality_code: city, bill_id: bill, paid_rial: available, refunded_rial: 0, available_rial: available });
    const server = fakeServer();
    server.on(`GET /v1/orders/${orderId}`, json(200, order({ state: 'paid', payments: [paid] })));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: story }));
    server.on(`GET ${refunds}`, json(200, { refunds: [], parts: [part(first?.id, 5_000_000, 1), part(second?.id, 700_000, 2), part(undefined, 120_000, 0)] }));
    server.on(asked, new TypeError('cut'), json(202, { refunds: [] }));
    const user = await openPortal(server, `/visits/${orderId}`, everything);
    await user.click(await screen.findByRole('button', { name: 'درخواست بازگشت وجه' }));
    await user.type(await screen.findByLabelText('دلیل درخواست'), 'اشتباه پرداخت شد');
    await user.click(screen.getByRole('button', { name: 'فرستادن درخواست' }));
    await user.click(await screen.findByRole('button', { name: 'تلاش دوباره' }));
    expect(await screen.findByText(/منتظر تصمیم شهرداری است/)).toBeTruthy();
    const sent = server.to(asked);
    expect(sent.map(({ body }) => body)).toEqual(Array(2).fill({ expected_available_rial: 5_700_000, reason: 'اشتباه پرداخت شد' }));
    expect(new Set(sent.map(({ headers }) => headers.get('Idempotency-Key'))).size).toBe(1);
  });

  it('asks for a part of one bill, and tells of each refund what comes next', async () => {
    const paid = payment('captured');
    const [first] = order().bills;
    const refunds = `/v1/payments/${paid.id}/refunds`;
    const parts = [{ municipality_code: 1, bill_id: first?.id, paid_rial: 5_000_000, refunded_rial: 0, available_rial: 5_000_000 }];
    const refund = { id: 'r1', group_id: 'g', payment_id: paid.id, municipality_code: 1, bill_id: first?.id, kind: 'refund', amount_rial: 1000, whole: false, reason: 'دوباره پرداخت شد', requested_by: 'p', requested_at: '2026-11-20T10:00:00Z', expires_at: '2026-11-27T10:00:00Z' };
    const server = fakeServer();
    server.on(`GET /v1/orders/${orderId}`, json(200, order({ state: 'paid', payments: [paid] })));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: story }));
    server.on(`GET ${refunds}`, json(200, { parts, refunds: [{ ...refund, state: 'refused' }, { ...refund, id: 'r2', state: 'granted', channel: 'deposit', whole: true }, { ...refund, id: 'r3', state: 'waiting' }] }));
    server.on(`POST /v1/payments/${paid.id}/refund-requests`, json(202, { refunds: [] }));
    const user = await openPortal(server, `/visits/${orderId}`, everything);
    const list = await screen.findByRole('list', { name: 'بازگشت وجه' });
    const [refused, granted, waiting] = within(list).getAllByRole('listitem').map((item) => item.textContent);
    expect(refused).toMatch(/پولی برنگشته است/);
    expect(granted).toMatch(/به سپردهٔ دفتر برمی‌گردد.*دوباره قابل پرداخت/);
    expect(waiting).toMatch(/شهرداری تا ۱۴۰۵\/۰۹\/۰۶ تصمیم می‌گیرد/);
    await user.click(screen.getByRole('button', { name: 'درخواست بازگشت وجه' }));
    await user.type(await screen.findByLabelText('دلیل درخواست'), 'بخشی اضافه بود');
    expect(screen.queryByLabelText(/بخشی از قبض/)).toBeNull();
    await user.click(screen.getByRole('combobox', { name: 'از کدام قبض' }));
    await user.click(await screen.findByRole('option', { name: /تهران/ }));
    const amount = screen.getByLabelText(/بخشی از قبض/);
    await user.type(amount, '6000000');
    expect(screen.getByText('بیش از مبلغ قابل بازگشت است')).toBeTruthy();
    await user.clear(amount);
    await user.type(amount, '250000');
    await user.click(screen.getByRole('button', { name: 'فرستادن درخواست' }));
    await screen.findByText(/منتظر تصمیم شهرداری است/);
    expect(server.to(`POST /v1/payments/${paid.id}/refund-requests`)[0]?.body).toEqual({ bill_id: first?.id, amount_rial: 250_000, expected_available_rial: 5_000_000, reason: 'بخشی اضافه بود' });
  });

  it.each([
    [{ state: 'waiting' }, /منتظر شهرداری.*شهرداری تا ۱۴۰۵\/۰۹\/۰۶ تصمیم می‌گیرد/],
    [{ state: 'refused', remark: 'پرداخت درست بوده است' }, /پذیرفته نشد.*نپذیرفتند و پولی برنگشته است\. *پاسخ: پرداخت درست بوده است/],
    [{ state: 'refused' }, /پذیرفته نشد.*یا مهلت تصمیم گذشت؛ پولی برنگشته است/],
    [{ state: 'paid', channel: 'payout', reference: '77' }, /بازگردانده شد.*به شبای پرداخت‌کننده واریز شد.*۷۷/],
  ] as const)('tells a cashier where a refund stands that they may not ask for: %j', async (stands, words) => {
    const paid = payment('captured');
    const refund = { id: 'r1', group_id: 'g', payment_id: paid.id, municipality_code: 1, bill_id: order().bills[0]?.id, kind: 'refund', amount_rial: 1000, whole: false, reason: 'دوباره پرداخت شد', requested_by: 'p', requested_at: '2026-11-20T10:00:00Z', expires_at: '2026-11-27T10:00:00Z' };
    const server = fakeServer();
    server.on(`GET /v1/orders/${orderId}`, json(200, order({ state: 'paid', payments: [paid] })));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: story }));
    server.on(`GET /v1/payments/${paid.id}/refunds`, json(200, { refunds: [{ ...refund, ...stands }], parts: [] }));
    await openPortal(server, `/visits/${orderId}`, cashier);
    const item = within(await screen.findByRole('list', { name: 'بازگشت وجه' })).getByRole('listitem');
    expect(item.textContent).toMatch(words);
    expect(item.textContent).toContain('دوباره پرداخت شد');
    expect(screen.queryByRole('button', { name: 'درخواست بازگشت وجه' })).toBeNull();
  });

  it('says to a cashier that no refund was asked for', async () => {
    const paid = payment('captured');
    const server = fakeServer();
    server.on(`GET /v1/orders/${orderId}`, json(200, order({ state: 'paid', payments: [paid] })));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: story }));
    server.on(`GET /v1/payments/${paid.id}/refunds`, json(200, { refunds: [], parts: [] }));
    await openPortal(server, `/visits/${orderId}`, cashier);
    expect(await screen.findByText('بازگشت وجهی درخواست نشده است.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'درخواست بازگشت وجه' })).toBeNull();
  });

  it.each([['open', undefined, 'ادامهٔ پرداخت'], ['paid', undefined, 'صدور گواهی'], ['paid', 'MF-1', 'باز کردن سبد'], ['cancelled', undefined, 'باز کردن سبد']] as const)('that is %s, with the certificate %s, leads on by «%s»', async (state, serial, name) => {
    const server = fakeServer();
    server.on(`GET /v1/orders/${orderId}`, json(200, order({ state, ...(serial && { certificate_serial: serial }) })));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: story }));
    await openPortal(server, `/visits/${orderId}`, ['orders.read', 'payments.create', 'certificates.issue']);
    expect((await screen.findByRole('link', { name })).getAttribute('href')).toBe(`/orders/${orderId}`);
  });

  it('shows its papers one press away, the serial as it stands on the certificate', async () => {
    const paid = { ...payment('captured'), receipt: { number: 100001, at: '2026-11-20T10:02:00Z', amount_rial: 5_700_000 } };
    const server = fakeServer();
    server.on(`GET /v1/orders/${orderId}`, json(200, order({ state: 'paid', certificate_serial: 'PG12-NA43', payments: [paid] })));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: [{ at: '2026-11-20T10:04:00Z', kind: 'certificate', state: 'issued', number: 'PG12-NA43' }] }));
    server.on('GET /v1/certificates/PG12-NA43', problem(503, 'unavailable'));
    server.on('GET /v1/certificates/PG12-NA43/pdf', problem(503, 'unavailable'));
    const user = await openPortal(server, `/visits/${orderId}`, ['orders.read', 'payments.create', 'certificates.issue']);
    expect(await screen.findByText('صدور گواهی \u2066PG12-NA43\u2069')).toBeTruthy();
    expect(screen.getByText('PG12-NA43')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'چاپ رسید' })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'گواهی' }));
    expect(await screen.findByRole('dialog', { name: 'گواهی' })).toBeTruthy();
  });

  it.each([[['orders.read', 'certificates.issue'], false], [[...everything, 'certificates.issue'], true]] as const)('whose money is asked back says so before anything else (%j)', async (may, reads) => {
    const paid = payment('captured');
    const server = fakeServer();
    server.on(`GET /v1/orders/${orderId}`, json(200, order({ state: 'paid', payments: [paid] })));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: [...story, { at: '2026-11-20T10:05:00Z', kind: 'refund', state: 'waiting', amount_rial: 1000 }] }));
    const refund = { id: 'r1', group_id: 'g', payment_id: paid.id, municipality_code: 1, kind: 'refund', amount_rial: 1000, whole: false, reason: 'x', requested_by: 'p', requested_at: '2026-11-20T10:05:00Z', expires_at: '2026-11-27T10:00:00Z', state: 'waiting' };
    server.on(`GET /v1/payments/${paid.id}/refunds`, json(200, { refunds: [refund], parts: [] }));
    await openPortal(server, `/visits/${orderId}`, [...may]);
    await screen.findByText('بازگشت وجه: درخواست شده');
    await waitFor(() => expect(screen.queryByRole('button', { name: 'بازگشت وجه: درخواست شده' }) !== null).toBe(reads));
    expect(screen.queryByRole('link', { name: 'صدور گواهی' })).toBeNull();
    expect(screen.getByRole('link', { name: 'باز کردن سبد' })).toBeTruthy();
  });

  it('is reached by keys alone', async () => {
    const server = fakeServer();
    server.on('POST /v1/orders/searches', json(200, { orders: [summary] }));
    server.on(`GET /v1/orders/${orderId}`, json(200, order()));
    server.on(`GET /v1/orders/${orderId}/timeline`, json(200, { events: story }));
    const user = await openPortal(server, '/profile', ['orders.read']);
    await screen.findByRole('heading', { name: 'حساب من' });
    await user.keyboard('{Alt>}4{/Alt}');
    const link = within(await screen.findByRole('table')).getByRole('link');
    for (let n = 0; n < 30 && document.activeElement !== link; n += 1) await user.tab();
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('heading', { name: 'جزئیات مراجعه' })).toBeTruthy();
    // What the person may not use has no key.
    await user.keyboard('{Alt>}5{/Alt}');
    expect(window.location.pathname).toBe(`/visits/${orderId}`);
  });
});
