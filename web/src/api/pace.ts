import { problemFrom } from './problem.ts';

// In milliseconds, while a payment is undecided: looking makes the server ask the provider, and what the server's events bring comes at once. A tab that nobody sees asks
// seldom.
const watchEvery = { alone: 2_000, live: 8_000, hidden: 15_000 };
const lookEvery = 15_000;

const hidden = () => document.visibilityState === 'hidden';

/** How often money on its way is asked about; `live` says that events of it come. */
export function watching(live = false): number {
  if (hidden()) return watchEvery.hidden;
  return live ? watchEvery.live : watchEvery.alone;
}

/** How often is asked about what may still change; not while nobody sees it. */
export function looking(): number | false {
  return !hidden() && lookEvery;
}

/** The pace after the last answer: as late as the server wants, and never again after a refusal that it will not take back. */
export function heeding(every: number | false, { status, error }: { status: string; error: unknown }): number | false {
  if (!every || status !== 'error') return every;
  const problem = problemFrom(error);
  return !problem.definite && Math.max(every, (problem.facts.retryAfter ?? 0) * 1000);
}
