import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.tsx';
import type { Certificate } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { CopyText } from '../../ui/CopyText.tsx';
import { DocumentIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { StateBadge } from '../../ui/StateBadge.tsx';
import classes from './CertificatePanel.module.css';
import { useCertificate, useCertificatePdf, useIssueCertificate } from './useCertificate.ts';

interface CertificatePanelProps {
  orderId: string;
  /** Whether every bill of the order is paid. */
  paid: boolean;
  /** Of the certificate, once the order has one. */
  serial: string | undefined;
}

/** The end of the job: the certificate of an order, issued once and opened as often as needed. */
export function CertificatePanel({ orderId, paid, serial }: CertificatePanelProps) {
  const { t } = useTranslation();
  return (
    <section className={`card ${classes.panel}`}>
      <h2><DocumentIcon /> {t('certificate.title')}</h2>
      {serial ? <Issued serial={serial} /> : paid ? <Issue orderId={orderId} /> : <p className={classes.quiet}>{t('certificate.waiting')}</p>}
    </section>
  );
}

function Issue({ orderId }: { orderId: string }) {
  const { t } = useTranslation();
  const may = useMay('certificates.issue');
  const issue = useIssueCertificate(orderId);
  return (
    <>
      <p className={classes.quiet}>{t('certificate.ready')}</p>
      {issue.isError && <ProblemView error={issue.error} retry={issue.mutate} />}
      <Button size="md" fullWidth loading={issue.isPending} disabled={!may} onClick={() => issue.mutate()}>{t('certificate.issue')}</Button>
      {!may && <p className={classes.quiet}>{t('problem.notPermitted')}</p>}
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
      <PdfButtons serial={serial} />
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

function PdfButtons({ serial }: { serial: string }) {
  const { t } = useTranslation();
  const { address, error, refetch } = useCertificatePdf(serial);
  if (error) return <ProblemView error={error} retry={refetch} />;
  if (!address) return <Button fullWidth size="md" loading>{t('certificate.preparing')}</Button>;
  return (
    <div className={classes.buttons}>
      <Button component="a" href={address} target="_blank" rel="noopener" size="md" fullWidth>{t('certificate.open')}</Button>
      <Button component="a" href={address} download={t('certificate.fileName', { serial })} variant="default" fullWidth>{t('certificate.save')}</Button>
    </div>
  );
}
