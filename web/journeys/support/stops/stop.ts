import type { Page } from '@playwright/test';
import type { Journey } from '../journey.ts';
import type { Operator, Person } from '../operator.ts';

/** What a walk carries from stop to stop. */
export interface Way extends Pick<Journey, 'hire' | 'vehicle' | 'atBank' | 'lapse' | 'terminal'> {
  /** How long the payer looks for a card, in milliseconds: as long as the stop at which the terminal waits takes. */
  patience: number;
  /** The payer's tab. */
  gateway?: Page;
  /** Of the order that the walk is about. */
  plate?: string;
  /** Of whom somebody else has asked for something. */
  colleague?: Person;
  /** Of the authenticator. */
  secret?: string;
  /** Lets go of the terminal. */
  release?: () => void;
}

/** A page, or a state of one, that is worth looking at. */
export interface Stop {
  name: string;
  /** Whether paper lies open that a printer would print. */
  paper?: boolean;
  /** Goes on from the stop before. */
  go(she: Operator, way: Way): Promise<void>;
}
