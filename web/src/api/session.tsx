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
  /** Whether the last session ended because the server refused its token. */
  expired: boolean;
  signIn(session: Session): void;
  signOut(): void;
}

const OfficeContext = createContext<Office | undefined>(undefined);

interface State {
  me: Me | undefined;
  expired: boolean;
}

interface ProviderProps {
  language(): string;
  /** Called when a session ends, so that nothing of it stays behind. */
  onEnd(): void;
  children: ReactNode;
}

/** Holds the session in memory alone: closing or reloading the page forgets the token. */
export function SessionProvider({ language, onEnd, children }: ProviderProps) {
  const [state, setState] = useState<State>({ me: undefined, expired: false });
  const [wiring] = useState(() => {
    let token: string | undefined;
    const clock = createClock();
    const end = (expired: boolean) => {
      token = undefined;
      setState({ me: undefined, expired });
      onEnd();
    };
    const begin = (session: Session) => {
      token = session.access_token;
      setState({ me: session.me, expired: false });
    };
    const api = createApi({ token: () => token, language, clock, expired: () => end(true) });
    return { api, clock, intend: createIntents(), signIn: begin, signOut: () => end(false) };
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
