import { useTranslation } from 'react-i18next';
import type { Due, Step } from '../../api/types.ts';
import { useFormat } from '../../format/useFormat.ts';
import { useLabel } from '../../i18n/useLabel.ts';
import { Rial } from '../../ui/Rial.tsx';
import classes from './Explanation.module.css';

/** How the amount came about: the sentences of the law applied, then the heads of the due. */
export function Explanation({ due }: { due: Due }) {
  return (
    <div className={classes.explanation}>
      <ol className={classes.steps}>
        {due.explanation.map((step, at) => <StepItem key={`${step.code} ${at}`} step={step} />)}
      </ol>
      {due.lines.length > 0 && <Heads due={due} />}
    </div>
  );
}

function StepItem({ step }: { step: Step }) {
  const format = useFormat();
  return (
    <li>
      <p>{format.text(step.text)}</p>
      {step.legal_reference?.fa && <cite>{format.digits(format.text(step.legal_reference))}</cite>}
    </li>
  );
}

function Heads({ due }: { due: Due }) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <dl className={classes.heads}>
      {due.lines.map((line) => (
        <div key={line.charge}>
          <dt>{label('charge', line.charge)}</dt>
          <dd><Rial amount={line.amount_rial} /></dd>
        </div>
      ))}
      {due.unrated?.map((charge) => (
        <div key={charge}>
          <dt>{label('charge', charge)}</dt>
          <dd>{t('inquiry.unrated')}</dd>
        </div>
      ))}
      <div className={classes.total}>
        <dt>{t('inquiry.total')}</dt>
        <dd><Rial amount={due.total_rial} /></dd>
      </div>
    </dl>
  );
}
