import { Button, Modal, Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay, useOffice } from '../../api/session.tsx';
import type { Shift } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { AmountField } from '../../ui/AmountField.tsx';
import { Answered } from '../../ui/Answered.tsx';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { ClockIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Columns, Empty, FormStack, PageHead, Panel } from '../../ui/Panel.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { CloseForm } from './CloseForm.tsx';
import { Colleagues } from './Colleagues.tsx';
import { History } from './History.tsx';
import { Totals } from './Totals.tsx';
import { useClosing } from './useClosing.ts';
import { useCurrentShift, useFreshShift, useNames, useOpenShift, useSetShiftRule, useShiftRule, useShifts } from './useShift.ts';

/** The person's till: opened with the change that lies in it, closed with what was counted. */
export function ShiftPage() {
  return useMay('shifts.keep') ? <Till /> : <Forbidden />;
}

function Till() {
  const { t } = useTranslation();
  const current = useCurrentShift();
  const manages = useMay('shifts.manage');
  const shifts = useShifts();
  const own = current.data ?? undefined;
  const others = shifts.data?.pages.flatMap((page) => page.shifts).filter(({ id, closed_at }) => !closed_at && id !== own?.id) ?? [];
  const closing = useClosing(own ? [own, ...others] : others);
  return (
    <>
      <PageHead title={t('shift.title')} />
      <Columns>
        <Answered query={current}>{(shift) => (shift ? <Open shift={shift} onClose={() => closing.begin(shift)} /> : <Closed focus={!closing.shift} />)}</Answered>
        {manages && shifts.data && <Colleagues open={others} onClose={closing.begin} />}
        <History manages={manages} />
        {manages && <Rule />}
      </Columns>
      <ClosingDialog closing={closing} />
    </>
  );
}

/** Stands over the page and not in the card of an open shift, which goes as soon as the shift is closed: what the count came to is read until it is dismissed. */
function ClosingDialog({ closing }: { closing: ReturnType<typeof useClosing> }) {
  const { t } = useTranslation();
  const { me } = useOffice();
  const manages = useMay('shifts.manage');
  const name = useNames();
  const fresh = useFreshShift();
  const { shift, counting, count, pause, end } = closing;
  const leave = (how: () => void) => () => {
    how();
    fresh();
  };
  const title = shift && manages && shift.person_id !== me?.id ? t('shift.closeOf', { name: name(shift.person_id) }) : t('shift.closing');
  return (
    <Modal opened={shift !== undefined} onClose={leave(pause)} title={title} centered size="lg" closeButtonProps={{ 'aria-label': t('app.close') }}>
      {shift && <CloseForm key={shift.id} shift={shift} counting={counting} onCount={(now) => count(shift, now)} onCancel={leave(pause)} onDone={leave(end)} />}
    </Modal>
  );
}

function Closed({ focus }: { focus: boolean }) {
  const { t } = useTranslation();
  const [float, setFloat] = useState<number>();
  const open = useOpenShift();
  const rule = useShiftRule();
  return (
    <Panel title={t('shift.closed')}>
      <FormStack onSubmit={() => float !== undefined && open.mutate(float)}>
        <p className="quiet">{t('shift.closedHint')} {rule.data?.required && t('shift.required')}</p>
        <AmountField label={t('shift.float')} value={float} onChange={setFloat} autoFocus={focus} />
        {open.isError && <ProblemView error={open.error} retry={() => float !== undefined && open.mutate(float)} />}
        <div><Button type="submit" loading={open.isPending} disabled={float === undefined}>{t('shift.open')}</Button></div>
      </FormStack>
    </Panel>
  );
}

function Open({ shift, onClose }: { shift: Shift; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { payments, amount_rial } = shift.in_flight;
  return (
    <Panel
      flush
      title={t('shift.current', { number: format.digits(shift.number) })}
      aside={
        <>
          <span className="quiet">{t('shift.since', { moment: format.moment(shift.opened_at) })}</span>
          <Button size="xs" onClick={onClose}>{t('shift.close')}</Button>
        </>
      }
    >
      {shift.totals.length === 0 ? <Empty title={t('shift.nothing')} /> : <Totals caption={t('shift.title')} totals={shift.totals} />}
      {payments > 0 && (
        <Notice tone="warn" icon={<ClockIcon />} title={t('shift.inFlight', { n: format.number(payments), amount: format.number(amount_rial) })} />
      )}
    </Panel>
  );
}

function Rule() {
  const { t } = useTranslation();
  const rule = useShiftRule();
  const set = useSetShiftRule();
  if (!rule.data) return rule.isError ? <ProblemView error={rule.error} retry={() => void rule.refetch()} /> : null;
  return (
    <Panel>
      <Switch
        label={t('shift.rule')}
        description={t('shift.ruleHint')}
        checked={rule.data.required}
        disabled={set.isPending}
        onChange={(event) => set.mutate(event.currentTarget.checked)}
      />
      {set.isError && <ProblemView error={set.error} />}
    </Panel>
  );
}
