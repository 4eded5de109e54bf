import { readFileSync } from 'node:fs';
import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { UsageRow } from '../../api/types.ts';
import { App } from '../../app/App.tsx';
import { openPortal } from '../../test/app.tsx';
import { session } from '../../test/fixtures.ts';
import { fakeServer, json, problem } from '../../test/server.ts';
import { abilities, grave, granted, isGrave, roles } from './roles.ts';
import { csvOf, lastOf, namesakes, periodOf, sumBy, sumByRun, total } from './usage.ts';

const row = (day: string, name: string, taken: number): UsageRow => ({
  day, person_id: name, person_name: name, inquiries: 3, orders: 2, receipts: 1, taken_rial: taken, certificates: 1,
});
const rows = [row('1405/08/29', 'مریم', 100), row('1405/08/29', 'علی', 50), row('1405/08/28', 'مریم', 7)];

describe('usage', () => {
  it('is summed by operator, by day and in all', () => {
    const people = sumBy(rows, ({ person_id, person_name }) => ({ key: person_id, name: person_name }));
    expect(people.map(({ name, taken, inquiries }) => [name, taken, inquiries])).toEqual([['مریم', 107, 6], ['علی', 50, 3]]);
    expect(sumBy(rows, ({ day }) => ({ key: day, name: day })).map(({ taken }) => taken)).toEqual([150, 7]);
    expect(total(rows)).toMatchObject({ taken: 157, orders: 6, certificates: 3 });
  });

  it('goes into a file that a spreadsheet reads and takes no name for a formula', () => {
    const file = csvOf(['روز', 'کاربر'], [row('1405/08/29', '=cmd("x"),1', 100)]);
    expect(file).toBe('\ufeffروز,کاربر\r\n1405/08/29,"\'=cmd(""x""),1",3,2,1,100,1\r\n');
  });

  it('tells people of one name apart, in the file too', () => {
    const twins = [row('1405/08/29', 'مریم', 100), { ...row('1405/08/29', 'مریم', 50), person_id: 'm2' }, row('1405/08/28', 'علی', 7), row('1405/08/27', 'علی', 7)];
    expect(namesakes(twins)).toEqual(new Set(['مریم', 'm2']));
    expect(namesakes(rows).size).toBe(0);
    expect(csvOf([], twins, new Map([['m2', 'maryam.2']])).split('\r\n').slice(1, 4).map((line) => line.split(',')[1])).toEqual(['مریم', 'مریم (maryam.2)', 'علی']);
  });

  it('is divided into days, weeks from Saturday and Jalali months, with the gaps in between', () => {
    const period = { from: '1405/07/28', to: '1405/08/29' };
    const work = [row('1405/08/29', 'مریم', 100), row('1405/08/23', 'علی', 50), row('1405/08/22', 'علی', 7), row('1405/07/30', 'مریم', 3)];
    const taken = (run: 'day' | 'week' | 'month') => sumByRun(work, run, period).map((sum) => [sum.key, sum.taken]);
    expect(taken('day')).toHaveLength(32);
    expect(taken('week')).toEqual([['1405/08/23', 150], ['1405/08/16', 7], ['1405/08/09', 0], ['1405/08/02', 0], ['1405/07/25', 3]]);
    expect(taken('month')).toEqual([['1405/08/01', 157], ['1405/07/01', 3]]);
    expect(lastOf('week', '1405/08/16', period)).toBe('1405/08/22');
    expect(lastOf('month', '1405/08/01', period)).toBe('1405/08/29');
  });

  it('knows the usual periods', () => {
    expect(periodOf('week', '1405/08/29')).toEqual({ from: '1405/08/23', to: '1405/08/29' });
    expect(periodOf('lastMonth', '1405/01/10')).toEqual({ from: '1404/12/01', to: '1404/12/29' });
  });

  it('is shown of one operator or all, in a chart that says where its table is', async () => {
    const server = fakeServer();
    server.on('GET /v1/usage', (seen) => json(200, { rows: seen.search.get('from') === '1405/08/27' ? rows : [] }));
    const user = await openPortal(server, '/manage', ['people.read', 'usage.read']);
    expect(await screen.findByText('در این دوره کاری ثبت نشده است')).toBeTruthy();
    await user.click(screen.getByRole('radio', { name: 'بازهٔ دلخواه' }));
    const [from, to] = [screen.getByLabelText('از روز'), screen.getByLabelText('تا روز')];
    await user.clear(from);
    await user.type(from, '۱۴۰۵/۱۲/۳۰');
    await user.click(screen.getByRole('button', { name: 'نمایش' }));
    expect(screen.getByText(/چنین روزی نیست/)).toBeTruthy();
    await user.clear(from);
    await user.type(from, '۱۴۰۵/۸/۲۷');
    await user.clear(to);
    await user.type(to, '۱۴۰۵/۰۸/۲۹{Enter}');
    const chart = await screen.findByRole('img', { name: 'دریافتی (ریال)، به تفکیک روز' });
    expect(document.getElementById(chart.getAttribute('aria-describedby') ?? '')?.textContent).toMatch(/^بیشترین: ۱۴۰۵\/۰۸\/۲۹ با ۱۵۰/);
    await user.click(screen.getByRole('radio', { name: 'ماه' }));
    const table = await screen.findByRole('table', { name: 'به تفکیک ماه' });
    expect(within(table).getByText('آبان ۱۴۰۵')).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'دستگاه‌ها' })).toBeNull();
    // A reload keeps the period and its division.
    server.on('POST /v1/sessions/refresh', json(200, session(['people.read', 'usage.read'])));
    cleanup();
    render(<App />);
    expect(await screen.findByRole('table', { name: 'به تفکیک ماه' })).toBeTruthy();
    expect(screen.getByLabelText('از روز')).toHaveProperty('value', '۱۴۰۵/۰۸/۲۷');
  });

  it('adds the user name where two people have one name, in the table and in the choice of one', async () => {
    const server = fakeServer();
    server.on('GET /v1/usage', json(200, { rows: [...rows, { ...row('1405/08/29', 'مریم', 9), person_id: 'm2' }] }));
    server.on('GET /v1/people', json(200, { people: [['مریم', 'maryam'], ['m2', 'maryam.2'], ['علی', 'ali']].map(([id, username]) => ({ id, username })) }));
    const user = await openPortal(server, '/manage', ['people.read', 'usage.read']);
    const table = await screen.findByRole('table', { name: 'به تفکیک کاربر' });
    expect(await within(table).findByText('maryam.2')).toBeTruthy();
    expect(within(table).getByText('maryam')).toBeTruthy();
    expect(within(table).queryByText('ali')).toBeNull();
    expect(within(table).getByRole('row', { name: /^جمع/ }).querySelectorAll('[aria-hidden]')).toHaveLength(5);
    await user.click(screen.getByRole('combobox', { name: 'کاربر' }));
    expect(await screen.findByRole('option', { name: /مریم .*maryam\.2/ })).toBeTruthy();
    expect(screen.getByRole('option', { name: 'علی' })).toBeTruthy();
  });

  it('asks nobody for user names who may not read the people, nor where no name repeats', async () => {
    const server = fakeServer();
    server.on('GET /v1/usage', json(200, { rows: [...rows, { ...row('1405/08/29', 'مریم', 9), person_id: 'm2' }] }), json(200, { rows }));
    await openPortal(server, '/manage', ['usage.read']);
    expect(await screen.findByRole('table', { name: 'به تفکیک کاربر' })).toBeTruthy();
    cleanup();
    await openPortal(server, '/manage', ['people.read', 'usage.read']);
    expect(await screen.findByRole('table', { name: 'به تفکیک کاربر' })).toBeTruthy();
    expect(server.to('GET /v1/usage')).toHaveLength(2);
    await new Promise((done) => setTimeout(done, 50));
    expect(server.to('GET /v1/people')).toHaveLength(0);
  });

  it('is saved as the workbook that the server makes, asked for with the token', async () => {
    const server = fakeServer();
    server.on('GET /v1/usage', json(200, { rows }));
    const sheet = new Response('PK', { headers: { 'Content-Type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' } });
    server.on('GET /v1/usage/spreadsheet', problem(503, 'unavailable'), sheet);
    const saved: string[] = [];
    const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(this.download);
    });
    const user = await openPortal(server, '/manage', ['people.read', 'usage.read']);
    await user.click(await screen.findByRole('button', { name: 'دریافت اکسل (XLSX)' }));
    await user.click(await screen.findByRole('button', { name: 'تلاش دوباره' }));
    await waitFor(() => expect(saved).toEqual([expect.stringMatching(/^usage-\d{8}-\d{8}\.xlsx$/)]));
    click.mockRestore();
    const [asked] = server.to('GET /v1/usage/spreadsheet');
    expect(asked?.headers.get('Authorization')).toBe('Bearer token-1');
    expect([...(asked?.search.keys() ?? [])]).toEqual(['from', 'to']);
  });
});

it('whoever manages nothing finds no empty bar of places, but the way back to the counter', async () => {
  const user = await openPortal(fakeServer(), '/manage', ['inquiries.create']);
  expect(await screen.findByText('مجاز نیستید')).toBeTruthy();
  expect(screen.queryByRole('navigation', { name: 'مدیریت دفتر' })).toBeNull();
  await user.click(screen.getByRole('link', { name: 'بازگشت به پیشخوان' }));
  expect(await screen.findByRole('heading', { name: 'استعلام بدهی خودرو' })).toBeTruthy();
});

it('agreements say how many more are shown at once, and which have no ceiling', async () => {
  const server = fakeServer();
  const agreements = Array.from({ length: 45 }, (_, at) => ({ municipality_code: at, municipality_name_fa: `شهر ${at}`, number: 1, holds: true, valid_from: '1405/01/01', terms: at === 0 ? { order_ceiling_rial: 500 } : {} }));
  server.on('GET /v1/agreements', json(200, { agreements }));
  server.on('GET /v1/agreements/proposals', json(200, { proposals: [] }));
  server.on('GET /v1/fees', json(200, { fees: [] }));
  const user = await openPortal(server, '/manage/agreements', ['agreements.read']);
  const table = await screen.findByRole('table', { name: 'توافق‌نامه‌ها' });
  expect(within(table).getAllByText('بی‌سقف')).toHaveLength(19);
  await user.click(screen.getByRole('button', { name: 'نمایش ۲۰ شهر دیگر' }));
  await user.click(screen.getByRole('button', { name: 'نمایش ۵ شهر دیگر' }));
  expect(within(table).getAllByRole('row')).toHaveLength(46);
  expect(screen.queryByRole('button', { name: /شهر دیگر/ })).toBeNull();
});

it('a device is paired with a code that is shown once', async () => {
  const device = { id: '0198a000-0000-7000-8000-0000000000d1', name: 'باجهٔ ۱', kind: 'terminal_agent', state: 'invited', invited_at: '2026-11-20T10:00:00Z', code_expires_at: '2026-11-20T10:15:00Z' };
  const server = fakeServer();
  server.on('GET /v1/devices', json(200, { devices: [] }), json(200, { devices: [device] }));
  server.on('POST /v1/devices', json(201, { device, code: 'ABCD-EFGH-2345-WXYZ' }));
  const user = await openPortal(server, '/manage/devices', ['people.read', 'devices.manage']);
  await user.click(await screen.findByRole('button', { name: 'افزودن دستگاه' }));
  await user.type(await screen.findByLabelText('نام دستگاه'), 'باجهٔ ۱{Enter}');
  expect(await screen.findByText('ABCD-EFGH-2345-WXYZ', { selector: 'bdi' })).toBeTruthy();
  expect(server.to('POST /v1/devices')[0]?.body).toEqual({ name: 'باجهٔ ۱', kind: 'terminal_agent' });
  await user.click(screen.getAllByRole('button', { name: 'بستن' }).at(-1) as HTMLElement);
  expect(await screen.findByText('منتظر جفت شدن')).toBeTruthy();
  expect(screen.queryByText('ABCD-EFGH-2345-WXYZ')).toBeNull();
});

it('a device that pairs itself is told at once, with what is typed on its PC', async () => {
  const device = { id: '0198a000-0000-7000-8000-0000000000d2', name: 'باجهٔ ۲', kind: 'terminal_agent', state: 'invited', invited_at: '2026-11-20T10:00:00Z', code_expires_at: '2026-11-20T10:15:00Z' };
  const server = fakeServer();
  let paired = false;
  server.on('GET /v1/devices', () => json(200, { devices: [{ ...device, state: paired ? 'enrolled' : 'invited' }] }));
  server.on('POST /v1/devices', json(201, { device, code: 'ABCD-EFGH-2345-WXYZ' }));
  const user = await openPortal(server, '/manage/devices', ['people.read', 'devices.manage']);
  await user.click(await screen.findByRole('button', { name: 'افزودن دستگاه' }));
  await user.type(await screen.findByLabelText('نام دستگاه'), 'باجهٔ ۲{Enter}');
  const command = `posagent pair --state posagent --server ${window.location.origin} --code ABCD-EFGH-2345-WXYZ`;
  expect(await screen.findByText((_, element) => element?.tagName === 'BDI' && element.textContent === command)).toBeTruthy();
  paired = true;
  expect(await screen.findByText('دستگاه جفت شد')).toBeTruthy();
});

describe('roles', () => {
  const source = readFileSync('../tenants/identity/roles.go', 'utf8');
  const codes = new Map([...source.matchAll(/^\t(\w+)\s+Permission = "([a-z_.]+)"/gm)].map(([, name, code]) => [name, code]));
  const atServer = (role: string) => {
    const [, list = ''] = new RegExp(`case post\\{${role}, AtOffice\\}:\\s*return \\[\\]Permission\\{([^}]*)\\}`).exec(source) ?? [];
    return list.split(',').map((name) => codes.get(name.trim())).sort();
  };

  it.each([['office_manager', 'OfficeManager'], ['office_cashier', 'OfficeCashier'], ['office_clerk', 'OfficeClerk']] as const)('%s may what the server permits', (role, name) => {
    const said = granted[role].flatMap((ability) => [...abilities[ability]]).sort();
    expect(said).toEqual(atServer(name));
    expect(said.length).toBeGreaterThan(2);
  });

  it('that two people give are those of the server, and an invitation brings none of them', () => {
    const [, list = ''] = /switch p \{\s*case ([^:]*):/.exec(readFileSync('../tenants/identity/grants.go', 'utf8')) ?? [];
    const atOffice = Object.values(abilities).flat() as string[];
    expect([...grave].sort()).toEqual(list.split(',').map((name) => codes.get(name.trim()) ?? '').filter((code) => atOffice.includes(code)).sort());
    expect(roles.filter((role) => !isGrave(role))).toEqual(['office_clerk']);
  });

  it('stand in words beside the staff', async () => {
    const server = fakeServer();
    server.on('GET /v1/people', json(200, { people: [] }));
    await openPortal(server, '/manage/staff', ['people.read']);
    const table = await screen.findByRole('table', { name: 'هر نقش چه می‌تواند بکند' });
    const row = within(table).getByRole('row', { name: /^صدور گواهی/ });
    expect(within(row).getAllByRole('cell').slice(1).map((cell) => /نمی‌تواند/.test(cell.textContent ?? ''))).toEqual([false, false, true]);
  });
});

describe('a second person', () => {
  const person = (at: number, name: string, role: string) => ({ id: `0198a000-0000-7000-8000-0000000000e${at}`, username: name, name_fa: name, role, standing: 'active', platform_locked: false, workplace: { home: 'office' } });
  const [zahra, reza, sara] = [{ ...person(1, 'zahra', 'office_manager'), id: session().me.id }, person(2, 'رضا', 'office_manager'), person(3, 'سارا', 'office_clerk')];
  const approval = (at: number, by: typeof zahra, more: object = {}) => ({
    id: `0198a000-0000-7000-8000-0000000000f${at}`, kind: 'role_grant', target_id: sara.id, workplace: { home: 'office' }, summary: { fa: `نقش ${at}`, en: `Role ${at}` }, details: {},
    reason: 'صندوق خالی است', state: 'open', requested_by: by.id, requester_name_fa: by.name_fa, requested_at: '2026-11-20T10:00:00Z', expires_at: '2026-12-04T10:00:00Z', ...more,
  });
  const [mine, his, strange] = [approval(1, zahra), approval(2, reza), approval(3, reza, { kind: 'moon_landing', target_id: 'x' })];
  const may = ['people.read', 'people.manage', 'approvals.read', 'approvals.decide'];

  it('decides about what another one asked for, never about the own; a refusal says why', async () => {
    const server = fakeServer();
    server.on('GET /v1/people', json(200, { people: [zahra, reza, sara] }));
    server.on('GET /v1/approvals', (seen) => json(200, { approvals: seen.search.get('state') === 'open' ? [mine, his, strange] : [mine, approval(2, reza, { state: 'refused', decided_at: new Date().toISOString(), remark: 'لازم نیست' })] }));
    server.on(`POST /v1/approvals/${his.id}/decision`, problem(403, 'approval_same_human'), json(200, { ...his, state: 'refused' }));
    const user = await openPortal(server, '/manage/staff', may);
    const table = await screen.findByRole('table', { name: 'در انتظار تأیید نفر دوم' });
    expect(document.title).toBe('کارکنان · مفاصا');
    const row = (name: RegExp) => within(table).getByRole('row', { name });
    await waitFor(() => expect(within(row(/نقش 1/)).getByText('منتظر نفر دیگر')).toBeTruthy());
    expect(within(row(/نقش 1/)).queryByRole('button')).toBeNull();
    expect(within(row(/نقش 3/)).getByText('moon_landing')).toBeTruthy();
    await user.click(within(row(/نقش 2/)).getByRole('button', { name: 'رد «نقش 2»' }));
    const go = await screen.findByRole<HTMLButtonElement>('button', { name: 'رد می‌کنم' });
    expect(go.disabled).toBe(true);
    await user.type(screen.getByLabelText('دلیل رد'), 'لازم نیست');
    await user.click(go);
    expect(await screen.findByText('عنوان approval_same_human')).toBeTruthy();
    await user.click(go);
    expect(await screen.findByText('رد شد: نقش 2')).toBeTruthy();
    expect(server.to(`POST /v1/approvals/${his.id}/decision`).at(-1)?.body).toEqual({ verdict: 'refuse', remark: 'لازم نیست' });
    await user.click(screen.getByRole('button', { name: /^نمایش تصمیم‌ها/ }));
    const decided = await screen.findByRole('table', { name: 'تصمیم‌های سی روز گذشته' });
    expect(within(decided).getAllByRole('row')).toHaveLength(2);
    expect(within(decided).getByText('راهبر سامانهٔ مرکزی')).toBeTruthy();
  });

  it('is the platform where the office has no other manager', async () => {
    const server = fakeServer();
    server.on('GET /v1/people', json(200, { people: [zahra, { ...reza, standing: 'locked' }, sara] }));
    server.on('GET /v1/approvals', json(200, { approvals: [] }));
    await openPortal(server, '/manage/staff', may);
    expect(await screen.findByText(/دفتر شما مدیر فعال دیگری ندارد/)).toBeTruthy();
    expect(screen.getByText('چیزی در انتظار تأیید نیست')).toBeTruthy();
  });

  it('is not asked by an invitation, which brings the role of a clerk alone', async () => {
    const server = fakeServer();
    server.on('GET /v1/people', json(200, { people: [zahra] }));
    server.on('GET /v1/approvals', json(200, { approvals: [] }));
    server.on('POST /v1/invitations', json(201, { id: 'i', token: 'AB', expires_at: '2026-12-04T10:00:00Z' }));
    const user = await openPortal(server, '/manage/staff', may);
    await user.click(await screen.findByRole('button', { name: 'دعوت همکار' }));
    await user.type(await screen.findByLabelText('نام'), 'مینا');
    await user.type(screen.getByLabelText('نام کاربری'), 'mina');
    await user.type(screen.getByLabelText('کد ملی'), '۰۰۸۴۵۷۵۹۴۸');
    expect(screen.getByLabelText<HTMLInputElement>('نقش').value).toBe('متصدی استعلام');
    await user.click(screen.getByRole('button', { name: 'ساخت دعوت‌نامه' }));
    await screen.findByText('AB');
    expect(server.to('POST /v1/invitations')[0]?.body).toEqual({ username: 'mina', name_fa: 'مینا', national_id: '0084575948', role: 'office_clerk' });
  });
});
