import { useReducer } from 'react';
import { newKey } from './intents.ts';

/** Tells an intent from the next one that wants the same: another occasion for each opened form, and after `next` for what the form wants then. */
export function useOccasion(): [occasion: string, next: () => void] {
  return useReducer(newKey, undefined, newKey);
}
