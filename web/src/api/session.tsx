import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { createApi, type Api } from './client.ts';
import { createClock, type Clock } from './clock.ts';
import { createIntents, type Intend } from './intents.ts';
import { createKeeper } from './keeper.ts';
import { Problem } from './problem.ts';
import { createSeat, nobody, type Seated } from './seat.ts';
import type { Permission, Session } from './types.ts';

/** The signed-in person and the ways to reach the server in their name. */
export interface Office extends Seated {
  api: Api;
  clock: Clock;
  intend: Intend;
  /** Begins a session here; one of somebody who works for no office is ended instead. */
  signIn(session: Session, username: string): void;
  /** Takes what the person may do anew, as after a second factor was set up. */
  renew(): Promise<void>;
  signOut(): void;
}

// In milliseconds, while a page that was loaded does not reach the server.
const resumeEvery = 3_000;

const OfficeContext = createContext<Office | undefined>(undefined);

interface ProviderProps {
  language(): string;
  /** Called when the work of a person ends, so that nothing of it stays behind; not when a session lapses. */
  onEnd(): void;
  children: ReactNode;
}

/**
 * Holds the access token in memory alone. A reload, and the time shortly before it expires, trade the browser's refresh cookie, which no script can read, for
 * another one.
 */
export function SessionProvider({ language, onEnd, children }: ProviderProps) {
  const [state, setState] = useState<Seated>({ ...nobody, resuming: true });
  const [wiring] = useState(() => wire(language, onEnd, setState));
  const office = useMemo(() => ({ ...wiring.office, ...state }), [wiring, state]);
  useEffect(() => wiring.resume(), [wiring]);
  return <OfficeContext value={office}>{children}</OfficeContext>;
}

// The page may be closed at once: the request outlives it.
function endAtServer(api: Api, ended: string): void {
  const headers = { Authorization: `Bearer ${ended}` };
  void api.DELETE('/v1/sessions/{session_id}', { params: { path: { session_id: 'current' } }, headers, keepalive: true }).catch(() => undefined);
}

function wire(language: () => string, onEnd: () => void, setState: (state: Seated) => void) {
  const clock = createClock();
  const intents = createIntents();
  const ended = () => {
    intents.clear();
    onEnd();
  };
  const seat = createSeat({ shown: setState, ended });
  const begin = (session: Session, typed?: string) => {
    keeper.keep(session.expires_at);
    seat.take(session, typed);
  };
  const lapse = () => {
    if (seat.token() === undefined) return;
    keeper.stop();
    seat.lapse();
  };
  // Somebody who works for no office has signed in at another tab: the cookie is theirs now, the work on this page is not.
  const renewed = (session: Session) => (session.me.home === 'office' ? begin(session) : lapse());
  const renew = async () => {
    const trouble = await keeper.refresh();
    if (trouble) throw trouble;
  };
  const { token, turn, lapsed, settled } = seat;
  const api = createApi({ token, language, clock, turn, stale: () => seat.stale(clock.now()), renew, lapsed, settled });
  const keeper = createKeeper({ api, clock, renewed, refused: lapse });
  const signOut = () => {
    const shown = seat.token();
    keeper.stop();
    seat.leave();
    if (shown !== undefined) endAtServer(api, shown);
  };
  const resume = () => {
    let mounted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const found = await keeper.resume();
      if (!mounted || seat.token() !== undefined) return;
      const turn = seat.turn();
      if (found instanceof Problem) {
        timer = setTimeout(() => void ask(), resumeEvery);
        setState({ ...nobody, turn, resuming: true, unreached: found });
      } else if (found?.me.home === 'office') begin(found);
      else setState({ ...nobody, turn });
    };
    void ask();
    return () => {
      mounted = false;
      clearTimeout(timer);
      keeper.stop();
    };
  };
  const signIn = (session: Session, typed: string) => (session.me.home === 'office' ? begin(session, typed) : endAtServer(api, session.access_token));
  return { resume, office: { api, clock, intend: intents.intend, signIn, renew: async () => void (await keeper.refresh()), signOut } };
}

/** The session of the page; throws outside a SessionProvider. */
export function useOffice(): Office {
  const office = use(OfficeContext);
  if (!office) throw new Error('useOffice outside SessionProvider');
  return office;
}

/** Whether the person may do it. The server decides again on every request; this only spares a vain click. */
export function useMay(permission: Permission): boolean {
  return useOffice().me?.permissions.includes(permission) ?? false;
}
