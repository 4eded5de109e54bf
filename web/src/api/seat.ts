import type { Problem } from './problem.ts';
import type { Me, Session } from './types.ts';

/** What the pages know of who is there. */
export interface Seated {
  me: Me | undefined;
  /** The user name that was typed on this page; after a reload nobody knows it. */
  username: string | undefined;
  /** Whether it is still being asked if the browser has a session from before. */
  resuming: boolean;
  /** Why that cannot be told now; it is asked again until it can. */
  unreached: Problem | undefined;
  /** Whether the session has run out with the page still open: its work stays, and nothing can be done until its person signs in again. */
  lapsed: boolean;
  /** Counts the people of this page: what one has open, has asked or has begun is not for the next. */
  turn: number;
  /** Whether the last session was ended by its person; whoever comes next begins anew. */
  left: boolean;
}

/** Nobody yet. */
export const nobody: Seated = { me: undefined, username: undefined, resuming: false, unreached: undefined, lapsed: false, left: false, turn: 0 };

/** Who is at the page, and by which access token, which is kept here and nowhere else. */
export interface Seat {
  token(): string | undefined;
  turn(): number;
  /** Whether the token has expired by this time, in milliseconds since 1970. */
  stale(now: number): boolean;
  lapsed(): boolean;
  /** Waits until somebody takes the seat or it is left. */
  settled(): Promise<void>;
  take(session: Session, username?: string): void;
  /** The token is worth nothing any more; the work stays. */
  lapse(): void;
  leave(): void;
}

interface SeatNeeds {
  shown(seated: Seated): void;
  /** Called when the turn of a person ends, so that nothing of it stays behind. */
  ended(): void;
}

const free = { token: undefined as string | undefined, until: 0, person: undefined as Me | undefined, username: undefined as string | undefined };

/** Makes the one seat of the page. */
export function createSeat({ shown, ended }: SeatNeeds): Seat {
  // Until when the token serves is the server's time; the person is there while their session has lapsed, too.
  let held = { ...free, turn: 0 };
  const waiting: (() => void)[] = [];
  const settle = () => waiting.splice(0).forEach((tell) => tell());
  return {
    token: () => held.token,
    turn: () => held.turn,
    stale: (now) => held.token !== undefined && now >= held.until,
    lapsed: () => held.token === undefined && held.person !== undefined,
    settled: () => new Promise((tell) => waiting.push(tell)),
    take({ access_token: token, expires_at, me: person }, typed) {
      const other = held.person !== undefined && held.person.id !== person.id;
      const username = typed ?? (other ? undefined : held.username);
      held = { token, until: Date.parse(expires_at), person, username, turn: held.turn + (other ? 1 : 0) };
      if (other) ended();
      shown({ ...nobody, me: person, username, turn: held.turn });
      settle();
    },
    lapse() {
      held = { ...held, token: undefined };
      shown({ ...nobody, me: held.person, username: held.username, lapsed: true, turn: held.turn });
    },
    leave() {
      held = { ...free, turn: held.turn + 1 };
      ended();
      shown({ ...nobody, left: true, turn: held.turn });
      settle();
    },
  };
}
