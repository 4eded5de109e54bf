import { useDocumentVisibility, useNetwork } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { eventsOf, pause } from '../../api/events.ts';
import { keys } from '../../api/keys.ts';
import { answer, problemFrom } from '../../api/problem.ts';
import { useOffice, type Office } from '../../api/session.tsx';

// The server shows every fifteen seconds that it lives; a stream that is lost is opened again after this long, and ever more seldom while that fails.
const silence = 40_000;
const soonest = 1_000;
const latest = 30_000;

/**
 * Follows an order by the server's events while it is wanted, somebody sees the page and the machine has a network, and reads it anew after each. True while events come;
 * where they do not, whoever shows the order asks by itself. A tab in the background lets go of its connection, since a browser has few of them.
 */
export function useLive(id: string, wanted: boolean): boolean {
  const { api } = useOffice();
  const queries = useQueryClient();
  const seen = useDocumentVisibility() !== 'hidden';
  const { online } = useNetwork();
  const [live, setLive] = useState(false);
  const listening = wanted && seen && online;
  useEffect(() => {
    if (!listening) return;
    const off = new AbortController();
    const news = () => {
      if (off.signal.aborted) return;
      setLive(true);
      void queries.invalidateQueries({ queryKey: keys.order(id) });
    };
    void keepListening(() => listen(api, id, news, off.signal), () => !off.signal.aborted && setLive(false), off.signal);
    return () => {
      off.abort();
      setLive(false);
    };
  }, [api, queries, id, listening]);
  return live;
}

// Gives how many events came before the stream ended.
async function listen(api: Office['api'], id: string, news: () => void, off: AbortSignal): Promise<number> {
  const body = await answer(
    api.GET('/v1/orders/{order_id}/events', { params: { path: { order_id: id } }, parseAs: 'stream', headers: { Accept: 'text/event-stream' }, signal: off }),
  );
  let heard = 0;
  for await (const { event } of eventsOf(body, silence)) {
    if (event !== 'order') continue;
    heard += 1;
    news();
  }
  return heard;
}

async function keepListening(once: () => Promise<number>, lost: () => void, off: AbortSignal): Promise<void> {
  let failures = 0;
  while (!off.aborted) {
    let wait = soonest;
    try {
      // A proxy that ends every stream before anything came through is as good as none.
      failures = (await once()) > 0 ? 0 : failures + 1;
    } catch (cause) {
      const problem = problemFrom(cause);
      if (problem.definite) return lost(); // not this person's to follow: asking again changes nothing
      failures += 1;
      wait = (problem.facts.retryAfter ?? 0) * 1000;
    }
    lost();
    await pause(Math.max(wait, Math.min(latest, soonest * 2 ** failures)), off);
  }
}
