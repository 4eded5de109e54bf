import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OpenSession } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Answered } from '../../ui/Answered.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import classes from './Sessions.module.css';
import { useEndSession, useSessions } from './useProfile.ts';

/** Where the person is signed in; any session but this one can be ended here. */
export function Sessions() {
  const { t } = useTranslation();
  const sessions = useSessions();
  const end = useEndSession();
  const others = sessions.data?.sessions.filter(({ current }) => !current).map(({ id }) => id) ?? [];
  const endOthers = others.length > 1 && <Button size="xs" variant="default" loading={end.isPending} onClick={() => end.mutate(others)}>{t('profile.endOthers')}</Button>;
  return (
    <Panel title={t('profile.sessions')} aside={endOthers}>
      {end.isError && <ProblemView error={end.error} />}
      <Answered query={sessions} skeleton="lines">
        {({ sessions: list }) => (
          <ul className={classes.list}>
            {list.map((session) => <Session key={session.id} session={session} busy={end.isPending} onEnd={() => end.mutate([session.id])} />)}
          </ul>
        )}
      </Answered>
    </Panel>
  );
}

// The name of the program, out of all that a browser says of itself.
function shortly(program: string): string {
  const found = /(Edg|OPR|Firefox|HeadlessChrome|Chrome|Safari)\/(\d+)/.exec(program);
  const system = /(Windows|Android|Linux|iPhone|Mac OS)/.exec(program)?.[1];
  return found ? [`${found[1]} ${found[2]}`, system].filter(Boolean).join(' · ') : (system ?? program.slice(0, 60));
}

function Session({ session, busy, onEnd }: { session: OpenSession; busy: boolean; onEnd: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li>
      <div>
        <span className={classes.program}><bdi>{shortly(session.program)}</bdi></span>
        <small>
          {t('profile.from', { network: `\u2066${session.network}\u2069` })}{t('app.comma')}{t('profile.lastUsed', { moment: format.moment(session.last_used_at) })}
        </small>
      </div>
      {session.current ? <StateBadge tone="good">{t('profile.here')}</StateBadge> : <Button size="xs" variant="default" disabled={busy} onClick={onEnd} aria-label={t('profile.endOf', { program: shortly(session.program) })}>{t('profile.end')}</Button>}
    </li>
  );
}
