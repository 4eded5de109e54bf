import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Approval } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { FormStack } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useDecide, type Decision } from './useApprovals.ts';

interface DecideDialogProps {
  approval: Approval;
  verdict: Decision['verdict'];
  onClose(): void;
  onDone(decided: Approval): void;
}

/** Takes the second person's word; a refusal says why. */
export function DecideDialog({ approval, verdict, onClose, onDone }: DecideDialogProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [remark, setRemark] = useState('');
  const decide = useDecide(approval.id);
  const said = remark.trim();
  const complete = verdict === 'approve' || said !== '';
  const submit = () => {
    if (complete) decide.mutate({ verdict, ...(said && { remark: said }) }, { onSuccess: onDone });
  };
  return (
    <Modal opened onClose={onClose} title={t(`approvals.ask.${verdict}`, { what: format.text(approval.summary) })} centered closeButtonProps={{ 'aria-label': t('app.close') }}>
      <FormStack onSubmit={submit}>
        <p className="quiet">{t('refund.because', { reason: approval.reason })}</p>
        <p>{t(`approvals.effect.${verdict}`)}</p>
        <Textarea label={t(`approvals.remark.${verdict}`)} value={remark} onChange={(event) => setRemark(event.currentTarget.value)} maxLength={1000} rows={3} data-autofocus />
        {decide.isError && <ProblemView error={decide.error} retry={submit} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('desk.cancel')}</Button>
          <Button type="submit" loading={decide.isPending} disabled={!complete}>{t(`approvals.say.${verdict}`)}</Button>
        </Group>
      </FormStack>
    </Modal>
  );
}
