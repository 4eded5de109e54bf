import { VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { CheckIcon } from '../../ui/icons.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { abilities, granted, roles, useRoleName, type Ability, type Role } from './roles.ts';
import classes from './Manager.module.css';

/** What each role may do, in words. */
export function RolesPanel() {
  const { t } = useTranslation();
  const name = useRoleName();
  const columns: Column<Ability>[] = [
    { head: t('staff.ability'), cell: (ability) => t(`staff.abilities.${ability}`) },
    ...roles.map((role): Column<Ability> => ({ head: name(role), cell: (ability) => <Granted role={role} ability={ability} /> })),
  ];
  return (
    <Panel title={t('staff.rolesTitle')} flush>
      <p className={classes.intro}>{t('staff.rolesHint')}</p>
      <DataTable caption={t('staff.rolesTitle')} columns={columns} rows={Object.keys(abilities) as Ability[]} rowKey={(ability) => ability} stays />
    </Panel>
  );
}

function Granted({ role, ability }: { role: Role; ability: Ability }) {
  const { t } = useTranslation();
  const may = granted[role].includes(ability);
  return (
    <>
      <span className={classes.granted} data-may={may || undefined} aria-hidden="true">{may ? <CheckIcon size={16} /> : t('app.none')}</span>
      <VisuallyHidden>{t(may ? 'staff.may' : 'staff.mayNot')}</VisuallyHidden>
    </>
  );
}
