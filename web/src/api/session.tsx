import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { createApi, type Api } from './client.ts';
import { createClock, type Clock } from './clock.ts';
import { createIntents, type Intend } from './intents.ts';
import { createKeeper } from './keeper.ts';
import type { Me, Permission, Session } from './types.ts';

/** The signed-in person and the ways to reach the server in their name. */
export interface Office {
  api: Api;
  clock: Clock;
  intend: Intend;
  me: Me | undefined;
  /** Whether it is still being asked if the browser has a session from before. */
  resuming: boolean;
  /** How the last session ended: the server refused its token, or the person left. */
  end: SessionEnd | undefined;
  /** Begins a session here; one of somebody who works for no office is ended instead. */
  signIn(session: Session): void;
  /** Takes what the person may do anew, as after a second factor was set up. */
  renew(): Promise<void>;
  signOut(): void;
}

/** `expired` goes on where it was after sign-in; `left` begins anew, since another person may come. */
export type SessionEnd = 'expired' | 'left';

const OfficeContext = createContext<Office | undefined>(undefined);

interface State {
  me: Me | undefined;
  resuming: boolean;
  end: SessionEnd | undefined;
}

interface ProviderProps {
  language(): string;
  /** Called when a session ends, so that nothing of it stays behind. */
  onEnd(): void;
  children: ReactNode;
}

/**
 * Holds the access token in memory alone. A reload, and the time shortly before it expires, trade the browser's refresh cookie, which no script can read, for
 * another one.
 */
export function SessionProvider({ language, onEnd, children }: ProviderProps) {
  const [state, setState] = useState<State>({ me: undefined, resuming: true, end: undefined });
  const [wiring] = useState(() => wire(language, onEnd, setState));
  const office = useMemo(() => ({ ...wiring.office, ...state }), [wiring, state]);
  useEffect(() => wiring.resume(), [wiring]);
  return <OfficeContext value={office}>{children}</OfficeContext>;
}

function wire(language: () => string, onEnd: () => void, setState: (state: State) => void) {
  let token: string | undefined;
  const clock = createClock();
  const begin = (session: Session) => {
    token = session.access_token;
    keeper.keep(session.expires_at);
    setState({ me: session.me, resuming: false, end: undefined });
  };
  const finish = (end: SessionEnd) => {
    if (token === undefined) return;
    token = undefined;
    keeper.stop();
    setState({ me: undefined, resuming: false, end });
    onEnd();
  };
  const api = createApi({ token: () => token, language, clock, expired: () => finish('expired') });
  const keeper = createKeeper({ api, clock, renewed: begin, refused: () => finish('expired') });
  const close = (ended: string | undefined) => {
    const headers = { Authorization: `Bearer ${ended}` };
    void api.DELETE('/v1/sessions/{session_id}', { params: { path: { session_id: 'current' } }, headers }).catch(() => undefined);
  };
  const signOut = () => {
    const ended = token;
    finish('left');
    close(ended);
  };
  const resume = () => {
    let mounted = true;
    void keeper.resume().then((session) => {
      if (!mounted || token !== undefined) return;
      if (session?.me.home === 'office') begin(session);
      else setState({ me: undefined, resuming: false, end: undefined });
    });
    return () => {
      mounted = false;
      keeper.stop();
    };
  };
  const signIn = (session: Session) => (session.me.home === 'office' ? begin(session) : close(session.access_token));
  return { resume, office: { api, clock, intend: createIntents(), signIn, renew: () => keeper.refresh(), signOut } };
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
