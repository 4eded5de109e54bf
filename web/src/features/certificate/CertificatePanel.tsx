import { Button, Skeleton, VisuallyHidden } from '@mantine/core';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { problemFrom } from '../../api/problem.ts';
import { useMay } from '../../api/session.tsx';
import type { Certificate } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { CopyText } from '../../ui/CopyText.tsx';
import { DocumentIcon, PrintIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { useShortcut } from '../../ui/shortcuts/useShortcut.ts';
import { StateBadge } from '../../ui/StateBadge.tsx';
import { useLookAgain } from '../../ui/useLookAgain.ts';
import classes from './CertificatePanel.module.css';
import { useCertificate, useCertificatePdf, useIssueCertificate } from './useCertificate.ts';

interface CertificatePanelProps {
  orderId: string;
  /** Of the look at the vehicle that the order came from. */
  inquiryId: string;
  /** Whether every bill of the order is paid. */
  paid: boolean;
  /** Of the certificate, once the order has one. */
  serial: string | undefined;
}

/** The end of the job: the certificate of an order, issued once and opened as often as needed. */
export function CertificatePanel({ orderId, inquiryId, paid, serial }: CertificatePanelProps) {
  const { t } = useTranslation();
  return (
    <section className={`card ${classes.panel}`}>
      <h2><DocumentIcon /> {t('certificate.title')}</h2>
      {serial ? <Issued serial={serial} /> : paid ? <Issue orderId={orderId} inquiryId={inquiryId} /> : <p className={classes.quiet}>{t('certificate.waiting')}</p>}
    </section>
  );
}

function Issue({ orderId, inquiryId }: { orderId: string; inquiryId: string }) {
  const { t } = useTranslation();
  const may = useMay('certificates.issue');
  const issue = useIssueCertificate(orderId);
  const owes = issue.isError && problemFrom(issue.error).facts.code === 'dues_outstanding';
  useShortcut('submit', () => issue.mutate(), may && !issue.isPending && !owes);
  if (owes) return <Owes inquiryId={inquiryId} />;
  return (
    <>
      <p className={classes.quiet}>{t('certificate.ready')}</p>
      {issue.isError && <ProblemView error={issue.error} retry={issue.mutate} />}
      <Button size="md" fullWidth loading={issue.isPending} disabled={!may} onClick={() => issue.mutate()}>{t('certificate.issue')}</Button>
      {!may && <p className={classes.quiet}>{t('problem.notPermitted')}</p>}
    </>
  );
}

/** The order is paid, but not all that a certificate wants: where to go on. */
function Owes({ inquiryId }: { inquiryId: string }) {
  const { t } = useTranslation();
  const look = useLookAgain(inquiryId);
  useShortcut('submit', look);
  return (
    <>
      <Notice tone="warn" icon={<WarningIcon />} title={t('certificate.owes')}>{t('certificate.owesHint')}</Notice>
      <Button size="md" fullWidth onClick={look}>{t('lookAgain')}</Button>
    </>
  );
}

function Issued({ serial }: { serial: string }) {
  const { t } = useTranslation();
  const certificate = useCertificate(serial);
  return (
    <>
      <dl className={classes.facts}>
        <dt>{t('certificate.serial')}</dt>
        <dd className={classes.serial}><CopyText value={serial} label={t('certificate.serial')} raw /></dd>
      </dl>
      {certificate.isError && <ProblemView error={certificate.error} retry={() => void certificate.refetch()} />}
      {certificate.data && <Facts certificate={certificate.data} />}
      <Page serial={serial} />
    </>
  );
}

const tones = { issued: 'good', superseded: 'warn', revoked: 'bad' } as const;

function Facts({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={classes.about}>
      <StateBadge tone={tones[certificate.status]}>{t(`certificate.status.${certificate.status}`)}</StateBadge>
      <strong>{t('certificate.through', { year: format.digits(certificate.through_fiscal_year) })}</strong>
      <span className={classes.quiet}>{t('certificate.issuedAt', { moment: format.moment(certificate.issued_at) })}</span>
    </div>
  );
}

/** The page to hand over: seen here where the browser shows PDFs, printed from here, opened or kept as a file everywhere. */
function Page({ serial }: { serial: string }) {
  const { t } = useTranslation();
  const { address, error, refetch } = useCertificatePdf(serial);
  const frame = useRef<HTMLIFrameElement>(null);
  const inline = navigator.pdfViewerEnabled;
  const print = () => frame.current?.contentWindow?.print();
  useShortcut('submit', print, inline && address !== undefined);
  if (error) return <ProblemView error={error} retry={refetch} />;
  if (!address) return <Waiting />;
  return (
    <>
      <div className={classes.buttons}>
        {inline && <Button leftSection={<PrintIcon />} onClick={print}>{t('certificate.print')}</Button>}
        <Button component="a" href={address} target="_blank" rel="noopener" variant={inline ? 'default' : 'filled'}>{t('certificate.open')}</Button>
        <Button component="a" href={address} download={t('certificate.fileName', { serial })} variant="default">{t('certificate.save')}</Button>
      </div>
      {inline && <iframe ref={frame} className={classes.page} src={`${address}#navpanes=0&view=FitH`} title={t('certificate.page', { serial })} />}
    </>
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <div aria-busy="true">
      <VisuallyHidden role="status">{t('certificate.preparing')}</VisuallyHidden>
      <Skeleton height={36} width="60%" mb="sm" />
      <Skeleton height={260} radius={10} />
    </div>
  );
}
