import { act, cleanup, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { App } from '../../app/App.tsx';
import { openPortal, signIn } from '../../test/app.tsx';
import { citySession, inquiry, order, orderId, session } from '../../test/fixtures.ts';
import { fakeServer, json, problem, type FakeServer } from '../../test/server.ts';

let server: FakeServer;
beforeEach(() => {
  server = fakeServer();
  server.on('POST /v1/sessions/refresh', problem(401, 'session_ended'));
});

const page = `/orders/${orderId}`;

// Somebody else of the same office.
function another() {
  const { me, ...rest } = session();
  return { ...rest, access_token: 'token-2', me: { ...me, id: '0198a000-0000-7000-8000-0000000000e2', name_fa: 'رضا کریمی' } };
}

async function visit() {
  const user = await openPortal(server);
  await screen.findByText('استعلام بدهی خودرو');
  await user.keyboard('12ب14547{Enter}');
  await screen.findByRole('button', { name: 'صدور سبد تسویه' });
  return user;
}

describe('a session', () => {
  it('leaves no token behind on the machine', async () => {
    await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    expect(JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie).not.toContain('token');
    expect(window.location.href).not.toContain('token');
  });

  it('is refused in clear words, without an expired session', async () => {
    const user = await openPortal(server);
    await user.click(await screen.findByRole('button', { name: 'خروج' }));
    server.on('POST /v1/sessions', problem(401, 'sign_in'));
    await signIn(user);
    expect(await screen.findByText('نام کاربری یا گذرواژه درست نیست')).toBeTruthy();
    expect(screen.getByText('trace-sign_in')).toBeTruthy();
    expect(screen.queryByText(/نشست شما پایان یافته/)).toBeNull();
  });

  it('is not begun for whoever works for a city, who is told where to go', async () => {
    const user = await openPortal(server);
    await user.click(await screen.findByRole('button', { name: 'خروج' }));
    server.on('POST /v1/sessions', json(201, citySession()));
    await signIn(user);
    expect(await screen.findByText('این درگاه برای دفترهاست')).toBeTruthy();
    expect(screen.getByText(/فعلاً فقط با API/)).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('گذرواژه').value).toBe('');
    expect(window.location.pathname).toBe('/sign-in');
    await user.click(screen.getByRole('button', { name: 'English' }));
    expect(await screen.findByText('This portal is for offices')).toBeTruthy();
    server.on('POST /v1/sessions', json(201, session()));
    await user.type(screen.getByLabelText('Password'), 'secret');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('What does a vehicle owe?')).toBeTruthy();
  });

  it('that runs out is taken up again over the page, and what was asked is answered', async () => {
    server.on(`GET /v1${page}`, problem(401, 'token_expired'), json(200, order()));
    const user = await openPortal(server, page);
    expect(await screen.findByRole('dialog', { name: 'نشست شما پایان یافته است' })).toBeTruthy();
    expect(window.location.pathname).toBe(page);
    server.on('POST /v1/sessions', json(201, { ...session(), access_token: 'token-2' }));
    expect(screen.getByLabelText<HTMLInputElement>('نام کاربری').value).toBe('zahra');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('گذرواژه')));
    await user.keyboard('secret{Enter}');
    await screen.findByText('قبض‌های شهرداری‌ها');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(server.to(`GET /v1${page}`).at(-1)?.headers.get('Authorization')).toBe('Bearer token-2');
  });

  it('that runs out in a visit keeps the answer and the choice; what claims dues waits for another click', async () => {
    server.on('POST /v1/inquiries', json(201, inquiry()));
    server.on('POST /v1/orders', problem(401, 'token_expired'), json(201, order()));
    server.on(`GET /v1${page}`, json(200, order()));
    const user = await visit();
    await user.click(screen.getByRole('checkbox', { name: 'انتخاب بدهی سال ۱۴۰۵، شهرداری تهران' }));
    await user.click(screen.getByRole('button', { name: 'صدور سبد تسویه' }));
    await screen.findByRole('dialog', { name: 'نشست شما پایان یافته است' });
    await user.keyboard('{Escape}');
    await signIn(user);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(screen.getByText('۲ بدهی در ۲ شهر')).toBeTruthy();
    expect(server.to('POST /v1/orders')).toHaveLength(1);
    await user.click(screen.getByRole('button', { name: 'صدور سبد تسویه' }));
    await screen.findByText('قبض‌های شهرداری‌ها');
    const [first, second] = server.to('POST /v1/orders');
    expect(second?.headers.get('Idempotency-Key')).toBe(first?.headers.get('Idempotency-Key'));
  });

  it('that runs out is no door for somebody else', async () => {
    server.on('POST /v1/inquiries', json(201, inquiry()), problem(401, 'token_expired'));
    const user = await visit();
    await user.click(screen.getByRole('button', { name: 'استعلام' }));
    await screen.findByRole('dialog');
    server.on('POST /v1/sessions', json(201, another()));
    await signIn(user);
    expect(await screen.findByText('رضا کریمی')).toBeTruthy();
    expect(screen.queryByText('شهرداری تهران')).toBeNull();
    expect(server.to('POST /v1/inquiries')).toHaveLength(2);
  });

  it('that runs out leaves no address, and nothing that stood with it, to somebody else', async () => {
    server.on(`GET /v1${page}`, problem(401, 'token_expired'), json(200, order()));
    const user = await openPortal(server, page);
    await screen.findByRole('dialog');
    server.on('POST /v1/sessions', json(201, another()));
    await signIn(user);
    await screen.findByText('استعلام بدهی خودرو');
    expect([window.location.pathname, (window.history.state as { usr?: unknown } | null)?.usr ?? null]).toEqual(['/', null]);
    expect(server.to(`GET /v1${page}`).map(({ headers }) => headers.get('Authorization'))).toEqual(['Bearer token-1']);
    expect(screen.getByText('رضا کریمی')).toBeTruthy();
  });

  it('outlives a closed laptop, whose token has expired meanwhile', async () => {
    server.on(`GET /v1${page}`, (seen) => (seen.headers.get('Authorization') === 'Bearer token-2' ? json(200, order()) : problem(401, 'token_expired')));
    server.on('POST /v1/sessions/refresh', problem(401, 'session_ended'), json(200, { ...session(), access_token: 'token-2' }));
    await openPortal(server, page);
    expect(await screen.findByText('قبض‌های شهرداری‌ها')).toBeTruthy();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(server.to('POST /v1/sessions/refresh')).toHaveLength(2);
  });

  it('that runs out is left by whoever does not come back to it', async () => {
    server.on('POST /v1/inquiries', problem(401, 'token_expired'));
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.keyboard('12ب14547{Enter}');
    await user.click(await screen.findByRole('button', { name: /من کس دیگری هستم/ }));
    await waitFor(() => expect(window.location.pathname).toBe('/sign-in'));
    expect(screen.getByLabelText<HTMLInputElement>('نام کاربری').value).toBe('');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(server.to('DELETE /v1/sessions/current')).toHaveLength(0);
  });

  it('is refused for a while after failures: says until when, and takes no further try', async () => {
    server.on('POST /v1/sessions', problem(429, 'sign_in_delayed', {}, { 'Retry-After': '4' }), json(201, session()));
    const user = userEvent.setup({ delay: null });
    render(<App />);
    await signIn(user);
    expect(await screen.findByText('ورود موقتاً بسته است')).toBeTruthy();
    expect(screen.getByRole('timer').textContent).toMatch(/۰۰:۰[۱-۴]/);
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'ورود' }).disabled).toBe(true);
    await user.keyboard('{Enter}');
    expect(server.to('POST /v1/sessions')).toHaveLength(1);
    expect(await screen.findByText('اکنون می‌توانید دوباره وارد شوید')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'ورود' }));
    await screen.findByText('استعلام بدهی خودرو');
  });

  it('shows light and dark as the machine remembers', async () => {
    const user = await openPortal(server);
    await user.click(await screen.findByRole('button', { name: 'نمای تیره' }));
    expect(document.documentElement.dataset['mantineColorScheme']).toBe('dark');
    cleanup();
    await openPortal(server);
    expect(document.documentElement.dataset['mantineColorScheme']).toBe('dark');
    await user.click(await screen.findByRole('button', { name: 'نمای روشن' }));
    expect(document.documentElement.dataset['mantineColorScheme']).toBe('light');
  });

  it('survives 403, which is only a part of the page', async () => {
    server.on('POST /v1/inquiries', problem(403, 'forbidden'));
    const user = await openPortal(server);
    await screen.findByText('استعلام بدهی خودرو');
    await user.keyboard('12ب14547{Enter}');
    expect(await screen.findByText('مجاز نیستید')).toBeTruthy();
    expect(screen.getByText('trace-forbidden')).toBeTruthy();
    expect(screen.getByText('زهرا احمدی')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'استعلام' })).toBeTruthy();
  });

  it('shows no work that the person may not do', async () => {
    await openPortal(server, '/', ['orders.read']);
    expect(await screen.findByText('مجاز نیستید')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'استعلام' })).toBeNull();
    expect(screen.getByText('زهرا احمدی')).toBeTruthy();
  });

  it('offers to look but not to order without the permission', async () => {
    server.on('POST /v1/inquiries', json(201, inquiry()));
    const user = await openPortal(server, '/', ['inquiries.create']);
    await screen.findByText('استعلام بدهی خودرو');
    await user.keyboard('12ب14547{Enter}');
    expect((await screen.findByRole<HTMLButtonElement>('button', { name: 'صدور سبد تسویه' })).disabled).toBe(true);
    expect(screen.getByText('اجازهٔ این کار را ندارید')).toBeTruthy();
  });

  it('begins anew for whoever comes after a sign-out, with nothing left to see', async () => {
    server.on(`GET /v1${page}`, json(200, order()));
    const user = await openPortal(server, page);
    await screen.findByText('قبض‌های شهرداری‌ها');
    await user.click(screen.getByRole('button', { name: 'خروج' }));
    server.on(`GET /v1${page}`, problem(404, 'order_unknown'));
    await signIn(user);
    await screen.findByText('استعلام بدهی خودرو');
    expect(window.location.pathname).toBe('/');
    act(() => {
      window.history.pushState(null, '', page);
      window.dispatchEvent(new PopStateEvent('popstate'));
    });
    expect(await screen.findByText('عنوان order_unknown')).toBeTruthy();
    expect(screen.queryByText('قبض‌های شهرداری‌ها')).toBeNull();
  });

  it('is told why a second factor is wanted only where it is demanded', async () => {
    server.on('GET /v1/sessions', json(200, { sessions: [] }));
    const user = await openPortal(server, '/profile');
    await user.click(await screen.findByRole('button', { name: 'راه‌اندازی' }));
    expect(await screen.findByText(/^از این پس برای ورود/)).toBeTruthy();
    expect(screen.queryByText(/نقش شما با پول/)).toBeNull();
  });

  it('turns the page to English and keeps the session', async () => {
    const user = await openPortal(server);
    await user.click(await screen.findByRole('button', { name: 'English' }));
    expect(await screen.findByText('What does a vehicle owe?')).toBeTruthy();
    await waitFor(() => expect([document.documentElement.dir, document.documentElement.lang]).toEqual(['ltr', 'en']));
  });

  it('knows that an address leads nowhere', async () => {
    await openPortal(server, '/nowhere');
    expect(await screen.findByText('این نشانی در درگاه نیست')).toBeTruthy();
  });

  it('goes on after a reload, where the page was', async () => {
    server.on('POST /v1/sessions/refresh', json(200, { ...session(), access_token: 'token-2' }));
    server.on(`GET /v1${page}`, json(200, order()));
    window.history.replaceState(null, '', page);
    render(<App />);
    await screen.findByText('قبض‌های شهرداری‌ها');
    expect(server.to(`GET /v1${page}`).at(-1)?.headers.get('Authorization')).toBe('Bearer token-2');
    expect(document.title).toBe('سبد تسویه · مفاصا');
    expect(server.to('POST /v1/sessions')).toHaveLength(0);
  });

  it('of a city is not taken up by a reload', async () => {
    server.on('POST /v1/sessions/refresh', json(200, citySession()));
    render(<App />);
    expect(await screen.findByLabelText('نام کاربری')).toBeTruthy();
  });

  it('is ended at the server by a sign-out', async () => {
    server.on('DELETE /v1/sessions/current', new Response(null, { status: 204 }));
    const user = await openPortal(server);
    await user.click(await screen.findByRole('button', { name: 'خروج' }));
    await waitFor(() => expect(server.to('DELETE /v1/sessions/current')).toHaveLength(1));
    expect(server.to('DELETE /v1/sessions/current')[0]?.headers.get('Authorization')).toBe('Bearer token-1');
    expect(screen.queryByText(/نشست شما پایان یافته/)).toBeNull();
  });

  it('asks for the code of a second factor, and says when it is wrong', async () => {
    server.on('POST /v1/sessions', problem(401, 'second_factor_required'), problem(401, 'second_factor_invalid'), json(201, session()));
    const user = userEvent.setup({ delay: null });
    render(<App />);
    await signIn(user);
    await user.type(await screen.findByLabelText('کد برنامهٔ رمزساز'), '111111');
    await user.click(screen.getByRole('button', { name: 'ورود' }));
    expect(await screen.findByText('کد درست نیست یا پیش‌تر به کار رفته است')).toBeTruthy();
    await user.type(screen.getByLabelText('کد برنامهٔ رمزساز'), '222222');
    await user.click(screen.getByRole('button', { name: 'ورود' }));
    await screen.findByText('استعلام بدهی خودرو');
    expect(server.to('POST /v1/sessions').map(({ body }) => (body as { code?: string }).code)).toEqual([undefined, '111111', '222222']);
  });

  it('begins with setting a demanded second factor up', async () => {
    const limited = session([]);
    server.on('POST /v1/me/second-factor', problem(401, 'credentials_invalid'), json(201, { secret: 'ABCD', uri: 'otpauth://totp/x', qr: 'data:image/png;base64,AA==' }));
    server.on('POST /v1/me/second-factor/confirmation', json(200, { codes: ['aaaa-bbbb'] }));
    server.on('POST /v1/sessions', json(201, { ...limited, me: { ...limited.me, second_factor: 'demanded' } }));
    const user = userEvent.setup({ delay: null });
    render(<App />);
    await signIn(user);
    expect(await screen.findByText(/^نقش شما با پول سر و کار دارد/)).toBeTruthy();
    await user.type(await screen.findByLabelText('گذرواژه'), 'wrong');
    await user.click(screen.getByRole('button', { name: 'آغاز' }));
    expect(await screen.findByText('گذرواژه درست نیست')).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('گذرواژه').value).toBe('');
    await user.type(screen.getByLabelText('گذرواژه'), 'secret');
    await user.click(screen.getByRole('button', { name: 'آغاز' }));
    await user.type(await screen.findByLabelText('کد برنامهٔ رمزساز'), '123456');
    await user.click(screen.getByRole('button', { name: 'تأیید کد' }));
    expect(await screen.findByText('aaaa-bbbb')).toBeTruthy();
    expect(server.to('POST /v1/me/second-factor').map(({ body }) => body)).toEqual([{ password: 'wrong' }, { password: 'secret' }]);
    server.on('POST /v1/sessions/refresh', json(200, session()));
    await user.click(screen.getByRole('button', { name: 'نگه داشتم؛ ادامه' }));
    expect(await screen.findByText('استعلام بدهی خودرو')).toBeTruthy();
  });
});

it('a page that is loaded without a connection says so, and goes on by itself', async () => {
  window.history.replaceState(null, '', '/');
  server.on('POST /v1/sessions/refresh', new TypeError('offline'), json(200, session()));
  render(<App />);
  expect(await screen.findByText('ارتباط با سامانه برقرار نشد')).toBeTruthy();
  expect(screen.queryByLabelText('نام کاربری')).toBeNull();
  expect(await screen.findByText('استعلام بدهی خودرو', {}, { timeout: 6_000 })).toBeTruthy();
});
