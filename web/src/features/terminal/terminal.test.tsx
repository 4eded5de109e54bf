import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { openPortal } from '../../test/app.tsx';
import { order, orderId, payment } from '../../test/fixtures.ts';
import { fakeServer, json, problem, type FakeServer } from '../../test/server.ts';

const page = `/orders/${orderId}`;
const get = `GET /v1${page}`;
const pay = `POST /v1${page}/payments`;
const device = '01936d5e-0000-7000-8000-000000000002';
const id = payment('sent').id;
const sale = `GET /v1/sales/${id}`;
const outcome = `POST /v1/payments/${id}/outcome`;
const later = new Date(Date.now() + 600_000).toISOString();
const sent = payment('sent', { method: 'terminal', provider: 'pcpos', terminal_order: 'signed.order', expires_at: later });
const receipt = { number: 1040217, at: '2026-11-20T10:03:00Z', amount_rial: 5_700_000 };

function saleOf(phase: string, state: string, more: object = {}) {
  return { payment_id: id, order_id: '1', amount_rial: 5_700_000, phase, state, message: { fa: `پیام ${phase}`, en: phase }, ...more };
}

function eventsOf(...sales: object[]): Response {
  return new Response(sales.map((one, at) => `id: ${at + 1}\nevent: x\ndata: ${JSON.stringify(one)}\n\n`).join(''), { headers: { 'Content-Type': 'text/event-stream' } });
}

const refused = (status: number, code: string) => problem(status, code, { title: 'no', title_fa: `نه: ${code}` });

let server: FakeServer;
beforeEach(() => {
  localStorage.clear();
  localStorage.setItem('mofasa.method', 'terminal');
  server = fakeServer();
});

function captures() {
  server.on(outcome, () => {
    server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, payments: [payment('captured', { method: 'terminal', receipt })] })));
    return json(200, payment('captured', { method: 'terminal', receipt }));
  });
}

describe('a payment at the card terminal', () => {
  it('goes to the agent as the server signed it, and its outcome back to the server', async () => {
    server.on(get, json(200, order()));
    server.on('GET /v1/status', json(200, { device_id: device, state: 'ready' }));
    server.on(pay, () => {
      server.on(get, json(200, order({ payments: [sent] })));
      return json(201, sent);
    });
    server.on(sale, refused(404, 'pos_payment_unknown'));
    server.on('POST /v1/sales', json(202, saleOf('connecting', 'pending')));
    server.on(`${sale}/events`, eventsOf(saleOf('waiting_for_card', 'pending'), saleOf('done', 'approved', { outcome: 'signed.outcome' })));
    captures();
    const user = await openPortal(server, page);
    await screen.findByText('کارت‌خوان این رایانه آماده است');
    await user.click(screen.getByRole('button', { name: 'فرستادن مبلغ به کارت‌خوان' }));
    expect(await screen.findByText('رسید ۱۰۴۰۲۱۷')).toBeTruthy();
    expect(server.to(pay)[0]?.body).toEqual({ method: 'terminal', device_id: device });
    expect(server.to('POST /v1/sales').map(({ body }) => body)).toEqual([{ order: 'signed.order' }]);
    expect(server.to(outcome).map(({ body }) => body)).toEqual([{ outcome: 'signed.outcome' }]);
    expect(server.seen.filter(({ path }) => /sales|status/.test(path)).every(({ headers }) => !headers.has('Authorization'))).toBe(true);
  });

  it('is taken up again by a page that was reloaded, without selling twice', async () => {
    server.on(get, json(200, order({ payments: [sent] })));
    server.on(sale, json(200, saleOf('waiting_for_card', 'pending')));
    server.on(`${sale}/events`, eventsOf(saleOf('done', 'approved', { outcome: 'signed.outcome' })));
    captures();
    await openPortal(server, page);
    expect(await screen.findByText('رسید ۱۰۴۰۲۱۷')).toBeTruthy();
    expect(server.to('POST /v1/sales')).toHaveLength(0);
  });

  it('of which nobody knows the end is being checked, and nothing is taken again', async () => {
    const doubt = saleOf('unknown', 'unknown', { outcome: 'signed.doubt', next_search_at: '2026-11-20T10:30:00Z' });
    server.on(get, json(200, order({ payments: [payment('unknown', { method: 'terminal' })] })));
    server.on(sale, json(200, doubt));
    server.on(outcome, json(200, payment('unknown', { method: 'terminal' })));
    server.on(`POST /v1/sales/${id}/recover`, json(202, { ...doubt, phase: 'recovering' }));
    const user = await openPortal(server, page);
    expect(await screen.findByText('پرسش بعدی ساعت ۱۴:۰۰')).toBeTruthy();
    expect(screen.getByText('نامشخص؛ در حال پیگیری، دوباره نگیرید')).toBeTruthy();
    await waitFor(() => expect(server.to(outcome).map(({ body }) => body)).toEqual([{ outcome: 'signed.doubt' }]));
    await user.click(screen.getByRole('button', { name: 'همین حالا از کارت‌خوان بپرس' }));
    await waitFor(() => expect(server.to(`POST /v1/sales/${id}/recover`)).toHaveLength(1));
    expect(screen.queryByRole('radio')).toBeNull();
    expect(screen.queryByRole('button', { name: /^(پرداخت|تلاش|فرستادن)/ })).toBeNull();
  });

  it('that the agent refuses for ever ends at once by its signed word, and says so', async () => {
    const failed = payment('failed', { method: 'terminal', reason: 'terminal_declined' });
    server.on(get, json(200, order({ payments: [sent] })));
    server.on('GET /v1/status', json(200, { device_id: device, state: 'ready' }));
    server.on(sale, refused(404, 'pos_payment_unknown'));
    server.on('POST /v1/sales', () => {
      server.on(sale, json(200, saleOf('done', 'declined', { code: 'never_begun', outcome: 'signed.never' })));
      return problem(409, 'pos_in_progress', { title: 'busy', title_fa: 'مشغول', outcome: 'signed.never' });
    });
    server.on(outcome, () => {
      server.on(get, json(200, order({ payments: [failed] })));
      return json(200, failed);
    });
    await openPortal(server, page);
    expect(await screen.findByRole('button', { name: 'تلاش دوباره برای پرداخت' })).toBeTruthy();
    expect(server.to(outcome).map(({ body }) => body)).toEqual([{ outcome: 'signed.never' }]);
    expect(await screen.findByText('پیام done')).toBeTruthy();
    expect(screen.getByText('اکنون می‌توانید دوباره بفرستید یا روش دیگری برگزینید.')).toBeTruthy();
  });

  it('that nobody brought in time is spoken for by the agent, and ends', async () => {
    const late = payment('unknown', { method: 'terminal', reason: 'no_outcome', terminal_order: 'late.order', expires_at: '2026-01-01T00:00:00Z' });
    const failed = payment('failed', { method: 'terminal', reason: 'terminal_declined' });
    server.on(get, json(200, order({ payments: [late] })));
    server.on('GET /v1/status', json(200, { device_id: device, state: 'ready' }));
    server.on(sale, refused(404, 'pos_payment_unknown'));
    server.on(`POST /v1/sales/${id}/recover`, json(202, saleOf('done', 'declined', { code: 'never_begun', outcome: 'signed.never' })));
    server.on(outcome, () => {
      server.on(get, json(200, order({ payments: [failed] })));
      return json(200, failed);
    });
    await openPortal(server, page);
    expect(await screen.findByRole('button', { name: 'تلاش دوباره برای پرداخت' })).toBeTruthy();
    expect(server.to(`POST /v1/sales/${id}/recover`)[0]?.body).toEqual({ order: 'late.order' });
    expect(server.to('POST /v1/sales')).toHaveLength(0);
  });

  it('whose time has just run out waits for the agent, and offers nothing meanwhile', async () => {
    const late = payment('sent', { method: 'terminal', terminal_order: 'late.order', expires_at: '2026-01-01T00:00:00Z' });
    server.on(get, json(200, order({ payments: [late] })));
    server.on(sale, refused(404, 'pos_payment_unknown'));
    server.on(`POST /v1/sales/${id}/recover`, refused(409, 'pos_order_open'));
    await openPortal(server, page);
    expect(await screen.findByText(/مهلت این پرداخت تازه گذشته است/)).toBeTruthy();
    expect(screen.queryByRole('radio')).toBeNull();
    expect(screen.queryByRole('button', { name: /^(پرداخت|تلاش|فرستادن)/ })).toBeNull();
    expect(server.to(outcome)).toHaveLength(0);
  });

  it('of another machine says where to go, and begins nothing', async () => {
    server.on(get, json(200, order({ payments: [sent] })));
    server.on(sale, refused(404, 'pos_payment_unknown'));
    server.on('POST /v1/sales', refused(422, 'pos_order'));
    await openPortal(server, page);
    expect(await screen.findByText(/برای کارت‌خوان این رایانه نیست/)).toBeTruthy();
    expect(screen.getByText(/روی همان رایانه باز کنید/)).toBeTruthy();
    expect(server.to(outcome)).toHaveLength(0);
  });
});

describe('the agent', () => {
  it('that is absent is explained, and no payment can be sent', async () => {
    server.on(get, json(200, order()));
    server.on('GET /v1/status', new TypeError('Failed to fetch'));
    const user = await openPortal(server, page);
    expect(await screen.findByText('برنامهٔ کارت‌خوان روی این رایانه پاسخ نمی‌دهد')).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'فرستادن مبلغ به کارت‌خوان' }).disabled).toBe(true);
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(server.to(pay)).toHaveLength(0);
    server.on('GET /v1/status', json(200, { device_id: device, state: 'ready' }));
    await user.click(screen.getByRole('button', { name: 'تلاش دوباره' }));
    expect(await screen.findByText('کارت‌خوان این رایانه آماده است')).toBeTruthy();
  });

  it('that knows how a sale ended whose page has closed lets the server know, once', async () => {
    const old = '0198a000-0000-7000-8000-0000000000fe';
    const latest = { ...saleOf('done', 'approved', { outcome: 'old.outcome' }), payment_id: old };
    server.on(get, json(200, order()));
    server.on('GET /v1/status', json(200, { device_id: device, state: 'ready', latest }));
    server.on(`GET /v1/payments/${old}`, json(200, payment('sent', { id: old, method: 'terminal' })));
    server.on(`POST /v1/payments/${old}/outcome`, json(200, payment('captured', { id: old, method: 'terminal' })));
    await openPortal(server, page);
    await screen.findByText('کارت‌خوان این رایانه آماده است');
    await waitFor(() => expect(server.to(`POST /v1/payments/${old}/outcome`).map(({ body }) => body)).toEqual([{ outcome: 'old.outcome' }]));
  });

  it('that is at another sale is explained, and another method can be chosen', async () => {
    server.on(get, json(200, order()));
    server.on('GET /v1/status', json(200, { device_id: device, state: 'busy', sale: saleOf('waiting_for_card', 'pending') }));
    const user = await openPortal(server, page);
    expect(await screen.findByText('کارت‌خوان در حال انجام پرداخت دیگری است')).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'فرستادن مبلغ به کارت‌خوان' }).disabled).toBe(true);
    await user.click(screen.getByRole('radio', { name: 'درگاه' }));
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'پرداخت از درگاه' }).disabled).toBe(false);
  });

  it('that is held by a payment which the server has settled gets the word to go on', async () => {
    const old = '0198a000-0000-7000-8000-0000000000ff';
    const held = { ...saleOf('unknown', 'unknown'), payment_id: old, outcome: 'old.doubt' };
    server.on(get, json(200, order()));
    server.on('GET /v1/status', json(200, { device_id: device, state: 'unknown', sale: held }));
    server.on(`POST /v1/sales/${old}/recover`, json(202, held));
    server.on(`POST /v1/payments/${old}/outcome`, json(200, payment('suspense', { id: old })));
    server.on(`GET /v1/payments/${old}`, json(200, payment('suspense', { id: old })));
    server.on(`GET /v1/sales/${old}`, json(200, held));
    server.on(`POST /v1/payments/${old}/terminal-release`, json(200, { release: 'signed.release' }));
    server.on(`POST /v1/sales/${old}/release`, () => {
      server.on('GET /v1/status', json(200, { device_id: device, state: 'ready' }));
      return json(200, { ...held, phase: 'released' });
    });
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'پیگیری پرداخت پیشین' }));
    expect(await screen.findByText('کارت‌خوان این رایانه آماده است')).toBeTruthy();
    expect(server.to(`POST /v1/sales/${old}/release`)[0]?.body).toEqual({ release: 'signed.release' });
  });
});
