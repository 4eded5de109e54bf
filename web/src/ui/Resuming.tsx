import { useOffice } from '../api/session.tsx';
import { Loading } from './Loading.tsx';
import { ProblemView } from './ProblemView.tsx';

/** While it is asked whether the browser has a session: what keeps the answer away, which is asked for again by itself. */
export function Resuming() {
  const { unreached } = useOffice();
  return unreached ? <ProblemView error={unreached} retry={() => window.location.reload()} /> : <Loading />;
}
