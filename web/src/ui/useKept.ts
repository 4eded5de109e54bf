import { useLocation, useNavigate } from 'react-router';
import { useOffice } from '../api/session.tsx';

type State = Record<string, unknown> | null;

function keptIn(state: State, name: string, by: string | undefined): unknown {
  const kept = state?.[name] as { by?: string; value?: unknown } | undefined;
  return kept && kept.by === by ? kept.value : undefined;
}

/**
 * What somebody has chosen on a page, kept with it in the browser's history: a reload and the way back find it again, and it stands in no address. It is its
 * person's: nobody else finds it.
 */
export function useKept<T>(name: string, first: T): [T, (value: T) => void] {
  const { me } = useOffice();
  const { pathname, state } = useLocation() as { pathname: string; state: State };
  const navigate = useNavigate();
  const value = (keptIn(state, name, me?.id) as T | undefined) ?? first;
  const keep = (next: T) => {
    // Two things may be kept at once, before the page is drawn anew: what the history holds now is the newer. What another page handed over is used up by now.
    const now = (window.history.state as { usr?: State } | null)?.usr ?? {};
    const others = Object.entries(now).filter(([, one]) => typeof one === 'object' && one !== null && 'by' in one);
    void navigate(pathname, { replace: true, state: { ...Object.fromEntries(others), [name]: { by: me?.id, value: next } } });
  };
  return [value, keep];
}
