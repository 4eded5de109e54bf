import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Device } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { Answered } from '../../ui/Answered.tsx';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { Empty, FormStack, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import classes from './Manager.module.css';
import { PairDialog } from './PairDialog.tsx';
import { useDevices, useRevokeDevice } from './useManager.ts';

const tones = { invited: 'open', lapsed: 'neutral', enrolled: 'good', revoked: 'neutral' } as const;

/** The office's devices: a terminal agent is paired here, and one that was lost is refused from here. */
export function DevicesPage() {
  return useMay('devices.manage') ? <Devices /> : <Forbidden />;
}

function Devices() {
  const { t } = useTranslation();
  const devices = useDevices();
  const [pairing, setPairing] = useState(false);
  const [lost, setLost] = useState<Device>();
  const columns: Column<Device>[] = [
    { head: t('devices.name'), cell: ({ name }) => name },
    { head: t('devices.kind'), cell: ({ kind }) => t(`devices.kinds.${kind}`) },
    { head: t('desk.state'), cell: ({ state }) => <StateBadge tone={tones[state]}>{t(`devices.states.${state}`)}</StateBadge> },
    { head: t('devices.since'), cell: (device) => <Since device={device} /> },
    {
      head: '',
      acts: true,
      cell: (device) => device.state !== 'revoked' && device.state !== 'lapsed' && <Button size="xs" variant="default" c="var(--danger)" onClick={() => setLost(device)}>{t('devices.revoke')}</Button>,
    },
  ];
  return (
    <Panel title={t('manage.devices')} flush aside={<Button size="xs" onClick={() => setPairing(true)}>{t('devices.add')}</Button>}>
      <Answered query={devices} skeleton="lines">
        {({ devices: list }) =>
          list.length === 0 ? <Empty title={t('devices.empty')}>{t('devices.emptyHint')}</Empty> : <DataTable caption={t('manage.devices')} columns={columns} rows={list} rowKey={({ id }) => id} />
        }
      </Answered>
      {pairing && <PairDialog onClose={() => setPairing(false)} />}
      {lost && <RevokeDialog key={lost.id} device={lost} onClose={() => setLost(undefined)} />}
    </Panel>
  );
}

function Since({ device }: { device: Device }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {format.moment(device.revoked_at ?? device.enrolled_at ?? device.invited_at)}
      {device.state === 'invited' && <span className={classes.sub}>{t('manage.validUntil', { moment: format.moment(device.code_expires_at) })}</span>}
      {device.reason && <span className={classes.sub}>{device.reason}</span>}
    </>
  );
}

function RevokeDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const revoke = useRevokeDevice(device.id);
  return (
    <Modal opened onClose={onClose} title={t('devices.revokeTitle', { name: device.name })} centered closeButtonProps={{ 'aria-label': t('app.close') }}>
      <FormStack onSubmit={() => revoke.mutate(reason.trim(), { onSuccess: onClose })}>
        <p>{t('devices.revokeHint')}</p>
        <TextInput label={t('desk.reason')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} maxLength={500} data-autofocus />
        {revoke.isError && <ProblemView error={revoke.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('desk.cancel')}</Button>
          <Button type="submit" color="red.8" loading={revoke.isPending} disabled={reason.trim() === ''}>{t('devices.revoke')}</Button>
        </Group>
      </FormStack>
    </Modal>
  );
}
