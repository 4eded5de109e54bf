import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { openPortal } from '../../test/app.tsx';
import { due, inquiry, order, orderId } from '../../test/fixtures.ts';
import { fakeServer, json, problem, type FakeServer } from '../../test/server.ts';

let server: FakeServer;
beforeEach(() => {
  server = fakeServer();
});

const issue = () => screen.findByRole('button', { name: 'صدور سبد تسویه' });

async function lookUp(...reply: Response[]) {
  server.on('POST /v1/inquiries', ...(reply.length > 0 ? reply : [json(201, inquiry())]));
  const user = await openPortal(server);
  await screen.findByText('استعلام بدهی خودرو');
  await user.keyboard('12ب14547{Enter}');
  return user;
}

describe('the counter', () => {
  it('sends plate and purpose in the body and nothing in the address', async () => {
    const user = await lookUp();
    await issue();
    await user.click(screen.getByRole('radio', { name: 'معاینهٔ فنی' }));
    await user.click(screen.getByRole('button', { name: 'استعلام' }));
    await waitFor(() => expect(server.to('POST /v1/inquiries')).toHaveLength(2));
    const [first, second] = server.to('POST /v1/inquiries');
    expect(first?.body).toEqual({ plate: '12ب14547', purpose: 'settlement' });
    expect(second?.body).toEqual({ plate: '12ب14547', purpose: 'technical_inspection' });
    expect(first?.headers.get('Authorization')).toBe('Bearer token-1');
    expect(first?.headers.get('Accept-Language')).toBe('fa');
    expect(window.location.href).toBe('http://office.test/');
  });

  it('shows every city and year with its state and amount', async () => {
    await lookUp();
    await issue();
    expect(screen.getByRole('img', { name: 'پلاک ۱۲ ب ۱۴۵ ایران ۴۷' })).toBeTruthy();
    expect(screen.getByText('شهرداری تهران')).toBeTruthy();
    expect(screen.getByText('شهرداری مشهد')).toBeTruthy();
    for (const state of ['پرداخت‌شده', 'در سبدی دیگر، تا ۱۴:۳۰', 'تعرفه منتشر نشده', 'محل سکونت نامعلوم']) {
      expect(screen.getByText(state), state).toBeTruthy();
    }
    expect(screen.getAllByText('قابل پرداخت')).toHaveLength(3);
    expect(screen.getAllByRole('button', { name: /چرا مبلغ ندارد؟/ })).toHaveLength(2);
  });

  it('explains an amount with its law', async () => {
    const user = await lookUp();
    await issue();
    const [why] = screen.getAllByRole('button', { name: /چرا این مبلغ؟/ });
    expect(why?.getAttribute('aria-expanded')).toBe('false');
    await user.click(why as HTMLElement);
    expect(why?.getAttribute('aria-expanded')).toBe('true');
    expect(screen.getByText('شرح سال 1404')).toBeTruthy();
    expect(screen.getAllByText('مادهٔ ۲۹ قانون').length).toBeGreaterThan(0);
  });

  it('names every head of a due, and what is not in its total', async () => {
    const lines = [['annual_duty', 2_000_000], ['pollution_levy', 400_000], ['discount', -100_000], ['penalty_waiver', -50_000], ['extra', 70_000], ['credit', -20_000]] as const;
    const rich = due(1404, 2_300_000, { lines: lines.map(([charge, amount_rial]) => ({ charge, amount_rial })), unrated: ['pollution_levy'] });
    const [tehran] = inquiry().municipalities;
    const user = await lookUp(json(201, inquiry({ municipalities: [{ ...tehran!, dues: [rich], payable_rial: 2_300_000 }], unattributed: [], payable_rial: 2_300_000 })));
    await issue();
    await user.click(screen.getByRole('button', { name: /چرا این مبلغ؟/ }));
    for (const head of ['تخفیف', 'بخشودگی جریمه', 'بدهی افزوده', 'بستانکاری']) expect(screen.getByText(head), head).toBeTruthy();
    expect(screen.getAllByText('عوارض آلایندگی')).toHaveLength(2);
    expect(screen.getByText('نرخ آن اعلام نشده و در جمع نیست')).toBeTruthy();
    expect(screen.queryByText('pollution_levy')).toBeNull();
  });

  it('shows the fee of the office as its own line, outside the total', async () => {
    await lookUp(json(201, inquiry({ fee: { service: 'clearance', amount_rial: 120_000, charged: true } })));
    await issue();
    expect(screen.getByText('کارمزد دفتر')).toBeTruthy();
    expect(screen.getByText('۱۲۰٬۰۰۰')).toBeTruthy();
    expect(screen.getByText('۵٬۷۰۰٬۰۰۰')).toBeTruthy();
    expect(screen.getByText('جمع قابل پرداخت').nextElementSibling?.textContent).toContain('۵٬۷۰۰٬۰۰۰');
    expect(screen.getByText('جمع با کارمزد').nextElementSibling?.textContent).toContain('۵٬۸۲۰٬۰۰۰');
    expect(screen.getByText(/به حساب هیچ شهرداری نمی‌رود/)).toBeTruthy();
  });

  it('says plainly that no fee is charged', async () => {
    await lookUp();
    await issue();
    expect(screen.queryByText('کارمزد دفتر')).toBeNull();
    expect(screen.getByText('برای این خدمت کارمزدی گرفته نمی‌شود.')).toBeTruthy();
  });

  it('offers nothing that the agreement does not cover, and says why', async () => {
    const [tehran] = inquiry().municipalities;
    const why = { code: 'charge_not_agreed' as const, text: { fa: 'توافق‌نامه این ردیف را در بر ندارد.', en: 'Not covered.' } };
    const dues = [due(1404, 2_000_000, { state: 'not_agreed', refusal: why }), due(1405, 3_000_000)];
    const agreement = { charges: ['annual_duty'], methods: ['terminal'], order_ceiling_rial: 9_000_000 };
    await lookUp(json(201, inquiry({ municipalities: [{ ...tehran!, dues, agreement, payable_rial: 3_000_000 }], unattributed: [], payable_rial: 3_000_000 })));
    await issue();
    expect(screen.getByText('بیرون از توافق‌نامه')).toBeTruthy();
    expect(screen.getByText('توافق‌نامه این ردیف را در بر ندارد.')).toBeTruthy();
    expect(screen.getByText(/تنها این ردیف‌ها را در بر دارد: .*کارت‌خوان.*۹٬۰۰۰٬۰۰۰/)).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'انتخاب بدهی سال ۱۴۰۴، شهرداری تهران', hidden: true }).disabled).toBe(true);
    expect(screen.getByText('۱ بدهی در ۱ شهر')).toBeTruthy();
  });

  it('lets nobody choose more than a ceiling', async () => {
    const [tehran] = inquiry().municipalities;
    const city = { ...tehran!, agreement: { day_ceiling_rial: 9_000_000, left_today_rial: 4_000_000 } };
    const user = await lookUp(json(201, inquiry({ municipalities: [city], unattributed: [], payable_rial: 5_000_000 })));
    expect(((await issue()) as HTMLButtonElement).disabled).toBe(true);
    expect(screen.getByText(/بیش از ۴٬۰۰۰٬۰۰۰ ریال/)).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب بدهی سال ۱۴۰۴، شهرداری تهران' }));
    expect(((await issue()) as HTMLButtonElement).disabled).toBe(false);
  });

  it('chooses every payable due, and orders what is left chosen', async () => {
    server.on('POST /v1/orders', json(201, order()));
    server.on(`GET /v1/orders/${orderId}`, json(200, order()));
    const user = await lookUp();
    await issue();
    expect(screen.getByText('۳ بدهی در ۲ شهر')).toBeTruthy();
    expect(screen.getByText('۵٬۷۰۰٬۰۰۰')).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب بدهی سال ۱۴۰۴، شهرداری تهران' }));
    expect(screen.getByText('۲ بدهی در ۲ شهر')).toBeTruthy();
    expect(screen.getByText('۳٬۷۰۰٬۰۰۰')).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب همهٔ بدهی‌های شهرداری مشهد' }));
    await user.click(await issue());
    await screen.findByText('قبض‌های شهرداری‌ها');
    const [sent] = server.to('POST /v1/orders');
    expect(sent?.body).toEqual({ inquiry_id: inquiry().id, dues: [{ municipality_code: 1, fiscal_year: 1405 }] });
    expect(sent?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/);
    expect(window.location.pathname).toBe(`/orders/${orderId}`);
  });

  it('never orders from a city that does not answer this office', async () => {
    const { municipalities: [tehran, mashhad] } = inquiry();
    const silent = [
      { ...tehran!, state: 'no_agreement' as const, payable_rial: 0 },
      { ...mashhad!, state: 'paused' as const, payable_rial: 0 },
    ];
    await lookUp(json(201, inquiry({ municipalities: silent, payable_rial: 0 })));
    await screen.findByText('اکنون بدهی قابل پرداختی نیست');
    expect(screen.queryByRole('button', { name: 'صدور سبد تسویه' })).toBeNull();
    expect(screen.getByText(/توافق‌نامه ندارد/)).toBeTruthy();
    expect(screen.getByText(/موقتاً متوقف است/)).toBeTruthy();
    for (const box of screen.queryAllByRole<HTMLInputElement>('checkbox')) expect(box.disabled).toBe(true);
  });

  it('calls a vehicle clear only when every city has answered and every year is paid', async () => {
    const paid = due(1405, 3_000_000, { state: 'paid', balance_rial: 0 });
    const [tehran] = inquiry().municipalities;
    const clear = inquiry({ municipalities: [{ ...tehran!, dues: [paid], payable_rial: 0 }], unattributed: [], payable_rial: 0 });
    const claimed = { ...paid, fiscal_year: 1404, state: 'claimed' as const, order_id: '0198f3a2-7b1c-7def-8123-456789abcdef' };
    const held = inquiry({ ...clear, id: 'held', municipalities: [{ ...tehran!, dues: [paid, claimed], payable_rial: 0 }] });
    const user = await lookUp(json(201, clear), json(201, held));
    expect(await screen.findByText('این خودرو به هیچ شهری بدهی ندارد')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'استعلام' }));
    expect(await screen.findByText('اکنون بدهی قابل پرداختی نیست')).toBeTruthy();
    expect(screen.queryByText('این خودرو به هیچ شهری بدهی ندارد')).toBeNull();
    const resume = screen.getByRole<HTMLAnchorElement>('link', { name: 'ادامهٔ سبد' });
    expect(resume.pathname).toBe(`/orders/${claimed.order_id}`);
  });

  it('asks for the missing part instead of the server', async () => {
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.keyboard('12ب14{Enter}');
    expect(screen.getByText(/پلاک کامل نیست/)).toBeTruthy();
    expect(screen.getByLabelText('سه رقم میانی')).toBe(document.activeElement);
    expect(server.to('POST /v1/inquiries')).toHaveLength(0);
  });

  it('takes a VIN in capitals and Latin digits', async () => {
    server.on('POST /v1/inquiries', json(201, inquiry()));
    const user = await openPortal(server);
    await user.click(await screen.findByRole('tab', { name: 'VIN' }));
    await user.keyboard('naan۰1ca5hk 123456{Enter}');
    await issue();
    expect(server.to('POST /v1/inquiries')[0]?.body).toEqual({ vin: 'NAAN01CA5HK123456', purpose: 'settlement' });
  });

  it('makes room for the next vehicle with Escape', async () => {
    const user = await lookUp();
    await issue();
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('button', { name: 'صدور سبد تسویه' })).toBeNull();
    expect(screen.getByLabelText<HTMLInputElement>('دو رقم سمت چپ').value).toBe('');
    expect(screen.getByLabelText('دو رقم سمت چپ')).toBe(document.activeElement);
  });
});

describe('what the counter is refused', () => {
  it('a plate: said at the part to blame, gone with the next key', async () => {
    const fault = { field: 'plate', code: 'plate_digit', detail: 'در این جای پلاک صفر نمی‌آید', position: 4 };
    const user = await lookUp(problem(422, 'invalid', { errors: [fault] }));
    expect(await screen.findByText(fault.detail)).toBeTruthy();
    expect(screen.getByLabelText('سه رقم میانی')).toBe(document.activeElement);
    await user.keyboard('1');
    expect(screen.queryByText(fault.detail)).toBeNull();
  });

  it('an unknown vehicle: said with the code for support', async () => {
    await lookUp(problem(404, 'vehicle_unknown'));
    expect(await screen.findByText('پیدا نشد')).toBeTruthy();
    expect(screen.getByText('trace-vehicle_unknown')).toBeTruthy();
  });

  it('a limit: tells the seconds and waits for them', async () => {
    await lookUp(problem(429, 'rate_limited', {}, { 'Retry-After': '24' }));
    expect(await screen.findByText('تا ۲۴ ثانیهٔ دیگر صبر کنید.')).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'تلاش دوباره' }).disabled).toBe(true);
  });

  it('a broken server: bland words, the trace, and another try', async () => {
    const user = await lookUp(problem(500, 'internal'), json(201, inquiry()));
    expect(await screen.findByText('سامانه با خطا روبه‌رو شد')).toBeTruthy();
    expect(screen.queryByText('عنوان internal')).toBeNull();
    expect(screen.getByText('trace-internal')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'تلاش دوباره' }));
    await issue();
  });

  it('a lost connection is no broken server', async () => {
    server.on('POST /v1/inquiries', new TypeError('Failed to fetch'));
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.keyboard('12ب14547{Enter}');
    expect(await screen.findByText('ارتباط با سامانه برقرار نشد')).toBeTruthy();
  });

  it('changed amounts: shows the new ones, orders them under the new inquiry', async () => {
    const { municipalities: [tehran, mashhad] } = inquiry();
    const dearer = { ...tehran!, dues: [due(1404, 2_500_000), due(1405, 3_000_000)], payable_rial: 5_500_000 };
    const fresh = inquiry({ id: '0198a000-0000-7000-8000-0000000000ff', municipalities: [dearer, mashhad!], payable_rial: 6_200_000 });
    server.on('POST /v1/orders', problem(409, 'amounts_changed', { inquiry: fresh }), json(201, order()));
    server.on(`GET /v1/orders/${orderId}`, json(200, order()));
    const user = await lookUp();
    await user.click(await issue());
    expect(await screen.findByText('مبلغ‌ها از هنگام استعلام تغییر کرده است')).toBeTruthy();
    expect(screen.getByText('پیش‌تر ۲٬۰۰۰٬۰۰۰')).toBeTruthy();
    expect(screen.getByText('۶٬۲۰۰٬۰۰۰')).toBeTruthy();
    await user.click(await issue());
    await screen.findByText('قبض‌های شهرداری‌ها');
    const [first, second] = server.to('POST /v1/orders');
    expect((second?.body as { inquiry_id: string }).inquiry_id).toBe(fresh.id);
    expect(second?.headers.get('Idempotency-Key')).not.toBe(first?.headers.get('Idempotency-Key'));
  });

  it('a claimed due: says until when and looks up again', async () => {
    server.on('POST /v1/orders', problem(409, 'due_claimed', { claimed_until: '2026-11-20T11:00:00Z' }));
    const user = await lookUp();
    await user.click(await issue());
    const notice = await screen.findByText('پرداخت این بدهی در سبدی دیگر در جریان است');
    expect(screen.getByText(/تا ۱۴۰۵\/۰۸\/۲۹، ۱۴:۳۰ نگه داشته شده است/)).toBeTruthy();
    await user.click(within(notice.parentElement as HTMLElement).getByRole('button', { name: 'استعلام' }));
    await waitFor(() => expect(server.to('POST /v1/inquiries')).toHaveLength(2));
  });

  it('an order without an answer is repeated under its key', async () => {
    server.on('POST /v1/orders', new DOMException('late', 'TimeoutError'), problem(503, 'unavailable'), json(201, order()));
    server.on(`GET /v1/orders/${orderId}`, json(200, order()));
    const user = await lookUp();
    await user.click(await issue());
    await screen.findByText('سامانه به‌موقع پاسخ نداد');
    await user.click(await issue());
    await screen.findByText('سامانه با خطا روبه‌رو شد');
    await user.click(await issue());
    await screen.findByText('قبض‌های شهرداری‌ها');
    const keys = server.to('POST /v1/orders').map(({ headers }) => headers.get('Idempotency-Key'));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });
});
