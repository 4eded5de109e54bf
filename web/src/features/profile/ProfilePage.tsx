import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useOffice } from '../../api/session.tsx';
import { Columns, PageHead, Panel } from '../../ui/Panel.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { PasswordForm } from './PasswordForm.tsx';
import { RemoveFactor } from './RemoveFactor.tsx';
import { Sessions } from './Sessions.tsx';

interface ProfilePageProps {
  /** Has a second factor set up; another feature's part of this page. */
  secondFactor: ReactNode;
}

/** The person's own account: password, second factor and where they are signed in. */
export function ProfilePage({ secondFactor }: ProfilePageProps) {
  const { t } = useTranslation();
  const { me } = useOffice();
  const [settingUp, setSettingUp] = useState(false);
  const on = me?.second_factor === 'set';
  if (settingUp && !on) {
    return (
      <>
        <Button variant="subtle" size="xs" mb="sm" onClick={() => setSettingUp(false)}>{t('profile.back')}</Button>
        {secondFactor}
      </>
    );
  }
  return (
    <>
      <PageHead title={t('profile.title')} />
      <Columns side={<PasswordForm />}>
        <Panel title={t('profile.factor')} aside={<StateBadge tone={on ? 'good' : 'neutral'}>{t(on ? 'profile.factorOn' : 'profile.factorOff')}</StateBadge>}>
          <p className="quiet">{t(on ? 'profile.factorOnHint' : 'profile.factorOffHint')}</p>
          {on ? <RemoveFactor /> : <Button onClick={() => setSettingUp(true)}>{t('profile.setUp')}</Button>}
        </Panel>
        <Sessions />
      </Columns>
    </>
  );
}
