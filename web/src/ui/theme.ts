import { createTheme, ModalHeader, type MantineColorsTuple } from '@mantine/core';

const teal: MantineColorsTuple = [
  '#eef8f6', '#d8efeb', '#b2dfd7', '#86cdc2', '#5fb9ad', '#3fa79a', '#23958a', '#14827a', '#0f6e68', '#0b5854',
];

const slate: MantineColorsTuple = [
  '#f7f9fa', '#eff2f4', '#e3e8eb', '#d2dae0', '#b3bfc8', '#8896a3', '#647280', '#495663', '#323d48', '#1d262f',
];

// Grounds and inks of the dark scheme, from ink to the deepest ground; --page and --surface of global.css are of this family.
const night: MantineColorsTuple = [
  '#e7edf1', '#c3ced6', '#9aa8b4', '#6d7c88', '#3d4a55', '#2b3640', '#1f2830', '#1a2228', '#151c21', '#12181d',
];

const font = 'Vazirmatn, "Segoe UI", Tahoma, sans-serif';

/** The look of the portal: one calm teal on light slate, one typeface. */
export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: { light: 8, dark: 7 },
  colors: { brand: teal, gray: slate, dark: night },
  black: '#1d262f',
  fontFamily: font,
  headings: { fontFamily: font, fontWeight: '700' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  // The page has one banner, and the head of a dialog is none.
  components: { ModalHeader: ModalHeader.extend({ defaultProps: { role: 'presentation' } }) },
  fontSizes: { xs: '0.8rem', sm: '0.9rem', md: '1rem', lg: '1.15rem', xl: '1.35rem' },
});
