import { Button, Group, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../api/types.ts';
import { FormStack } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import classes from './Manager.module.css';
import { PairSteps } from './PairSteps.tsx';
import { Secret } from './Secret.tsx';
import { useInviteDevice } from './useManager.ts';

const kinds = ['terminal_agent', 'till'] as const;

/** Gets a pairing code and shows it once. */
export function PairDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Device['kind']>('terminal_agent');
  const invite = useInviteDevice();
  const made = invite.data;
  return (
    <Modal opened onClose={onClose} closeOnClickOutside={!made} title={made ? made.device.name : t('devices.add')} size={made ? 'lg' : 'md'} centered closeButtonProps={{ 'aria-label': t('app.close') }}>
      {made ? (
        <>
          <Secret label={t('devices.code')} value={made.code} until={made.device.code_expires_at} hint={t(`devices.codeHint.${made.device.kind}`)} />
          <PairSteps device={made.device} code={made.code} />
          <div className={classes.foot}><Button onClick={onClose}>{t('app.close')}</Button></div>
        </>
      ) : (
        <FormStack onSubmit={() => name.trim() && invite.mutate({ name: name.trim(), kind })}>
          <TextInput label={t('devices.name')} description={t('devices.nameHint')} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={60} data-autofocus />
          <SegmentedControl aria-label={t('devices.kind')} data={kinds.map((value) => ({ value, label: t(`devices.kinds.${value}`) }))} value={kind} onChange={(chosen) => setKind(chosen as Device['kind'])} />
          {invite.isError && <ProblemView error={invite.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('desk.cancel')}</Button>
            <Button type="submit" loading={invite.isPending} disabled={name.trim() === ''}>{t('devices.addGo')}</Button>
          </Group>
        </FormStack>
      )}
    </Modal>
  );
}
