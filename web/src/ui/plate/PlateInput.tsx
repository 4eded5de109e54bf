import { useEffect, useId, useRef, useState, type ClipboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { DigitPart, type PartProps } from './DigitPart.tsx';
import { LetterPart } from './LetterPart.tsx';
import { isPart, paintOf, parsePlate, type CarPlate, type MotorcyclePlate, type Plate } from './plate.ts';
import classes from './PlateInput.module.css';
import { useWalk, type Walk } from './walk.ts';

interface PlateInputProps {
  plate: Plate;
  hint: string;
  error?: string | undefined;
  /** The part to blame and to stand in. */
  faultyPart?: string | undefined;
  /** Stands in the first part, or in the last one of a plate that came whole. */
  autoFocus?: boolean | 'end';
  /** Called with the whole plate, possibly of the other kind when one is pasted. */
  onChange(plate: Plate): void;
  /** Offered pasted text that is no plate; false where it is nothing known either. */
  onForeign?(text: string): boolean;
}

const orders = { car: ['two', 'letter', 'three', 'region'], motorcycle: ['region', 'serial'] } as const;

/** A plate to be filled in where each thing stands on it, without touching the mouse. */
export function PlateInput({ plate, hint, error, faultyPart, autoFocus = false, onChange, onForeign }: PlateInputProps) {
  const { t } = useTranslation();
  const note = useId();
  const walk = useWalk(orders[plate.kind]);
  const whole = useRef(false);
  const [unread, setUnread] = useState(false);
  useEffect(() => {
    const end = whole.current || autoFocus === 'end';
    if (autoFocus || end) walk.focus(orders[plate.kind].at(end ? -1 : 0));
    whole.current = false;
  }, [walk]);
  useEffect(() => walk.focus(faultyPart), [walk, faultyPart, error]);

  const change = (next: Plate) => {
    setUnread(false);
    onChange(next);
  };
  const paste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData('text');
    const read = parsePlate(text);
    const takesLetter = (event.target as HTMLInputElement).inputMode !== 'numeric';
    if (!read && isPart(text, takesLetter)) return;
    event.preventDefault();
    if (!read) return setUnread(!onForeign?.(text));
    whole.current = read.kind !== plate.kind;
    change(read);
    walk.focus(orders[read.kind].at(-1));
  };
  const said = unread ? t('plate.unread') : error;
  const { ground, ink } = paintOf(plate);
  return (
    <div className={classes.widget}>
      <div
        role="group"
        data-plate
        aria-label={t('plate.label')}
        aria-describedby={note}
        dir="ltr"
        className={classes.frame}
        data-faulty={said !== undefined || undefined}
        style={{ background: ground, color: ink }}
        onPaste={paste}
      >
        <span className={classes.band} aria-hidden="true">
          <i />
          <span>I.R.</span>
          <span>IRAN</span>
        </span>
        <Parts plate={plate} faultyPart={faultyPart} walk={walk} onChange={change} />
      </div>
      <p id={note} role={unread ? 'alert' : undefined} className={said === undefined ? classes.hint : classes.error}>{said ?? hint}</p>
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
