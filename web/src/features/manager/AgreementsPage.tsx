import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Agreement, AgreementProposal, ScheduledFee } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { useLabel, type LabelGroup } from '../../i18n/useLabel.ts';
import { Answered } from '../../ui/Answered.tsx';
import { DataTable, type Column } from '../../ui/DataTable.tsx';
import { Forbidden } from '../../ui/Forbidden.tsx';
import { Columns, Empty, Panel } from '../../ui/Panel.tsx';
import { Rial } from '../../ui/Rial.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { AcceptDialog } from './AcceptDialog.tsx';
import classes from './Manager.module.css';
import { useAgreements, useFees, useProposals } from './useManager.ts';

/** What the office may do for each city, what it gets for it, and what cities have proposed. */
export function AgreementsPage() {
  return useMay('agreements.read') ? (
    <Columns>
      <Proposals />
      <Agreements />
      <Fees />
    </Columns>
  ) : <Forbidden />;
}

// Names of the cities with which there is or was an agreement.
function useCities(): Map<number, string> {
  const { i18n } = useTranslation();
  const agreements = useAgreements().data?.agreements ?? [];
  return new Map(agreements.map((one) => [one.municipality_code, i18n.language === 'en' ? one.municipality_name_en : one.municipality_name_fa]));
}

function useTerms() {
  const { t } = useTranslation();
  const cities = useCities();
  const format = useFormat();
  const label = useLabel();
  return {
    city: (code: number) => cities.get(code) ?? t('agreements.cityCode', { code: format.digits(code) }),
    span: (from: string, to: string | undefined) =>
      to ? t('agreements.between', { from: format.digits(from), to: format.digits(to) }) : t('agreements.from', { day: format.digits(from) }),
    list: (groups: [first: LabelGroup, others: LabelGroup], codes: string[] | undefined) => codes?.map((code, at) => label(groups[at === 0 ? 0 : 1], code)).join(t('app.comma')) ?? t('agreements.all'),
    // Parts per million, exact to a hundredth of a percent and beyond.
    share: (ppm: number | undefined) => (ppm === undefined ? t('app.none') : t('agreements.percent', { n: format.exact(String(ppm / 10_000)) })),
  };
}

// How many cities are shown at once.
const page = 20;

function Agreements() {
  const { t } = useTranslation();
  const format = useFormat();
  const terms = useTerms();
  const agreements = useAgreements();
  const [sought, setSought] = useState('');
  const [shown, setShown] = useState(page);
  const columns: Column<Agreement>[] = [
    { head: t('agreements.city'), cell: ({ municipality_code }) => terms.city(municipality_code) },
    { head: t('desk.state'), cell: ({ holds }) => <StateBadge tone={holds ? 'good' : 'neutral'}>{t(holds ? 'agreements.holds' : 'agreements.ended')}</StateBadge> },
    { head: t('agreements.valid'), cell: ({ valid_from, valid_to }) => terms.span(valid_from, valid_to) },
    { head: t('agreements.charges'), cell: (one) => terms.list(['charge', 'charge'], one.terms.charges) },
    { head: t('agreements.methods'), cell: (one) => terms.list(['method', 'methodAmong'], one.terms.methods) },
    { head: t('agreements.share'), end: true, cell: (one) => terms.share(one.terms.fee_share_ppm) },
    { head: t('agreements.ceiling'), end: true, cell: ({ terms: { order_ceiling_rial, day_ceiling_rial } }) => <Ceilings order={order_ceiling_rial} day={day_ceiling_rial} /> },
  ];
  return (
    <Panel
      title={t('agreements.title')}
      flush
      aside={<TextInput size="xs" aria-label={t('agreements.find')} placeholder={t('agreements.find')} value={sought} onChange={(event) => setSought(event.currentTarget.value)} />}
    >
      <Answered query={agreements} skeleton="lines">
        {({ agreements: list }) => {
          const found = list.filter(({ municipality_code }) => terms.city(municipality_code).toLowerCase().includes(sought.trim().toLowerCase()));
          if (list.length === 0) return <Empty title={t('agreements.empty')}>{t('agreements.emptyHint')}</Empty>;
          if (found.length === 0) return <Empty title={t('visits.nothing')} />;
          return (
            <>
              <DataTable caption={t('agreements.title')} columns={columns} rows={found.slice(0, shown)} rowKey={({ municipality_code, number }) => `${municipality_code} ${number}`} />
              {found.length > shown && (
                <div className={classes.more}><Button variant="default" onClick={() => setShown(shown + page)}>{t('agreements.more', { n: format.number(Math.min(page, found.length - shown)) })}</Button></div>
              )}
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}

/** At most how much of an order, and of a day. */
function Ceilings({ order, day }: { order: number | undefined; day: number | undefined }) {
  const { t } = useTranslation();
  if (order === undefined && day === undefined) return t('agreements.noCeiling');
  return (
    <>
      {order !== undefined && <div><span className="quiet">{t('agreements.ofOrder')}</span> <Rial amount={order} /></div>}
      {day !== undefined && <div><span className="quiet">{t('agreements.ofDay')}</span> <Rial amount={day} /></div>}
    </>
  );
}

function Proposals() {
  const { t } = useTranslation();
  const terms = useTerms();
  const may = useMay('agreements.accept');
  const proposals = useProposals();
  const [reading, setReading] = useState<AgreementProposal>();
  const waiting = proposals.data?.proposals.filter(({ state }) => state === 'approved') ?? [];
  if (waiting.length === 0) return null;
  const columns: Column<AgreementProposal>[] = [
    { head: t('agreements.city'), cell: ({ municipality_code }) => terms.city(municipality_code) },
    { head: t('agreements.valid'), cell: ({ valid_from, valid_to }) => terms.span(valid_from, valid_to) },
    { head: t('desk.reason'), cell: ({ reason }) => reason },
    { head: '', acts: true, cell: (one) => may && <Button size="xs" onClick={() => setReading(one)}>{t('agreements.read')}</Button> },
  ];
  return (
    <Panel title={t('agreements.proposals')} flush>
      <DataTable caption={t('agreements.proposals')} columns={columns} rows={waiting} rowKey={({ id }) => id} />
      {reading && <AcceptDialog key={reading.id} id={reading.id} title={terms.city(reading.municipality_code)} onClose={() => setReading(undefined)} />}
    </Panel>
  );
}

// Names a class of offices; one that the catalogue does not know is shown by its code.
function useOfficeClass(): (code: string) => string {
  const { t, i18n } = useTranslation();
  return (code) => (i18n.exists(`agreements.officeClasses.${code}`) ? t(`agreements.officeClasses.${code as 'standard'}`) : code);
}

function Fees() {
  const { t } = useTranslation();
  const format = useFormat();
  const fees = useFees();
  const officeClass = useOfficeClass();
  const columns: Column<ScheduledFee>[] = [
    { head: t('agreements.service'), cell: ({ service }) => t(`fee.${service}`) },
    { head: t('agreements.officeClass'), cell: ({ office_class }) => officeClass(office_class) },
    { head: t('desk.amount'), end: true, cell: ({ amount_rial }) => <Rial amount={amount_rial} /> },
    { head: t('agreements.valid'), cell: ({ valid_from }) => t('agreements.from', { day: format.digits(valid_from) }) },
    { head: t('agreements.officeReference'), cell: ({ reference }) => format.digits(reference) },
  ];
  return (
    <Panel title={t('agreements.fees')} flush>
      <Answered query={fees} skeleton="lines">
        {(list) => {
          const held = list.fees.filter(({ holds }) => holds);
          return held.length === 0 ? (
            <Empty title={t('agreements.noFees')} />
          ) : (
            <DataTable caption={t('agreements.fees')} columns={columns} rows={held} rowKey={({ service, office_class, valid_from, revision }) => [service, office_class, valid_from, revision].join(' ')} />
          );
        }}
      </Answered>
    </Panel>
  );
}
