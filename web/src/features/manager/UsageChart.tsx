import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat.ts';
import classes from './Manager.module.css';
import type { Figure, Sum } from './usage.ts';

const height = 100;
const wide = 10;

interface UsageChartProps {
  title: string;
  /** The newest first, each named. */
  sums: Sum[];
  figure: Figure;
}

/** One figure over time, a bar a run of days, the oldest first. To a screen reader it is one picture that says where the highest bar is; the table below says all in figures. */
export function UsageChart({ title, sums, figure }: UsageChartProps) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const caption = useId();
  const oldest = [...sums].reverse();
  const highest = oldest.reduce((best, sum) => (sum[figure] > best[figure] ? sum : best), oldest[0] as Sum);
  const most = Math.max(1, highest[figure]);
  // Time runs as the text does.
  const place = (at: number) => (i18n.dir() === 'rtl' ? oldest.length - 1 - at : at) * wide;
  return (
    <figure className={classes.figure}>
      <div className={classes.most} aria-hidden="true">{format.number(highest[figure])}</div>
      <svg className={classes.chart} viewBox={`0 0 ${oldest.length * wide} ${height}`} preserveAspectRatio="none" role="img" aria-label={title} aria-describedby={caption}>
        <line x1="0" x2={oldest.length * wide} y1="0.5" y2="0.5" vectorEffect="non-scaling-stroke" strokeDasharray="3 4" />
        <line x1="0" x2={oldest.length * wide} y1={height} y2={height} vectorEffect="non-scaling-stroke" />
        {oldest.map((sum, at) => {
          const tall = (sum[figure] / most) * height;
          return (
            <rect key={sum.key} x={place(at) + 1.5} width={wide - 3} y={height - tall} height={tall}>
              <title>{t('usage.bar', { run: sum.name, amount: format.number(sum[figure]) })}</title>
            </rect>
          );
        })}
      </svg>
      <div className={classes.ends} aria-hidden="true">
        <span>{oldest[0]?.name}</span>
        <span>{oldest.at(-1)?.name}</span>
      </div>
      <figcaption id={caption} className={classes.caption}>{t('usage.highest', { run: highest.name, amount: format.number(highest[figure]) })}</figcaption>
    </figure>
  );
}
