import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** Where everything is, and who can sign in: what cmd/internal/journeys prints. */
export interface Ground {
  /** Of the server, and so of the portal. */
  url: string;
  /** Of the simulated bank, with its faults below /_sim. */
  bank: string;
  /** Of the card terminal's agent, and what the office calls it. */
  agent: string;
  device: string;
  /** Of what makes vehicles and people. */
  requests: string;
  password: string;
  people: Record<'manager' | 'cashier' | 'clerk' | 'otherManager' | 'otherCashier', string>;
  cities: Record<'tehran' | 'isfahan' | 'shiraz', number>;
  paused: number;
}

const variable = 'MOFASA_JOURNEYS_GROUND';

/** The ground of this run. */
export function ground(): Ground {
  return JSON.parse(process.env[variable] ?? '{}') as Ground;
}

/** Stands the ground up once for all workers; what it returns takes it down. */
export default async function standUp(): Promise<() => Promise<void>> {
  const root = resolve(import.meta.dirname, '../../..');
  const program = spawn(resolve(root, 'var/bin/journeys'), [], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(program, 'exit');
  const said = await Promise.race([once(createInterface(program.stdout), 'line'), ended.then(() => undefined)]);
  if (!said) throw new Error('the ground does not stand: see above');
  process.env[variable] = String(said[0]);
  return async () => {
    program.stdin.end();
    await ended;
  };
}
