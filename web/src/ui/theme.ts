import { createTheme, type MantineColorsTuple } from '@mantine/core';

const teal: MantineColorsTuple = [
  '#eef8f6', '#d8efeb', '#b2dfd7', '#86cdc2', '#5fb9ad', '#3fa79a', '#23958a', '#14827a', '#0f6e68', '#0b5854',
];

const slate: MantineColorsTuple = [
  '#f7f9fa', '#eff2f4', '#e3e8eb', '#d2dae0', '#b3bfc8', '#8896a3', '#647280', '#495663', '#323d48', '#1d262f',
];

const font = 'Vazirmatn, "Segoe UI", Tahoma, sans-serif';

/** The look of the portal: one calm teal on light slate, one typeface. */
export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: 8,
  colors: { brand: teal, gray: slate },
  black: '#1d262f',
  fontFamily: font,
  headings: { fontFamily: font, fontWeight: '700' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontSizes: { xs: '0.8rem', sm: '0.9rem', md: '1rem', lg: '1.15rem', xl: '1.35rem' },
});
