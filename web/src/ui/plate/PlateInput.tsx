import { useEffect, useId, type ClipboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { DigitPart, type PartProps } from './DigitPart.tsx';
import { LetterPart } from './LetterPart.tsx';
import { paintOf, parsePlate, type CarPlate, type MotorcyclePlate, type Plate } from './plate.ts';
import classes from './PlateInput.module.css';
import { useWalk, type Walk } from './walk.ts';

interface PlateInputProps {
  plate: Plate;
  hint: string;
  error?: string | undefined;
  /** The part to blame and to stand in. */
  faultyPart?: string | undefined;
  autoFocus?: boolean;
  /** Called with the whole plate, possibly of the other kind when one is pasted. */
  onChange(plate: Plate): void;
}

const orders = { car: ['two', 'letter', 'three', 'region'], motorcycle: ['region', 'serial'] } as const;

/** A plate to be filled in where each thing stands on it, without touching the mouse. */
export function PlateInput({ plate, hint, error, faultyPart, autoFocus = false, onChange }: PlateInputProps) {
  const { t } = useTranslation();
  const note = useId();
  const walk = useWalk(orders[plate.kind]);
  useEffect(() => {
    if (autoFocus) walk.focus(orders[plate.kind][0]);
  }, [walk, autoFocus, plate.kind]);
  useEffect(() => walk.focus(faultyPart), [walk, faultyPart, error]);

  const paste = (event: ClipboardEvent) => {
    const whole = parsePlate(event.clipboardData.getData('text'));
    if (!whole) return;
    event.preventDefault();
    onChange(whole);
    walk.focus(orders[whole.kind].at(-1));
  };
  const { ground, ink } = paintOf(plate);
  return (
    <div className={classes.widget}>
      <div
        role="group"
        aria-label={t('plate.label')}
        aria-describedby={note}
        dir="ltr"
        className={classes.frame}
        data-faulty={error !== undefined || undefined}
        style={{ background: ground, color: ink }}
        onPaste={paste}
      >
        <span className={classes.band} aria-hidden="true">
          <i />
          <span>I.R.</span>
          <span>IRAN</span>
        </span>
        <Parts plate={plate} faultyPart={faultyPart} walk={walk} onChange={onChange} />
      </div>
      <p id={note} className={error === undefined ? classes.hint : classes.error}>{error ?? hint}</p>
    </div>
  );
}

interface PartsProps extends Pick<PlateInputProps, 'faultyPart' | 'onChange'> {
  plate: Plate;
  walk: Walk;
}

function Parts({ plate, ...rest }: PartsProps) {
  return plate.kind === 'car' ? <CarParts plate={plate} {...rest} /> : <MotorcycleParts plate={plate} {...rest} />;
}

function CarParts({ plate, faultyPart, walk, onChange }: PartsProps & { plate: CarPlate }) {
  const { t } = useTranslation();
  const part = (name: 'two' | 'letter' | 'three' | 'region'): PartProps => ({
    name,
    label: t(`plate.${name}`),
    value: plate[name],
    faulty: faultyPart === name,
    walk,
    onChange: (value) => onChange({ ...plate, [name]: value }),
  });
  return (
    <>
      <DigitPart {...part('two')} length={2} example="12" />
      <LetterPart {...part('letter')} />
      <DigitPart {...part('three')} length={3} example="345" />
      <span className={classes.region}>
        <small aria-hidden="true">ایران</small>
        <DigitPart {...part('region')} length={2} example="67" />
      </span>
    </>
  );
}

function MotorcycleParts({ plate, faultyPart, walk, onChange }: PartsProps & { plate: MotorcyclePlate }) {
  const { t } = useTranslation();
  const part = (name: 'region' | 'serial', label: string): PartProps => ({
    name,
    label,
    value: plate[name],
    faulty: faultyPart === name,
    walk,
    onChange: (value) => onChange({ ...plate, [name]: value }),
  });
  return (
    <>
      <DigitPart {...part('region', t('plate.motorcycleRegion'))} length={3} example="123" />
      <span className={classes.bar} />
      <DigitPart {...part('serial', t('plate.serial'))} length={5} example="45678" />
    </>
  );
}
