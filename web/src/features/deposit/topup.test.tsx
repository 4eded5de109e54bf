import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '../../app/App.tsx';
import { openPortal } from '../../test/app.tsx';
import { payment, session } from '../../test/fixtures.ts';
import { fakeServer, json, problem, type FakeServer } from '../../test/server.ts';

const may = ['inquiries.create', 'deposits.read', 'deposits.manage'];
const { id } = payment('sent');
const get = `GET /v1/payments/${id}`;
const start = 'POST /v1/deposit/topups';
const list = 'GET /v1/deposit/topups';
const statement = 'GET /v1/deposit/statement';
const underWay = (...payments: unknown[]) => json(200, { payments });

let server: FakeServer;
beforeEach(() => {
  server = fakeServer();
  server.on('GET /v1/deposit', json(200, { available_rial: 5_000_000, held_rial: 0, warn_below_rial: 0, low: false }));
  server.on(statement, json(200, { moves: [] }));
  server.on(list, underWay());
  server.on('GET /v1/deposit/transfers', json(200, { transfers: [] }));
  server.on('GET /v1/deposit/withdrawals', json(200, { withdrawals: [] }));
});

const panel = async () => within((await screen.findByRole('heading', { name: 'افزایش با کارت' })).closest('section') as HTMLElement);
const begin = async (user: UserEvent, amount: string) => user.type((await panel()).getByLabelText('مبلغ (ریال)'), `${amount}{Enter}`);
const keysOf = (route: string) => server.to(route).map(({ headers }) => headers.get('Idempotency-Key'));

describe('a top-up', () => {
  it('that is undecided is gone on with after a reload, not offered again, and shown once', async () => {
    server.on(start, () => {
      server.on(list, underWay(payment('unknown')));
      return json(202, payment('unknown'));
    });
    server.on(get, json(200, payment('unknown')));
    const user = await openPortal(server, '/deposit', may);
    await begin(user, '5700000');
    const waits = async () => {
      await (await panel()).findByText('نامشخص');
      expect(window.location.pathname + window.location.search).toBe(`/deposit?payment=${id}`);
      expect((await panel()).queryByRole('button')).toBeNull();
      expect(screen.queryByRole('list', { name: 'افزایش‌های در راه' })).toBeNull();
    };
    await waits();
    cleanup();
    server.on('POST /v1/sessions/refresh', json(200, session(may)));
    render(<App />);
    await waits();
    expect(server.to(start)).toHaveLength(1);
  });

  it('whose answer was lost is listed where somebody comes back, and not made twice without a word', async () => {
    server.on(start, new TypeError('cut'));
    server.on(list, underWay(), underWay(payment('unknown', { decided_by: '2026-11-20T11:01:00Z' })));
    const user = await openPortal(server, '/deposit', may);
    await begin(user, '5700000');
    await (await panel()).findByRole('button', { name: 'تلاش دوباره' });
    // There the same request goes once more: it is no other payment, and is not called one.
    await screen.findByRole('list', { name: 'افزایش‌های در راه' });
    expect((await panel()).getByRole('button', { name: 'ساخت پرداخت' })).toBeTruthy();
    await user.click(screen.getByRole('link', { name: 'پیشخوان' }));
    await waitFor(() => expect(window.location.pathname).toBe('/'));
    await user.click(screen.getByRole('link', { name: 'سپرده' }));
    const rows = within(await screen.findByRole('list', { name: 'افزایش‌های در راه' })).getAllByRole('listitem').map(({ textContent }) => textContent);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatch(/۵٬۷۰۰٬۰۰۰.*نامشخص.*از ۱۴۰۵\/۰۸\/۲۹، ۱۳:۳۱.*دوباره نپردازید.*حداکثر تا ۱۴۰۵\/۰۸\/۲۹، ۱۴:۳۱/);
    expect(server.to(list).every(({ search }) => search.get('undecided') === 'true')).toBe(true);
    const form = await panel();
    await user.type(form.getByLabelText('مبلغ (ریال)'), '5700000');
    expect(form.getByText('افزایشی با همین مبلغ در راه است')).toBeTruthy();
    expect(form.getByRole('button', { name: 'ساخت پرداخت' })).toHaveProperty('disabled', true);
    await user.keyboard('{Enter}');
    expect(server.to(start)).toHaveLength(1);
    await user.type(form.getByLabelText('مبلغ (ریال)'), '0');
    expect(form.queryByText('افزایشی با همین مبلغ در راه است')).toBeNull();
    expect(form.getByRole('button', { name: 'ساخت پرداخت' })).toHaveProperty('disabled', false);
  });

  const gate = (left: number) => payment('sent', { redirect_url: 'https://gateway.test/pay', expires_at: new Date(Date.now() + left).toISOString() });
  it.each([
    ['whose payer is at the gateway', () => [gate(3_600_000)], true],
    ['whose gateway has closed', () => [gate(-1000)], false],
    ['that money came for', () => [payment('suspense')], false],
    ['of which a newer one can be paid, and an older one is unknown', () => [gate(3_600_000), { ...payment('unknown'), id: '0198a000-0000-7000-8000-00000000000d' }], false],
  ] as const)('of the amount of one %s: offered by its name, or not at all (%#)', async (_, made, offered) => {
    server.on(list, underWay(...made()));
    const user = await openPortal(server, '/deposit', may);
    await screen.findByRole('list', { name: 'افزایش‌های در راه' });
    const form = await panel();
    await user.type(form.getByLabelText('مبلغ (ریال)'), '5700000');
    expect(form.getByText('افزایشی با همین مبلغ در راه است')).toBeTruthy();
    expect(form.getByRole('button', { name: offered ? 'با این همه، یک پرداخت دیگر' : 'ساخت پرداخت' })).toHaveProperty('disabled', !offered);
  });

  it('that was refused is not the same wish when it is sent again', async () => {
    server.on(start, problem(409, 'gateway_closed'));
    server.on(list, underWay(payment('unknown')));
    const user = await openPortal(server, '/deposit', may);
    await screen.findByRole('list', { name: 'افزایش‌های در راه' });
    await begin(user, '1000');
    await (await panel()).findByText('عنوان gateway_closed');
    server.on(list, underWay({ ...payment('unknown'), amount_rial: 1000 }));
    await waitFor(async () => expect((await panel()).getByText('افزایشی با همین مبلغ در راه است')).toBeTruthy(), { timeout: 4_000 });
    expect((await panel()).getByRole('button', { name: 'ساخت پرداخت' })).toHaveProperty('disabled', true);
  });

  it('under way leaves the list once it is decided, and the statement is asked for again; one that came to nothing is told', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      const lost = { ...payment('failed', { reason: 'cancelled' }), id: '0198a000-0000-7000-8000-00000000000d', amount_rial: 70_000 };
      server.on(list, underWay(payment('unknown'), { ...lost, state: 'sent' }), underWay());
      server.on(get, json(200, payment('captured')));
      server.on(`GET /v1/payments/${lost.id}`, json(200, lost));
      await openPortal(server, '/deposit', may);
      expect(within(await screen.findByRole('list', { name: 'افزایش‌های در راه' })).getAllByRole('listitem')).toHaveLength(2);
      await waitFor(() => expect(server.to(statement)).toHaveLength(1));
      await vi.advanceTimersByTimeAsync(2_100);
      await waitFor(() => expect(screen.queryByRole('list', { name: 'افزایش‌های در راه' })).toBeNull());
      await waitFor(() => expect(server.to(statement).length).toBeGreaterThan(1));
      expect(server.to('GET /v1/deposit').length).toBeGreaterThan(1);
      expect(await screen.findByText('افزایش ۷۰٬۰۰۰ ریال انجام نشد و چیزی به سپرده افزوده نشد')).toBeTruthy();
      expect(screen.queryByText(/^افزایش ۵٬۷۰۰٬۰۰۰ ریال انجام نشد/)).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['sent', 3_600_000, /صفحهٔ درگاه هنوز باز است/, true],
    ['sent', -1000, /در حال بررسی است/, false],
    ['suspense', 3_600_000, /پشتیبانی بررسی می‌کند/, false],
  ] as const)('that is %s, with %i ms left, says what to do', async (state, left, words, leads) => {
    server.on(list, underWay(payment(state, { redirect_url: 'https://gateway.test/pay', expires_at: new Date(Date.now() + left).toISOString() })));
    await openPortal(server, '/deposit', ['inquiries.create', 'deposits.read']);
    const row = within(await screen.findByRole('listitem', { name: '' }));
    expect(row.getByText(words)).toBeTruthy();
    expect(row.queryByRole('link', { name: 'رفتن به درگاه' })?.getAttribute('href') ?? null).toBe(leads ? 'https://gateway.test/pay' : null);
  });

  it('is not begun before it is known what is under way', async () => {
    let tell = (_: Response) => {};
    server.on(list, () => new Promise((resolve) => (tell = resolve)));
    const user = await openPortal(server, '/deposit', may);
    await begin(user, '1000');
    expect((await panel()).getByRole('button', { name: 'ساخت پرداخت' })).toHaveProperty('disabled', true);
    expect(server.to(start)).toHaveLength(0);
    tell(underWay());
    await waitFor(() => expect(screen.getByRole('button', { name: 'ساخت پرداخت' })).toHaveProperty('disabled', false));
  });

  it('says what the server says where what is under way is not told', async () => {
    server.on(list, problem(403, 'not_permitted'));
    await openPortal(server, '/deposit', may);
    expect(await screen.findByText('عنوان not_permitted')).toBeTruthy();
    expect((await panel()).getByRole('button', { name: 'ساخت پرداخت' })).toHaveProperty('disabled', true);
  });

  it('comes back where somebody must sign in first, and makes room for the next once it is decided', async () => {
    server.on(get, json(200, payment('captured')));
    server.on(start, json(201, payment('sent', { redirect_url: 'https://gateway.test/pay' })));
    const user = await openPortal(server, `/deposit?payment=${id}`, may);
    await user.click(await screen.findByRole('button', { name: 'افزایش دوباره' }));
    expect(window.location.search).toBe('');
    server.on(get, json(200, payment('sent', { redirect_url: 'https://gateway.test/pay' })));
    await user.type((await panel()).getByLabelText('مبلغ (ریال)'), '1000{Enter}');
    expect((await screen.findByRole('link', { name: 'رفتن به درگاه' })).getAttribute('href')).toBe('https://gateway.test/pay');
    expect(window.location.search).toBe(`?payment=${id}`);
  });

  it('that is none of the office is said once, and another one can be made', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      server.on(get, problem(404, 'payment_unknown'));
      const user = await openPortal(server, `/deposit?payment=${id}`, may);
      await screen.findByText('عنوان payment_unknown');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(server.to(get)).toHaveLength(1);
      await user.click(screen.getByRole('button', { name: 'افزایش دوباره' }));
      expect(await screen.findByRole('button', { name: 'ساخت پرداخت' })).toBeTruthy();
    } finally {
      vi.useRealTimers();
    }
  });

  it('in suspense is asked about on, and not offered again', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      server.on(get, json(200, payment('suspense')), json(200, payment('captured')));
      await openPortal(server, `/deposit?payment=${id}`, may);
      await (await panel()).findByText('در دست بررسی');
      expect((await panel()).queryByRole('button')).toBeNull();
      await vi.advanceTimersByTimeAsync(16_000);
      expect(await screen.findByRole('button', { name: 'افزایش دوباره' })).toBeTruthy();
    } finally {
      vi.useRealTimers();
    }
  });

  it('without an answer is repeated under its key, and one of the same amount later is another', async () => {
    server.on(start, new TypeError('cut'));
    const user = await openPortal(server, '/deposit', may);
    const ask = async () => user.type((await panel()).getByLabelText('مبلغ (ریال)'), '1000{Enter}');
    await ask();
    await user.click(await (await panel()).findByRole('button', { name: 'تلاش دوباره' }));
    await waitFor(() => expect(server.to(start)).toHaveLength(2));
    await user.click(screen.getByRole('link', { name: 'پیشخوان' }));
    await user.click(await screen.findByRole('link', { name: 'سپرده' }));
    await ask();
    await waitFor(() => expect(server.to(start)).toHaveLength(3));
    const [first, again, later] = keysOf(start);
    expect(again).toBe(first);
    expect(later).not.toBe(first);
  });

  it('and a withdrawal of the same amount as one without an answer are other wishes once the page was left', async () => {
    server.on('POST /v1/deposit/withdrawals', new TypeError('cut'));
    const user = await openPortal(server, '/deposit', may);
    const ask = async () => {
      const own = within((await screen.findByRole('heading', { name: 'برداشت از سپرده' })).closest('section') as HTMLElement);
      await user.type(own.getByLabelText('مبلغ (ریال)'), '1000');
      await user.type(own.getByLabelText('شبای حساب دفتر'), 'IR860610000009990000009001{Enter}');
      await own.findByRole('button', { name: 'تلاش دوباره' });
    };
    await ask();
    await user.click(screen.getByRole('link', { name: 'پیشخوان' }));
    await user.click(await screen.findByRole('link', { name: 'سپرده' }));
    await ask();
    expect(new Set(keysOf('POST /v1/deposit/withdrawals')).size).toBe(2);
  });
});
