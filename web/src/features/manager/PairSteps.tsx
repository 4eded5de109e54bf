import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../api/types.ts';
import { CopyText } from '../../ui/CopyText.tsx';
import { CheckIcon, ClockIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import classes from './Manager.module.css';
import { useDevices } from './useManager.ts';

// As the program's own page of help has them; the terminal's address is the office's to fill in.
const pair = (code: string) => `posagent pair --state posagent --server ${window.location.origin} --code ${code}`;
const serve = () => `posagent serve --state posagent --terminal 192.168.10.21:8888 --origin ${window.location.origin}`;

/** What is typed on the till's PC so that its agent belongs to the office, and, once it does, that it does. */
export function PairSteps({ device, code }: { device: Device; code: string }) {
  const { t } = useTranslation();
  const devices = useDevices(true);
  const state = devices.data?.devices.find(({ id }) => id === device.id)?.state ?? device.state;
  if (state === 'enrolled') return <Notice tone="good" icon={<CheckIcon />} title={t('devices.paired')}>{t('devices.pairedHint')}</Notice>;
  return (
    <>
      {device.kind === 'terminal_agent' && (
        <ol className={classes.steps}>
          <li>{t('devices.steps.install')}</li>
          <li>{t('devices.steps.pair')}<Command value={pair(code)} /></li>
          <li>{t('devices.steps.serve')}<Command value={serve()} /></li>
          <li>{t('devices.steps.check')}</li>
        </ol>
      )}
      {state === 'invited' && <Notice tone="neutral" icon={<ClockIcon />} title={t('devices.waiting')} />}
      {state === 'lapsed' && <Notice tone="warn" icon={<ClockIcon />} title={t('devices.lapsed')} />}
    </>
  );
}

function Command({ value }: { value: string }) {
  const { t } = useTranslation();
  // A line ends between words alone: whoever types it must not take the end of one for a space.
  const words = value.split(' ').map((word, at) => <Fragment key={at}>{at > 0 && ' '}<span className={classes.word}>{word}</span></Fragment>);
  return <div className={classes.command} dir="ltr"><CopyText value={value} label={t('devices.command')}>{words}</CopyText></div>;
}
