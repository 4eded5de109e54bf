import { useTranslation } from 'react-i18next';
import type { Approval } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import classes from './Manager.module.css';
import { useStaff } from './useManager.ts';

/** What is asked for in the server's words, its kind, and of whom, since two people may have one name. A kind that the catalogue does not know is shown by its code. */
export function What({ approval: { kind, summary, target_id } }: { approval: Approval }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const name = `approvals.kind.${kind}`;
  const person = useStaff().data?.people.find(({ id }) => id === target_id);
  return (
    <>
      {format.text(summary)}
      <span className={classes.sub}>{i18n.exists(name) ? t(name as 'approvals.kind.role_grant') : kind}{person && <> · <bdi className="identifier">{person.username}</bdi></>}</span>
    </>
  );
}

/** Who did it, and when; whom the office does not know works for the platform. */
export function Who({ name, at }: { name: string | undefined; at: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {name ?? t('approvals.platform')}
      <span className={classes.sub}>{format.moment(at)}</span>
    </>
  );
}
