import { render, screen } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { App } from '../app/App.tsx';
import { session } from './fixtures.ts';
import { json, type FakeServer } from './server.ts';

/** Opens the portal at an address and signs in; the person may do everything unless told otherwise. */
export async function openPortal(server: FakeServer, path = '/', permissions?: string[]): Promise<UserEvent> {
  window.history.replaceState(null, '', path);
  server.on('POST /v1/sessions', json(201, session(permissions)));
  const user = userEvent.setup({ delay: null });
  render(<App />);
  await signIn(user);
  return user;
}

/** Fills the sign-in page and submits it, whatever name stands there. */
export async function signIn(user: UserEvent): Promise<void> {
  const name = await screen.findByLabelText('نام کاربری');
  await user.clear(name);
  await user.type(name, 'zahra');
  await user.type(screen.getByLabelText('گذرواژه'), 'secret');
  await user.click(screen.getByRole('button', { name: 'ورود' }));
}
