import { createContext, use, useMemo, useState, type ReactNode } from 'react';
import { createApi, type Api } from './client.ts';
import { createClock, type Clock } from './clock.ts';
import { createIntents, type Intend } from './intents.ts';
import type { Me, Permission, Session } from './types.ts';

/** The signed-in person and the ways to reach the server in their name. */
export interface Office {
  api: Api;
  clock: Clock;
  intend: Intend;
  me: Me | undefined;
  /** How the last session ended: the server refused its token, or the person left. */
  end: SessionEnd | undefined;
  signIn(session: Session): void;
  signOut(): void;
}

/** `expired` goes on where it was after sign-in; `left` begins anew, since another person may come. */
export type SessionEnd = 'expired' | 'left';

const OfficeContext = createContext<Office | undefined>(undefined);

interface State {
  me: Me | undefined;
  end: SessionEnd | undefined;
}

interface ProviderProps {
  language(): string;
  /** Called when a session ends, so that nothing of it stays behind. */
  onEnd(): void;
  children: ReactNode;
}

/** Holds the session in memory alone: closing or reloading the page forgets the token. */
export function SessionProvider({ language, onEnd, children }: ProviderProps) {
  const [state, setState] = useState<State>({ me: undefined, end: undefined });
  const [wiring] = useState(() => {
    let token: string | undefined;
    const clock = createClock();
    const finish = (end: SessionEnd) => {
      token = undefined;
      setState({ me: undefined, end });
      onEnd();
    };
    const begin = (session: Session) => {
      token = session.access_token;
      setState({ me: session.me, end: undefined });
    };
    const api = createApi({ token: () => token, language, clock, expired: () => finish('expired') });
    return { api, clock, intend: createIntents(), signIn: begin, signOut: () => finish('left') };
  });
  const office = useMemo(() => ({ ...wiring, ...state }), [wiring, state]);
  return <OfficeContext value={office}>{children}</OfficeContext>;
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
