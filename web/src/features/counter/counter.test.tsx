import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { App } from '../../app/App.tsx';
import { openPortal } from '../../test/app.tsx';
import { due, inquiry, order, orderId, session } from '../../test/fixtures.ts';
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

const repetition = (id: string) => `POST /v1/inquiries/${id}/repetition`;

describe('the counter', () => {
  it('asks the same again where its page is loaded again, and keeps what is left out', async () => {
    const user = await lookUp();
    await issue();
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب بدهی سال ۱۴۰۵، شهرداری تهران' }));
    await waitFor(() => expect(window.history.state).toMatchObject({ usr: { cuts: [[1, 1404]] } }));
    cleanup();
    server.on('POST /v1/sessions/refresh', json(200, session()));
    server.on(repetition(inquiry().id), json(201, inquiry({ id: 'again', purpose: 'transfer' })));
    render(<App />);
    await issue();
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'انتخاب بدهی سال ۱۴۰۵، شهرداری تهران' }).checked).toBe(false);
    expect(screen.getByRole<HTMLInputElement>('radio', { name: 'نقل و انتقال' }).checked).toBe(true);
    expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'سه رقم میانی' }).value).toBe('۱۴۵');
    expect(server.to('POST /v1/inquiries')).toHaveLength(1);
  });

  it('says of an inquiry that is too old what to do, beside the empty form, and asks it no more', async () => {
    server.on(repetition('old'), problem(409, 'inquiry_too_old', { title: 'خودرو را دوباره جست‌وجو کنید.' }));
    await openPortal(server, '/inquiries/old');
    await screen.findByText('خودرو را دوباره جست‌وجو کنید');
    expect(screen.queryByRole('button', { name: 'تلاش دوباره' })).toBeNull();
    expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'سه رقم میانی' }).value).toBe('');
    expect(server.to(repetition('old'))).toHaveLength(1);
  });

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
    expect(window.location.href).toBe(`http://office.test/inquiries/${inquiry().id}`);
  });

  it('shows every city and year with its state and amount', async () => {
    const user = await lookUp();
    await issue();
    expect(screen.getByRole('img', { name: 'پلاک ۱۲ ب ۱۴۵ ایران ۴۷' })).toBeTruthy();
    expect(screen.getByText('شهرداری تهران')).toBeTruthy();
    expect(screen.getByText('شهرداری مشهد')).toBeTruthy();
    expect(screen.queryByText('پرداخت‌شده')).toBeNull();
    await user.click(screen.getByRole('button', { name: /بدهی ندارد: سال ۱۴۰۰/ }));
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
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب بدهی سال ۱۴۰۵، شهرداری تهران' }));
    expect(((await issue()) as HTMLButtonElement).disabled).toBe(false);
  });

  it('lets nobody choose more dues than an order holds', async () => {
    const dues = Array.from({ length: 8 }, (_, at) => due(1398 + at, 1_000));
    const cities = Array.from({ length: 26 }, (_, at) => ({
      municipality: { code: at + 1, name_fa: `شهر ${at}`, name_en: `City ${at}`, province_fa: 'استان' }, state: 'answered' as const, payable_rial: 8_000, dues,
    }));
    const user = await lookUp(json(201, inquiry({ municipalities: cities, unattributed: [] })));
    // By text and label: roles of hundreds of rows are slow to work out.
    const button = (await screen.findByText('صدور سبد تسویه')).closest('button');
    expect(button?.disabled).toBe(true);
    expect(screen.getByText(/هر سبد حداکثر ۲۰۰ بدهی/)).toBeTruthy();
    await user.selectOptions(screen.getByLabelText('تسویه تا پایان سال'), '1404');
    expect(button?.disabled).toBe(false);
    expect(screen.getByText('۱۸۲ بدهی در ۲۶ شهر')).toBeTruthy();
  });

  it('chooses every payable due, and orders what is left chosen', async () => {
    server.on('POST /v1/orders', json(201, order()));
    server.on(`GET /v1/orders/${orderId}`, json(200, order()));
    const user = await lookUp();
    await issue();
    expect(screen.getByText('۳ بدهی در ۲ شهر')).toBeTruthy();
    expect(screen.getByText('۵٬۷۰۰٬۰۰۰')).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب بدهی سال ۱۴۰۵، شهرداری تهران' }));
    expect(screen.getByText('۲ بدهی در ۲ شهر')).toBeTruthy();
    expect(screen.getByText('۲٬۷۰۰٬۰۰۰')).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب همهٔ بدهی‌های شهرداری مشهد' }));
    await user.click(await issue());
    await screen.findByText('قبض‌های شهرداری‌ها');
    const [sent] = server.to('POST /v1/orders');
    expect(sent?.body).toEqual({ inquiry_id: inquiry().id, dues: [{ municipality_code: 1, fiscal_year: 1404 }] });
    expect(sent?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/);
    expect(window.location.pathname).toBe(`/orders/${orderId}`);
  });

  it('chooses the older years of a city before its newer ones', async () => {
    const user = await lookUp();
    await issue();
    const box = (year: string) => screen.getByRole<HTMLInputElement>('checkbox', { name: `انتخاب بدهی سال ${year}، شهرداری تهران` });
    await user.click(box('۱۴۰۴'));
    expect([box('۱۴۰۴').checked, box('۱۴۰۵').checked]).toEqual([false, false]);
    expect(screen.getByText('۱ بدهی در ۱ شهر')).toBeTruthy();
    await user.click(box('۱۴۰۵'));
    expect([box('۱۴۰۴').checked, box('۱۴۰۵').checked]).toEqual([true, true]);
    expect(screen.getByText('۳ بدهی در ۲ شهر')).toBeTruthy();
  });

  it('settles every city up to a year, and knows when the cities differ', async () => {
    const user = await lookUp();
    await issue();
    const through = screen.getByRole<HTMLSelectElement>('combobox', { name: 'تسویه تا پایان سال' });
    expect(through.value).toBe('1405');
    expect(screen.getByRole('option', { name: '۱۴۰۴: ۲٬۷۰۰٬۰۰۰ ریال' })).toBeTruthy();
    await user.selectOptions(through, '1403');
    expect(screen.getByText('۱ بدهی در ۱ شهر')).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب همهٔ بدهی‌های شهرداری تهران' }));
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب همهٔ بدهی‌های شهرداری مشهد' }));
    expect(screen.getByRole<HTMLOptionElement>('option', { name: 'در هر شهر جداگانه' }).selected).toBe(true);
    await user.selectOptions(through, '1405');
    expect(screen.getByText('۳ بدهی در ۲ شهر')).toBeTruthy();
    await user.selectOptions(through, '0');
    expect(screen.getByText('بدهی‌ای انتخاب نشده است')).toBeTruthy();
  });

  it('tells where the total goes', async () => {
    const user = await lookUp();
    await issue();
    expect(screen.getByText('۵۷۰٬۰۰۰ تومان')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'سهم هر شهر' }));
    expect(screen.getAllByText('شهرداری تهران')[1]?.nextElementSibling?.textContent).toBe('۵٬۰۰۰٬۰۰۰');
  });

  it('says for every year that cannot be paid why, and what to do', async () => {
    await lookUp();
    await issue();
    expect(screen.getByText('سال ۱۴۰۱:').parentElement?.textContent).toMatch(/پس از پایان مهلت دوباره استعلام بگیرید/);
    expect(screen.getByText('سال ۱۴۰۲:').parentElement?.textContent).toMatch(/تعرفهٔ این سال را منتشر نکرده است/);
    expect(screen.queryByText('سال ۱۴۰۴:')).toBeNull();
  });

  it('is worked through without a mouse', async () => {
    server.on('POST /v1/orders', json(201, order()));
    server.on(`GET /v1/orders/${orderId}`, json(200, order()));
    const user = await lookUp();
    await issue();
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('انتخاب همهٔ بدهی‌های شهرداری تهران');
    await user.keyboard('{ArrowDown}{ArrowDown}{Enter}');
    expect(screen.getByText('شرح سال 1405')).toBeTruthy();
    await user.keyboard(' ');
    expect(screen.getByText('۲ بدهی در ۲ شهر')).toBeTruthy();
    await user.keyboard('{ArrowUp}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('انتخاب بدهی سال ۱۴۰۴، شهرداری تهران');
    await user.keyboard('{Control>}{Enter}{/Control}');
    await screen.findByText('قبض‌های شهرداری‌ها');
    expect(server.to('POST /v1/orders')).toHaveLength(1);
  });

  it('shows its keys on a question mark of either keyboard, and loses nothing by it', async () => {
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.keyboard('12؟');
    expect(await screen.findByRole('dialog', { name: 'کلیدهای میان‌بر' })).toBeTruthy();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(screen.getByLabelText<HTMLInputElement>('دو رقم سمت چپ').value).toBe('۱۲');
    await user.keyboard('?');
    expect(await screen.findByRole('dialog', { name: 'کلیدهای میان‌بر' })).toBeTruthy();
  });

  it('leaves a question mark in a text alone', async () => {
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.keyboard('{Alt>}3{/Alt}');
    expect(screen.getByLabelText('شناسهٔ خودرو (VIN)')).toBe(document.activeElement);
    await user.keyboard('?');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('changes plate and purpose by keys', async () => {
    server.on('POST /v1/inquiries', json(201, inquiry()));
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.keyboard('{Alt>}2{/Alt}12345678{Alt>}[KeyP]{/Alt}{Enter}');
    await issue();
    expect(server.to('POST /v1/inquiries')[0]?.body).toEqual({ plate: '12345678', purpose: 'transfer' });
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
    const resume = screen.getByRole<HTMLAnchorElement>('link', { name: 'ادامهٔ همین سبد' });
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
    const again = repetition(inquiry().id);
    server.on(again, json(201, inquiry({ id: 'again' })));
    await user.click(within(notice.parentElement as HTMLElement).getByRole('button', { name: 'استعلام' }));
    await waitFor(() => expect(server.to(again)).toHaveLength(1));
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
