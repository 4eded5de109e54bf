import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Shift } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { Empty, Panel } from '../../ui/Panel.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { useNames } from './useShift.ts';
import { sumOf } from './Totals.tsx';

/** The open shifts of the office's other people: the manager sees them and closes one whose owner has gone. */
export function Colleagues({ open, onClose }: { open: Shift[]; onClose: (shift: Shift) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useNames();
  const columns: Column<Shift>[] = [
    { head: t('desk.by'), cell: ({ person_id }) => name(person_id) },
    { head: t('shift.number'), cell: ({ number }) => format.digits(number) },
    { head: t('shift.opened'), cell: ({ opened_at }) => format.moment(opened_at) },
    { head: t('shift.sum'), end: true, cell: (shift) => <Rial amount={sumOf(shift.totals)} /> },
    { head: '', acts: true, cell: (shift) => <Button size="xs" variant="default" onClick={() => onClose(shift)} aria-label={t('shift.closeOf', { name: name(shift.person_id) })}>{t('shift.confirm')}</Button> },
  ];
  return (
    <Panel title={t('shift.colleagues')} flush>
      {open.length === 0 ? <Empty title={t('shift.noColleagues')} /> : <DataTable caption={t('shift.colleagues')} columns={columns} rows={open} rowKey={({ id }) => id} />}
    </Panel>
  );
}
