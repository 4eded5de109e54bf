import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '../../app/App.tsx';
import { openPortal } from '../../test/app.tsx';
import { payment, session } from '../../test/fixtures.ts';
import { fakeServer, json, problem, type FakeServer } from '../../test/server.ts';

const may = ['inquiries.create', 'deposits.read', 'deposits.manage'];
const { id } = payment('sent');
const get = `GET /v1/payments/${id}`;
const start = 'POST /v1/deposit/topups';

let server: FakeServer;
beforeEach(() => {
  server = fakeServer();
  server.on('GET /v1/deposit', json(200, { available_rial: 5_000_000, held_rial: 0, warn_below_rial: 0, low: false }));
  server.on('GET /v1/deposit/statement', json(200, { moves: [] }));
  server.on('GET /v1/deposit/transfers', json(200, { transfers: [] }));
  server.on('GET /v1/deposit/withdrawals', json(200, { withdrawals: [] }));
});

const panel = async () => within((await screen.findByRole('heading', { name: 'افزایش با کارت' })).closest('section') as HTMLElement);
const keysOf = (route: string) => server.to(route).map(({ headers }) => headers.get('Idempotency-Key'));

describe('a top-up', () => {
  it('that is undecided is gone on with after a change of page and a reload, and not offered again', async () => {
    server.on(start, json(202, payment('unknown')));
    server.on(get, json(200, payment('unknown')));
    const user = await openPortal(server, '/deposit', may);
    const form = await panel();
    await user.type(form.getByLabelText('مبلغ (ریال)'), '5700000{Enter}');
    const waits = async () => {
      await (await panel()).findByText('نامشخص');
      expect(window.location.pathname + window.location.search).toBe(`/deposit?payment=${id}`);
      expect((await panel()).queryByRole('button')).toBeNull();
    };
    await waits();
    await user.click(screen.getByRole('link', { name: 'پیشخوان' }));
    await waitFor(() => expect(window.location.pathname).toBe('/'));
    await user.click(screen.getByRole('link', { name: 'سپرده' }));
    await waits();
    cleanup();
    server.on('POST /v1/sessions/refresh', json(200, session(may)));
    render(<App />);
    await waits();
    expect(server.to(start)).toHaveLength(1);
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
