import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Order } from '../../api/types.ts';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { canCancel } from './order.ts';
import { useCancelOrder } from './useOrder.ts';

/** Cancels after a question, because nobody can bring the order back. */
export function CancelButton({ order }: { order: Order }) {
  const { t } = useTranslation();
  const may = useMay('orders.create');
  const [asking, question] = useDisclosure(false);
  const cancel = useCancelOrder(order);
  if (!may || !canCancel(order)) return null;
  const ask = () => {
    cancel.reset();
    question.open();
  };
  return (
    <>
      <Button variant="default" size="xs" c="var(--danger)" onClick={ask}>{t('order.cancel')}</Button>
      <Modal opened={asking} onClose={question.close} title={t('order.cancelTitle')} centered closeButtonProps={{ 'aria-label': t('app.close') }}>
        <p>{t('order.cancelText')}</p>
        {cancel.isError && <ProblemView error={cancel.error} retry={cancel.mutate} />}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={question.close} data-autofocus>{t('order.cancelKeep')}</Button>
          <Button color="red.8" loading={cancel.isPending} onClick={() => cancel.mutate()}>{t('order.cancelConfirm')}</Button>
        </Group>
      </Modal>
    </>
  );
}
