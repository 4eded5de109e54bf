import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat.ts';
import { formatFor } from '../../format/format.ts';
import { paintOf, parsePlate, spokenPlate, type CarPlate, type MotorcyclePlate, type Paint } from './plate.ts';
import classes from './PlateView.module.css';

interface PlateViewProps {
  /** Canonical, as the API gives it. */
  plate: string;
  /** Width of a car's plate in pixels; a motorcycle's is narrower. */
  width?: number;
  /** For paper: black on white, whatever the plate's colours are. */
  plain?: boolean;
}

const onPaper: Paint = { ground: '#fff', ink: '#000' };

// A plate is a picture of an object, so its digits are Persian in every language.
const onPlate = formatFor('fa').digits;

/** Draws a plate as it looks: 520 × 110 mm on a car, 240 × 150 mm on a motorcycle. */
export function PlateView({ plate, width = 230, plain = false }: PlateViewProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const parsed = parsePlate(plate);
  if (!parsed) return <bdi className={classes.unread}>{format.digits(plate)}</bdi>;
  const car = parsed.kind === 'car';
  const paint = plain ? onPaper : paintOf(parsed);
  const label = t('plate.spoken', { plate: format.digits(spokenPlate(parsed, t('plate.iran'))) });
  return (
    <svg
      className={classes.plate}
      viewBox={car ? '0 0 520 110' : '0 0 240 150'}
      width={car ? width : width * 0.5}
      role="img"
      aria-label={label}
      direction="ltr"
    >
      {car ? <CarDrawing plate={parsed} paint={paint} /> : <MotorcycleDrawing plate={parsed} paint={paint} />}
    </svg>
  );
}

function CarDrawing({ plate, paint }: { plate: CarPlate; paint: Paint }) {
  return (
    <g fill={paint.ink} className={classes.ink}>
      <Ground width={520} height={110} paint={paint} />
      <Band width={46} height={104} />
      <text x="102" y="82" fontSize="76">{onPlate(plate.two)}</text>
      <text x="198" y={plate.letter.length > 1 ? 74 : 76} fontSize={letterSize(plate.letter)}>{plate.letter}</text>
      <text x="316" y="82" fontSize="76">{onPlate(plate.three)}</text>
      <line x1="410" x2="410" y1="2" y2="108" stroke={paint.ink} strokeWidth="3" />
      <text x="464" y="34" fontSize="26">ایران</text>
      <text x="464" y="94" fontSize="62">{onPlate(plate.region)}</text>
    </g>
  );
}

function letterSize(letter: string): number {
  if (letter.length > 3) return 30;
  return letter.length > 1 ? 50 : 66;
}

function MotorcycleDrawing({ plate, paint }: { plate: MotorcyclePlate; paint: Paint }) {
  return (
    <g fill={paint.ink} className={classes.ink}>
      <Ground width={240} height={150} paint={paint} />
      <Band width={44} height={72} />
      <text x="146" y="64" fontSize="66">{onPlate(plate.region)}</text>
      <text x="122" y="134" fontSize="70">{onPlate(plate.serial)}</text>
    </g>
  );
}

function Ground({ width, height, paint }: { width: number; height: number; paint: Paint }) {
  return (
    <rect x="1.5" y="1.5" width={width - 3} height={height - 3} rx="10" fill={paint.ground} stroke="#15191d" strokeWidth="3" />
  );
}

function Band({ width, height }: { width: number; height: number }) {
  const flag = { x: 10, width: width - 18, height: 7 };
  return (
    <g>
      <path d={`M13 3h${width - 10}v${height}H13a10 10 0 01-10-10V13A10 10 0 0113 3z`} fill="#184096" />
      <rect {...flag} y="12" fill="#239f40" />
      <rect {...flag} y="19" fill="#fff" />
      <rect {...flag} y="26" fill="#da0000" />
      <text x={width / 2 + 1} y={height * 0.7} fontSize="14" fill="#fff">I.R.</text>
      <text x={width / 2 + 1} y={height * 0.9} fontSize="14" fill="#fff">IRAN</text>
    </g>
  );
}
