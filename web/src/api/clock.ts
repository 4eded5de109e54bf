/** The server's time as far as it is known, in milliseconds since 1970. */
export interface Clock {
  now(): number;
  /** Takes the Date header of an answer. */
  learn(date: string | null): void;
}

// A Date header is whole seconds and some way old; only a larger difference is a wrong clock.
const tolerance = 5_000;

/** Makes a clock that follows the server, because the clock of an office PC decides no validity. */
export function createClock(): Clock {
  let skew = 0;
  return {
    now: () => Date.now() + skew,
    learn(date) {
      const told = Date.parse(date ?? '');
      if (!Number.isFinite(told)) return;
      const difference = told - Date.now();
      skew = Math.abs(difference) > tolerance ? difference : 0;
    },
  };
}
