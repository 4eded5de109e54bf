import { Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { UsageRow } from '../../api/types.ts';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { saveFile } from './saveFile.ts';
import { csvOf, type Period } from './usage.ts';
import { useSpreadsheet } from './useManager.ts';

/** The report as a file: CSV, made here of what is shown, or a workbook of the server's. */
export function UsageFiles({ rows, period, usernames }: { rows: UsageRow[]; period: Period; usernames: ReadonlyMap<string, string> }) {
  const { t } = useTranslation();
  const book = useSpreadsheet();
  const heads = [t('usage.runs.day'), t('desk.by'), t('usage.inquiries'), t('usage.orders'), t('usage.receipts'), t('usage.taken'), t('usage.certificates')];
  const name = t('usage.file', { from: period.from.replaceAll('/', ''), to: period.to.replaceAll('/', '') });
  const saveCsv = () => saveFile(`${name}.csv`, new Blob([csvOf(heads, rows, usernames)], { type: 'text/csv;charset=utf-8' }));
  const saveBook = () => book.mutate(period, { onSuccess: (file) => saveFile(`${name}.xlsx`, file) });
  return (
    <Group gap="xs">
      {book.isError && <ProblemView error={book.error} retry={saveBook} />}
      <Button size="xs" variant="default" loading={book.isPending} onClick={saveBook}>{t('usage.xlsx')}</Button>
      <Button size="xs" variant="default" onClick={saveCsv}>{t('usage.csv')}</Button>
    </Group>
  );
}
