import { formatFor, latinDigits } from '../../format/format.ts';
import classes from './PlateInput.module.css';
import { takeWhole, type Walk } from './walk.ts';

/** What every part of the plate widget is told. */
export interface PartProps {
  name: string;
  label: string;
  value: string;
  faulty: boolean;
  walk: Walk;
  onChange(value: string): void;
}

interface DigitPartProps extends PartProps {
  length: number;
  example: string;
}

const onPlate = formatFor('fa').digits;

/** A group of digits in any script; when it is full, the next part has its turn. */
export function DigitPart({ name, label, value, faulty, walk, onChange, length, example }: DigitPartProps) {
  const take = (typed: string) => {
    const digits = latinDigits(typed).replace(/\D/g, '').slice(0, length);
    onChange(digits);
    if (digits.length === length && digits !== value) walk.next(name);
  };
  return (
    <input
      ref={walk.register(name)}
      className={classes.part}
      style={{ width: `calc(${length} * 0.62em + 0.7em)` }}
      inputMode="numeric"
      autoComplete="off"
      spellCheck={false}
      aria-label={label}
      aria-invalid={faulty || undefined}
      placeholder={onPlate(example)}
      value={onPlate(value)}
      onChange={(event) => take(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onMouseDown={takeWhole}
      onKeyDown={(event) => walk.onKeyDown(name, event)}
    />
  );
}
