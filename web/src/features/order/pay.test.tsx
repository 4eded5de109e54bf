import { act, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openPortal } from '../../test/app.tsx';
import { order, orderId, payment } from '../../test/fixtures.ts';
import { fakeServer, json, problem, type FakeServer } from '../../test/server.ts';

const page = `/orders/${orderId}`;
const get = `GET /v1${page}`;
const pay = `POST /v1${page}/payments`;
const events = `GET /v1${page}/events`;
const deposit = { office_id: 'o', licence_no: '1', name_fa: 'دفتر', available_rial: 9_000_000, held_rial: 0, warn_below_rial: 0, low: false };
const receipt = { number: 1040217, at: '2026-11-20T10:03:00Z', amount_rial: 5_700_000, rrn: '309118273645' };

let server: FakeServer;
beforeEach(() => {
  localStorage.clear();
  server = fakeServer();
});

const method = (name: string) => screen.findByRole<HTMLInputElement>('radio', { name });

describe('the method of payment', () => {
  it('is remembered by the machine, and nothing else is', async () => {
    server.on(get, json(200, order()));
    server.on('GET /v1/deposit', json(200, deposit));
    const user = await openPortal(server, page);
    expect((await method('درگاه')).checked).toBe(true);
    await user.click(await method('سپردهٔ دفتر'));
    expect(localStorage.getItem('mofasa.method')).toBe('deposit');
    expect(Object.keys(localStorage)).toEqual(['mofasa.method']);
  });

  it('deposit shows what it holds and what is left, and pays at once', async () => {
    localStorage.setItem('mofasa.method', 'deposit');
    const done = order({ state: 'paid', paid_rial: 5_700_000, payments: [payment('captured', { method: 'deposit', receipt })] });
    server.on(get, json(200, order({ fee: { service: 'clearance', amount_rial: 300_000, charged: true } })));
    server.on('GET /v1/deposit', json(200, deposit));
    server.on(pay, () => {
      server.on(get, json(200, done));
      return json(201, payment('captured', { method: 'deposit', receipt }));
    });
    const user = await openPortal(server, page);
    expect((await screen.findByText('موجودی سپرده')).nextElementSibling?.textContent).toContain('۹٬۰۰۰٬۰۰۰');
    expect(screen.getByText('پس از این پرداخت').nextElementSibling?.textContent).toContain('۳٬۰۰۰٬۰۰۰');
    await user.click(screen.getByRole('button', { name: 'پرداخت از سپردهٔ دفتر' }));
    expect(await screen.findByText('رسید ۱۰۴۰۲۱۷')).toBeTruthy();
    expect(server.to(pay)[0]?.body).toEqual({ method: 'deposit' });
  });

  it('deposit that holds too little pays nothing', async () => {
    localStorage.setItem('mofasa.method', 'deposit');
    server.on(get, json(200, order()));
    server.on('GET /v1/deposit', json(200, { ...deposit, available_rial: 5_699_999 }));
    const user = await openPortal(server, page);
    expect(await screen.findByText('موجودی سپرده کافی نیست')).toBeTruthy();
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'پرداخت از سپردهٔ دفتر' });
    expect(button.disabled).toBe(true);
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(server.to(pay)).toHaveLength(0);
  });

  it('bank prints slips with both numbers and the barcode, and no payment is begun', async () => {
    localStorage.setItem('mofasa.method', 'bank');
    vi.spyOn(window, 'print').mockImplementation(() => {});
    const [tehran, mashhad] = order().bills;
    const refusal = { code: 'bank_not_agreed' as const, text: { fa: 'این شهرداری پرداخت در بانک ندارد', en: 'no' } };
    const bills = [tehran!, { id: mashhad!.id, municipality: mashhad!.municipality, amount_rial: 700_000, state: 'open' as const, dues: [], bank_refusal: refusal }];
    server.on(get, json(200, order({ bills })));
    const user = await openPortal(server, page);
    expect((await screen.findAllByText(/این شهرداری پرداخت در بانک ندارد/)).length).toBeGreaterThan(0);
    await user.click(screen.getByRole('button', { name: 'فیش بانکی و چاپ آن' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText('۷۷۳۱۰۹۹۰۰۰۳۶۱')).toBeTruthy();
    expect(within(dialog).getAllByRole('article')).toHaveLength(1);
    const bars = within(dialog).getByRole('img', { name: 'بارکد شناسهٔ قبض و شناسهٔ پرداخت' });
    // Set C: start, thirteen pairs, check and stop are 11 × 15 + 13 modules; ten of white on each side.
    await waitFor(() => expect(bars.getAttribute('viewBox')).toBe('0 0 198 40'));
    expect(bars.querySelector('path')?.getAttribute('d')).toMatch(/^M10 0h2v40h-2z/);
    await user.click(within(dialog).getByRole('radio', { name: 'رول ۸۰ میلی‌متری' }));
    expect(localStorage.getItem('mofasa.paper')).toBe('roll');
    await user.click(within(dialog).getByRole('button', { name: 'چاپ' }));
    expect(window.print).toHaveBeenCalledOnce();
    expect(document.querySelector('[data-printed] style')?.textContent).toMatch(/@page \{ size: 80mm \d+mm/);
    expect(server.to(pay)).toHaveLength(0);
  });
});

describe('the fee', () => {
  const fee = { service: 'clearance' as const, amount_rial: 300_000, charged: true };

  it('is collected with the first payment, and what is collected in all stands large, in toman too', async () => {
    server.on(get, json(200, order({ fee })));
    await openPortal(server, page);
    expect((await screen.findByText('جمع با کارمزد')).nextElementSibling?.textContent).toMatch(/۶٬۰۰۰٬۰۰۰.*۶۰۰٬۰۰۰ تومان/);
  });

  it('is on no bank slip, and the page says so', async () => {
    localStorage.setItem('mofasa.method', 'bank');
    server.on(get, json(200, order({ fee })));
    await openPortal(server, page);
    expect((await screen.findByText('جمع فیش‌های بانکی')).nextElementSibling?.textContent).toContain('۵٬۷۰۰٬۰۰۰');
    expect(screen.getByText(/^در فیش‌ها نیست/)).toBeTruthy();
    expect(screen.queryByText('جمع با کارمزد')).toBeNull();
    expect(screen.getByText(/اگر خبر بانک پس از مهلت سبد برسد/)).toBeTruthy();
  });
});

describe('money that goes back', () => {
  it('comes before the certificate', async () => {
    server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, refunded_rial: 700_000, payments: [payment('captured', { receipt })] })));
    const user = await openPortal(server, page);
    expect(await screen.findByText('۷۰۰٬۰۰۰ ریال از پول این سبد پس داده شده است')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'صدور گواهی' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'با این همه، گواهی لازم است' }));
    expect(screen.getByRole('button', { name: 'صدور گواهی' })).toBeTruthy();
  });

  it('in part, and was refused in part, is not said to have stayed', async () => {
    const paid = payment('captured', { receipt });
    server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, refunded_rial: 5, payments: [paid] })));
    const refunds = [{ id: 'r1', kind: 'refund', state: 'refused', amount_rial: 700_000, bill_id: order().bills[0]?.id }];
    server.on(`GET /v1/payments/${paid.id}/refunds`, json(200, { refunds, parts: [] }));
    await openPortal(server, page, ['orders.read', 'certificates.issue', 'refunds.read']);
    expect(await screen.findByText('درخواست پس دادن ۷۰۰٬۰۰۰ ریال از این سبد پذیرفته نشد یا مهلت تصمیمش گذشت')).toBeTruthy();
    expect(screen.queryByText(/پولی برنگشته است/)).toBeNull();
  });

  it('is told while it is asked for, to whoever may know', async () => {
    const paid = payment('captured', { receipt });
    server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, payments: [paid] })));
    server.on(`GET /v1/payments/${paid.id}/refunds`, json(200, { refunds: [{ kind: 'refund', state: 'waiting', amount_rial: 700_000 }, { kind: 'refund', state: 'refused', amount_rial: 5 }, { kind: 'chargeback', state: 'waiting', amount_rial: 9 }], parts: [] }));
    await openPortal(server, page, ['orders.read', 'certificates.issue', 'refunds.read']);
    expect(await screen.findByText('درخواست پس دادن ۷۰۰٬۰۰۰ ریال از این سبد در انتظار تصمیم است')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'صدور گواهی' })).toBeNull();
  });

  it('and was refused is told with the answer, while the certificate is offered; what was asked for again counts instead', async () => {
    const paid = payment('captured', { receipt });
    const [first, second] = order().bills;
    const refused = { id: 'r1', kind: 'refund', state: 'refused', amount_rial: 700_000, bill_id: first?.id, remark: 'پرداخت درست بوده است' };
    const older = { id: 'r0', kind: 'refund', state: 'refused', amount_rial: 9_000, bill_id: first?.id, remark: 'کهنه' };
    server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, payments: [paid] })));
    server.on(`GET /v1/payments/${paid.id}/refunds`, json(200, { refunds: [refused, older, { id: 'r2', kind: 'refund', state: 'paid', amount_rial: 5, bill_id: second?.id }, { id: 'r3', kind: 'refund', state: 'refused', amount_rial: 7, bill_id: second?.id }], parts: [] }));
    await openPortal(server, page, ['orders.read', 'certificates.issue', 'refunds.read']);
    expect(await screen.findByText('درخواست پس دادن ۷۰۰٬۰۰۰ ریال از این سبد پذیرفته نشد')).toBeTruthy();
    expect(screen.getByText('پرداخت درست بوده است').parentElement?.textContent).toBe('پاسخ شهرداری تهران: پرداخت درست بوده است');
    expect(screen.queryByText('کهنه')).toBeNull();
    expect(screen.getByText('پولی برنگشته است؛ پرداخت و گواهی سر جای خود است.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'صدور گواهی' })).toBeTruthy();
  });
});

it('an address that is no order\'s leads to the counter', async () => {
  await openPortal(server, '/orders/12');
  expect(await screen.findByText('این نشانی از هیچ سبدی نیست')).toBeTruthy();
  expect(screen.getByRole<HTMLAnchorElement>('link', { name: 'رفتن به پیشخوان' }).pathname).toBe('/');
});

describe('a payment whose outcome is open', () => {
  it('says by when it is certain, and offers no method', async () => {
    server.on(get, json(200, order({ payments: [payment('unknown', { decided_by: '2026-11-20T11:01:00Z' })] })));
    await openPortal(server, page);
    expect(await screen.findByText('نتیجه حداکثر تا ۱۴۰۵/۰۸/۲۹، ۱۴:۳۱ قطعی می‌شود.')).toBeTruthy();
    expect(screen.queryByRole('radio')).toBeNull();
    expect(screen.queryByRole('button', { name: /^(پرداخت|تلاش|فرستادن|فیش)/ })).toBeNull();
  });
});

describe('a receipt', () => {
  it('is counted at each press of print and not before, and a copy says so', async () => {
    const printed = vi.spyOn(window, 'print').mockImplementation(() => {});
    const paid = payment('captured', { receipt });
    const print = {
      kind: 'copy', copy: 2, at: '2026-11-20T10:09:00Z', office_name_fa: 'دفتر ولیعصر', office_licence_no: '1404-7731', payment: paid,
      bills: [{ municipality_fa: 'شهرداری تهران', bill_id: '7731099000361', payment_id: '217200051', amount_rial: 5_700_000 }],
    };
    const prints = `POST /v1/receipts/${receipt.number}/prints`;
    server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, payments: [paid] })));
    server.on(prints, new TypeError('Failed to fetch'), json(201, print));
    const user = await openPortal(server, page);
    await user.click(await screen.findByRole('button', { name: 'چاپ رسید' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText('رسید پرداخت عوارض خودرو')).toBeTruthy();
    expect(within(dialog).getByText('پیش‌نمایش')).toBeTruthy();
    expect(within(dialog).getAllByText('سال ۱۴۰۴').length).toBeGreaterThan(0);
    expect(server.to(prints)).toHaveLength(0);
    await user.keyboard('{Enter}');
    await within(dialog).findByText('ارتباط با سامانه برقرار نشد');
    expect(printed).not.toHaveBeenCalled();
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(printed).toHaveBeenCalledOnce());
    expect(within(dialog).getByText('المثنی ۲')).toBeTruthy();
    expect(document.querySelector('[data-printed]')?.textContent).toContain('المثنی ۲');
    await user.click(within(dialog).getByRole('button', { name: 'چاپ' }));
    await waitFor(() => expect(printed).toHaveBeenCalledTimes(2));
    const [first, second, third] = server.to(prints).map(({ headers }) => headers.get('Idempotency-Key'));
    expect(second).toBe(first);
    expect(third).not.toBe(second);
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(window.location.pathname).toBe(page);
    await user.keyboard('{Escape}');
    expect(window.location.pathname).toBe('/');
  });
});

it('a receipt whose print is being prepared is left only after it is on the paper', async () => {
  const onPaper: string[] = [];
  vi.spyOn(window, 'print').mockImplementation(() => void onPaper.push(document.querySelector('[data-printed]')?.textContent ?? ''));
  const paid = payment('captured', { receipt });
  const print = { kind: 'original', copy: 0, at: '2026-11-20T10:09:00Z', office_name_fa: 'دفتر ولیعصر', office_licence_no: '1404-7731', payment: paid, bills: [] };
  let count: (print: Response) => void = () => {};
  const counted = new Promise<Response>((done) => (count = done));
  server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, payments: [paid] })));
  server.on(`POST /v1/receipts/${receipt.number}/prints`, () => counted);
  const user = await openPortal(server, page);
  await user.click(await screen.findByRole('button', { name: 'چاپ رسید' }));
  await user.click(await screen.findByRole('button', { name: 'چاپ' }));
  await user.keyboard('{Escape}');
  expect(screen.getByRole('dialog')).toBeTruthy();
  count(json(201, print));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(onPaper).toEqual([expect.stringContaining('رسید پرداخت عوارض خودرو')]);
});

describe('live updates', () => {
  // Pushes text into the answer of the first request; every further one is refused.
  function eventStream(): (text: string) => void {
    const pipe = new TransformStream<Uint8Array, Uint8Array>();
    const writer = pipe.writable.getWriter();
    const response = new Response(pipe.readable, { headers: { 'Content-Type': 'text/event-stream' } });
    response.clone = () => response;
    server.on(events, response, problem(404, 'order_unknown'));
    return (text) => void writer.write(new TextEncoder().encode(text));
  }

  it('bring a change at once, with the token in a header', async () => {
    server.on(get, json(200, order()));
    const push = eventStream();
    await openPortal(server, page);
    await screen.findByText('قبض‌های شهرداری‌ها');
    await waitFor(() => expect(server.to(events)).toHaveLength(1));
    expect(server.to(events)[0]?.headers.get('Authorization')).toBe('Bearer token-1');
    server.on(get, json(200, order({ state: 'paid', paid_rial: 5_700_000, payments: [payment('captured', { receipt })] })));
    await act(async () => push('event: order\ndata: {"state":"paid","version":"2"}\n\n'));
    expect(await screen.findByText('رسید ۱۰۴۰۲۱۷', undefined, { timeout: 1500 })).toBeTruthy();
  });

  it('are let go of by a tab that nobody sees, and taken up again with a fresh look', async () => {
    server.on(get, json(200, order()));
    eventStream();
    await openPortal(server, page);
    await waitFor(() => expect(server.to(events)).toHaveLength(1));
    const looks = server.to(get).length;
    const visibility = vi.spyOn(document, 'visibilityState', 'get');
    const turn = (state: 'hidden' | 'visible') => act(async () => {
      visibility.mockReturnValue(state);
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    await turn('hidden');
    expect(server.to(events)[0]?.signal.aborted).toBe(true);
    await new Promise((done) => setTimeout(done, 1100)); // past what counts as fresh
    await turn('visible');
    await waitFor(() => expect(server.to(events)).toHaveLength(2));
    await waitFor(() => expect(server.to(get).length).toBeGreaterThan(looks));
    visibility.mockRestore();
  });

  it('are not asked for where nothing can happen any more', async () => {
    server.on(get, json(200, order({ state: 'cancelled' })));
    await openPortal(server, page);
    await screen.findByText('قبض‌های شهرداری‌ها');
    expect(server.to(events)).toHaveLength(0);
  });
});
