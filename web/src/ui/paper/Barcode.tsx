import { useEffect, useState } from 'react';
import classes from './Barcode.module.css';

interface BarcodeProps {
  /** An even number of digits. */
  digits: string;
  label: string;
}

// Modules of white that a reader needs on each side (ISO/IEC 15417).
const quiet = 10;

/** Digits as Code 128 (ISO/IEC 15417), set C: two digits a symbol, so that 26 of them fit on a roll of 80 mm. */
export function Barcode({ digits, label }: BarcodeProps) {
  const [bars, setBars] = useState('');
  useEffect(() => {
    let wanted = true;
    void encode(digits).then((found) => wanted && setBars(found));
    return () => {
      wanted = false;
    };
  }, [digits]);
  const width = bars.length + 2 * quiet;
  return (
    <svg className={classes.bars} viewBox={`0 0 ${width} 40`} preserveAspectRatio="none" shapeRendering="crispEdges" role="img" aria-label={label}>
      <path d={pathOf(bars)} fill="#000" />
    </svg>
  );
}

// The library is fetched when paper is.
async function encode(digits: string): Promise<string> {
  const { default: JsBarcode } = await import('jsbarcode');
  const drawn: { encodings?: { data: string }[] } = {};
  JsBarcode(drawn, digits, { format: 'CODE128C' });
  return (drawn.encodings ?? []).map(({ data }) => data).join('');
}

function pathOf(bars: string): string {
  return [...bars.matchAll(/1+/g)].map(({ index, 0: run }) => `M${index + quiet} 0h${run.length}v40h-${run.length}z`).join('');
}
