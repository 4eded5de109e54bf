import type { Api } from './client.ts';
import type { Clock } from './clock.ts';
import { Problem, problemFrom, problemOf } from './problem.ts';
import type { Session } from './types.ts';

// An access token is renewed this long before it expires, and after a lost connection tried again this often.
const ahead = 60_000;
const again = 15_000;
const soonest = 5_000;

interface KeeperNeeds {
  api: Api;
  clock: Clock;
  /** A fresh access token for the running session. */
  renewed(session: Session): void;
  /** The server knows the session no more. */
  refused(): void;
}

/** Keeps a session alive by the browser's refresh cookie. */
export interface Keeper {
  /** The session that the browser has from before, if there is one; or why that cannot be told now. */
  resume(): Promise<Session | Problem | undefined>;
  /** Renews the token shortly before this time (ISO 8601). */
  keep(until: string): void;
  /** Renews the token now. Gives the problem of a server that was not reached, which is asked again by and by; everything else is told to whoever keeps the session. */
  refresh(): Promise<Problem | undefined>;
  stop(): void;
}

/** Makes a keeper. Two refreshes of one page never run at once: the second would show a cookie that the first has used up. */
export function createKeeper({ api, clock, renewed, refused }: KeeperNeeds): Keeper {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Counts the sessions of the page: the answer to a question of an earlier one is nobody's any more.
  let era = 0;
  let asking: { era: number; answer: Promise<Answer> } | undefined;

  const schedule = (wait: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), wait);
  };
  const ask = () => {
    asking ??= { era, answer: request(api).finally(() => (asking = undefined)) };
    return asking.answer;
  };
  const refresh = async (): Promise<Problem | undefined> => {
    const asked = era;
    if (asking && asking.era !== era) await asking.answer;
    if (asked !== era) return undefined;
    const outcome = await ask();
    if (asked !== era) return undefined;
    if (outcome instanceof Problem) schedule(again);
    else if (outcome === 'refused') refused();
    else renewed(outcome);
    return outcome instanceof Problem ? outcome : undefined;
  };
  const stop = () => {
    era += 1;
    clearTimeout(timer);
  };
  return {
    refresh,
    stop,
    keep(until) {
      stop();
      schedule(Math.max(soonest, Date.parse(until) - clock.now() - ahead));
    },
    async resume() {
      const outcome = await ask();
      return outcome === 'refused' ? undefined : outcome;
    },
  };
}

// A session, its end, or the problem of a server that was not reached or could not say.
type Answer = Session | 'refused' | Problem;

async function request(api: Api): Promise<Answer> {
  try {
    const { data, error, response } = await api.POST('/v1/sessions/refresh', { params: { header: { 'X-Mofasa-Refresh': '1' } } });
    if (data) return data;
    return response.status < 500 && response.status !== 429 ? 'refused' : problemOf(response, error);
  } catch (cause) {
    return problemFrom(cause);
  }
}
