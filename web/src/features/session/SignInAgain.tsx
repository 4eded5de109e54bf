import { Button, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useOffice } from '../../api/session.tsx';
import { SignInForm } from './SignInForm.tsx';
import classes from './SignInPage.module.css';

/** Stands over the page when its session has run out: the work stays below, veiled, until its person is back. */
export function SignInAgain({ opened }: { opened: boolean }) {
  const { t } = useTranslation();
  const { me, signOut } = useOffice();
  return (
    <Modal
      opened={opened}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t('signIn.lapsed')}
      overlayProps={{ blur: 12, backgroundOpacity: 0.6 }}
      zIndex={400}
      centered
    >
      <p className={classes.kept}>{t('signIn.lapsedHint', { name: me?.name_fa ?? '' })}</p>
      <SignInForm />
      <Button variant="subtle" color="gray" c="var(--soft)" size="xs" mt="sm" fullWidth onClick={signOut}>{t('signIn.somebodyElse')}</Button>
    </Modal>
  );
}
