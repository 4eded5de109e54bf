import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { App } from '../../app/App.tsx';
import { fakeServer, json, problem, type FakeServer } from '../../test/server.ts';

const path = 'POST /v1/invitations/acceptance';
const good = 'kabutar sefid dar baran';
let server: FakeServer;
beforeEach(() => {
  server = fakeServer();
  server.on('POST /v1/sessions/refresh', problem(401, 'session_ended'));
});

async function invited() {
  window.history.replaceState(null, '', '/sign-in');
  const user = userEvent.setup({ delay: null });
  render(<App />);
  await user.click(await screen.findByRole('link', { name: 'دعوت‌نامه دارم' }));
  const fill = async (secret: string, password: string, again = password) => {
    for (const [label, text] of [['رمز دعوت', secret], ['گذرواژهٔ تازه', password], ['تکرار گذرواژهٔ تازه', again]] as const) {
      const field = await screen.findByLabelText(label);
      await user.clear(field);
      await user.type(field, text);
    }
    await user.click(screen.getByRole('button', { name: 'گذاشتن گذرواژه' }));
  };
  return { user, fill };
}

it('an invitation is taken up with its secret and a password, and leads to the sign-in with the user name', async () => {
  server.on(path, json(201, { username: 'nasrin', second_factor_demanded: true }));
  const { user, fill } = await invited();
  await fill(' se cret\n', 'short');
  expect(screen.getByText('گذرواژه دست‌کم ۱۲ نویسه دارد')).toBeTruthy();
  await fill('secret', good, 'something else');
  expect(screen.getByText('دو گذرواژه یکی نیستند')).toBeTruthy();
  expect(server.to(path)).toHaveLength(0);
  await fill(' se cret ', good);
  expect(await screen.findByText('گذرواژهٔ شما گذاشته شد')).toBeTruthy();
  expect(screen.getByText(/ورود دومرحله‌ای/)).toBeTruthy();
  expect(server.to(path)[0]?.body).toEqual({ token: 'secret', password: good });
  expect(window.location.href).not.toMatch(/secret|kabutar/);
  await user.click(screen.getByRole('button', { name: 'ورود' }));
  expect(await screen.findByLabelText('نام کاربری')).toHaveProperty('value', 'nasrin');
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('گذرواژه')));
  expect(JSON.stringify(window.history.state)).not.toMatch(/secret|kabutar/);
});

it('an invitation that is none, and a password that everybody tries, are refused at their fields', async () => {
  server.on(path, problem(404, 'invitation_unknown'), problem(422, 'password_common', { errors: [{ field: 'password', code: 'password_common', detail: 'این گذرواژه رایج است' }] }), problem(429, 'rate_limited'));
  const { fill } = await invited();
  await fill('wrong', good);
  expect(await screen.findByText(/این رمز دعوت درست نیست/)).toBeTruthy();
  await fill('right', 'password1234');
  expect(await screen.findByText('این گذرواژه رایج است')).toBeTruthy();
  await fill('right', good);
  expect(await screen.findByText('دعوت‌نامه پذیرفته نشد')).toBeTruthy();
});
