import type { Api } from './client.ts';
import type { Clock } from './clock.ts';
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
  /** The session that the browser has from before, if there is one. */
  resume(): Promise<Session | undefined>;
  /** Renews the token shortly before this time (ISO 8601). */
  keep(until: string): void;
  /** Renews the token now. */
  refresh(): Promise<void>;
  stop(): void;
}

/** Makes a keeper. Two refreshes of one page never run at once: the second would show a cookie that the first has used up. */
export function createKeeper({ api, clock, renewed, refused }: KeeperNeeds): Keeper {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: Promise<Session | 'refused' | 'unreached'> | undefined;
  // Counts the sessions of the page: the answer to a question of an earlier one is nobody's any more.
  let era = 0;

  const ask = () => {
    asking ??= request(api).finally(() => {
      asking = undefined;
    });
    return asking;
  };
  const refresh = async () => {
    const asked = era;
    const outcome = await ask();
    if (asked !== era) return;
    if (outcome === 'refused') refused();
    else if (outcome === 'unreached') timer = setTimeout(() => void refresh(), again);
    else renewed(outcome);
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
      timer = setTimeout(() => void refresh(), Math.max(soonest, Date.parse(until) - clock.now() - ahead));
    },
    async resume() {
      const outcome = await ask();
      return typeof outcome === 'object' ? outcome : undefined;
    },
  };
}

async function request(api: Api): Promise<Session | 'refused' | 'unreached'> {
  try {
    const { data, response } = await api.POST('/v1/sessions/refresh', { params: { header: { 'X-Mofasa-Refresh': '1' } } });
    if (data) return data;
    return response.status < 500 && response.status !== 429 ? 'refused' : 'unreached';
  } catch {
    return 'unreached';
  }
}
