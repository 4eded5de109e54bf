import { Button, Group, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Answered } from '../../ui/Answered.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import classes from './Manager.module.css';
import { useAccept, useProposal } from './useManager.ts';

interface AcceptDialogProps {
  id: string;
  title: string;
  onClose(): void;
}

/** Shows the wording of a proposal and accepts that very version of it. */
export function AcceptDialog({ id, title, onClose }: AcceptDialogProps) {
  const { t } = useTranslation();
  const proposal = useProposal(id);
  const accept = useAccept(id);
  return (
    <Modal opened onClose={onClose} title={title} size="lg" centered closeButtonProps={{ 'aria-label': t('app.close') }}>
      <Answered query={proposal}>
        {({ text_fa, text_version }) => (
          <>
            <div className={classes.text} tabIndex={0} role="region" aria-label={title} lang="fa" dir="rtl">{text_fa ?? t('agreements.noText')}</div>
            {accept.isError && <ProblemView error={accept.error} />}
            <Group justify="flex-end" mt="md">
              <Button variant="default" onClick={onClose}>{t('desk.cancel')}</Button>
              <Button loading={accept.isPending} disabled={!text_version} onClick={() => text_version && accept.mutate(text_version, { onSuccess: onClose })}>{t('agreements.accept')}</Button>
            </Group>
          </>
        )}
      </Answered>
    </Modal>
  );
}
