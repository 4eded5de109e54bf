import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { remember, remembered } from '../../api/machine.ts';
import { latinDigits } from '../../format/format.ts';
import { useFormat } from '../../format/useFormat.ts';
import { InfoIcon, WarningIcon } from '../../ui/icons.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { ProblemView } from '../../ui/ProblemView.tsx';
import { AgentProblem, usualPort } from './agent.ts';
import classes from './Terminal.module.css';

interface AgentTroubleProps {
  problem: unknown;
  /** Whether a payment is under way at the terminal, so that its outcome is what is missed. */
  begun?: boolean;
  retry?: () => void;
}

// What an operator can do about these is said here; of every other refusal the agent's own words are enough.
const known = ['absent', 'pos_origin', 'pos_order', 'pos_payment_unknown', 'pos_order_open', 'pos_order_forgotten', 'pos_journal'] as const;

/** Says what stands between the portal and the card terminal, and what to do about it. */
export function AgentTrouble({ problem, begun = false, retry }: AgentTroubleProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!(problem instanceof AgentProblem)) return <ProblemView error={problem} {...(retry && { retry })} />;
  const code = known.find((one) => one === problem.code);
  const title = code ? t(`terminal.trouble.${code}`) : problem.text ? format.text(problem.text) : problem.code;
  return (
    <Notice tone="warn" icon={begun ? <WarningIcon /> : <InfoIcon />} title={title}>
      {begun && <div>{t('terminal.trouble.begun')}</div>}
      {code && <ol className={classes.todo}>{stepsOf(code, begun).map((step) => <li key={step}>{t(`terminal.todo.${step}`)}</li>)}</ol>}
      {code === 'absent' && <Port />}
      {retry && <Button size="xs" variant="default" mt="xs" onClick={retry}>{t('problem.retry')}</Button>}
    </Notice>
  );
}

// While a payment is under way no other method is to be had.
function stepsOf(code: (typeof known)[number], begun: boolean) {
  return todo[code].filter((step) => !(begun && step === 'other'));
}

const todo = {
  absent: ['start', 'install', 'other'],
  pos_origin: ['origin'],
  pos_order: ['where', 'pair'],
  pos_payment_unknown: ['where'],
  pos_order_open: ['wait'],
  pos_order_forgotten: ['support'],
  pos_journal: ['disk', 'other'],
} as const;

/** Where an office runs the agent at a port of its own. */
function Port() {
  const { t } = useTranslation();
  const [port, setPort] = useState(remembered('agent') ?? usualPort);
  const change = (typed: string) => {
    const digits = latinDigits(typed).replace(/\D/g, '').slice(0, 5);
    setPort(digits);
    remember('agent', digits);
  };
  return (
    <details className={classes.port}>
      <summary>{t('terminal.port')}</summary>
      <TextInput size="xs" dir="ltr" inputMode="numeric" aria-label={t('terminal.port')} value={port} onChange={(event) => change(event.currentTarget.value)} />
    </details>
  );
}
