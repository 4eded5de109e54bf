import { useEffect, useState } from 'react';
import { useOffice } from '../api/session.tsx';

/** The server's time in milliseconds, ticking every second while `running`. */
export function useNow(running = true): number {
  const { clock } = useOffice();
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    if (!running) return;
    setNow(clock.now());
    const timer = setInterval(() => setNow(clock.now()), 1000);
    return () => clearInterval(timer);
  }, [running, clock]);
  return now;
}
