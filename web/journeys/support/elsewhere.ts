import { expect } from '@playwright/test';
import { ground } from './ground.ts';
import type { Operator, Person } from './operator.ts';

type Call = (method: string, path: string, body?: unknown) => Promise<Response>;

// Signs somebody in without a browser, from a network that is nobody else's.
const worker = Number(process.env['TEST_WORKER_INDEX'] ?? 0);
let machines = 0;
async function from(username: string, code?: string): Promise<Call> {
  machines += 1;
  const headers = { 'Content-Type': 'application/json', 'X-Forwarded-For': `10.${200 + (worker % 50)}.${machines % 250}.${Math.floor(machines / 250) + 1}` };
  const call = async (method: string, path: string, token: string | undefined, body: unknown) =>
    fetch(ground().url + path, { method, headers: { ...headers, ...(token && { Authorization: `Bearer ${token}` }) }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const session = await call('POST', '/v1/sessions', undefined, { username, password: ground().password, ...(code && { code }) });
  expect(session.status, `the sign-in of ${username}`).toBe(201);
  const { access_token: token } = (await session.json()) as { access_token: string };
  return (method, path, body) => call(method, path, token, body);
}

/** Ends every session of somebody, as they themselves do from another machine. */
export async function endSessionsOf({ person: { username, factor } }: Operator): Promise<void> {
  const call = await from(username, factor?.recovery.pop());
  const { sessions } = (await (await call('GET', '/v1/sessions')).json()) as { sessions: { id: string; current: boolean }[] };
  for (const { id } of sessions.filter(({ current }) => !current)) expect((await call('DELETE', `/v1/sessions/${id}`)).status).toBe(204);
}

/** Has the office's manager ask that somebody gets a role, which another manager approves. */
export async function askForRole({ id }: Person, role: string, reason: string): Promise<void> {
  const call = await from(ground().people.manager);
  expect((await call('POST', `/v1/people/${id}/role`, { role, reason })).status).toBe(200);
}
