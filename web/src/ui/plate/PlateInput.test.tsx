import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it } from 'vitest';
import { canonical, emptyCar, emptyMotorcycle, type Plate } from './plate.ts';
import { PlateInput } from './PlateInput.tsx';
import { PlateView } from './PlateView.tsx';

let latest: Plate;

function Form({ first, faultyPart }: { first: Plate; faultyPart?: string }) {
  const [plate, setPlate] = useState(first);
  latest = plate;
  return (
    <MantineProvider env="test">
      <PlateInput plate={plate} hint="راهنما" error={faultyPart && 'نادرست'} faultyPart={faultyPart} autoFocus onChange={setPlate} />
    </MantineProvider>
  );
}

function type(keys: string, first: Plate = emptyCar) {
  render(<Form first={first} />);
  return userEvent.setup().keyboard(keys);
}

const part = (label: string) => screen.getByLabelText<HTMLInputElement>(label);

describe('the plate widget', () => {
  it('flows from part to part', async () => {
    await type('12ب14547');
    expect(canonical(latest)).toBe('12ب14547');
    expect(part('دو رقم سمت چپ').value).toBe('۱۲');
    expect(part('دو رقم ایران').value).toBe('۴۷');
    expect(part('دو رقم ایران')).toBe(document.activeElement);
  });

  it('takes Persian and Arabic digits, the Arabic kaf and a bare alef', async () => {
    await type('۱۲ك١٤٥۴۷');
    expect(canonical(latest)).toBe('12ک14547');
  });

  it('drops what cannot stand in a part', async () => {
    await type('1ب-2');
    expect(latest).toMatchObject({ two: '12', letter: '' });
    expect(part('حرف پلاک')).toBe(document.activeElement);
  });

  it('asks which letter a Latin d is, and Enter takes the first', async () => {
    const user = userEvent.setup();
    render(<Form first={emptyCar} />);
    await user.keyboard('34d');
    expect(latest).toMatchObject({ letter: '' });
    expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual(['د', 'Dدیپلمات']);
    await user.keyboard('{Enter}');
    expect(latest).toMatchObject({ letter: 'د' });
    expect(part('سه رقم میانی')).toBe(document.activeElement);
  });

  it('lets a finger choose the letter', async () => {
    const user = userEvent.setup();
    render(<Form first={emptyCar} />);
    await user.click(part('حرف پلاک'));
    expect(screen.getAllByRole('option')).toHaveLength(27);
    await user.click(screen.getByRole('option', { name: /تشریفات/ }));
    expect(latest).toMatchObject({ letter: 'تشریفات' });
  });

  it('goes back with Backspace and replaces a letter by typing another', async () => {
    await type('12ب{Backspace}ج145');
    expect(latest).toMatchObject({ two: '12', letter: 'ج', three: '145' });
  });

  it('walks with the arrow keys in the order of the plate', async () => {
    await type('12ب145{ArrowLeft}');
    expect(part('سه رقم میانی')).toBe(document.activeElement);
  });

  it('takes a whole plate from the clipboard, of either kind', async () => {
    const user = userEvent.setup();
    render(<Form first={emptyCar} />);
    await user.paste('۱۲ ب ۱۴۵ ایران ۴۷');
    expect(canonical(latest)).toBe('12ب14547');
    await user.paste('121-45478');
    expect(latest).toEqual({ kind: 'motorcycle', region: '121', serial: '45478' });
    expect(part('پنج رقم پایین')).toBe(document.activeElement);
  });

  it('takes the first letter that a Latin key may mean when a digit follows, and the digit with it', async () => {
    await type('34d21511');
    expect(canonical(latest)).toBe('34د21511');
  });

  it.each([['s', 'س'], ['t', 'ت'], ['z', 'ز']])('goes on after a Latin %s', async (key, letter) => {
    await type(`12${key}۱45۴7`);
    expect(canonical(latest)).toBe(`12${letter}14547`);
  });

  it('says of pasted text that it is no plate, until something is typed', async () => {
    const user = userEvent.setup();
    render(<Form first={emptyCar} />);
    await user.paste('فاکتور 9812');
    expect(screen.getByRole('alert').textContent).toMatch(/پلاک کاملی خوانده نشد/);
    await user.keyboard('1');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('leaves the digits of one part to the part', async () => {
    const user = userEvent.setup();
    render(<Form first={emptyCar} />);
    await user.paste('۱۲');
    expect(latest).toMatchObject({ two: '12' });
  });

  it('fills a motorcycle plate', async () => {
    await type('12145478', emptyMotorcycle);
    expect(canonical(latest)).toBe('12145478');
  });

  it('stands in the part to blame and says why', () => {
    render(<Form first={{ ...emptyCar, two: '10' }} faultyPart="two" />);
    expect(part('دو رقم سمت چپ')).toBe(document.activeElement);
    expect(part('دو رقم سمت چپ').getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText('نادرست')).toBeTruthy();
  });
});

describe('the drawn plate', () => {
  it('is a picture that can be heard', () => {
    render(<PlateView plate="12ب14547" />);
    const picture = screen.getByRole('img', { name: 'پلاک ۱۲ ب ۱۴۵ ایران ۴۷' });
    expect(picture.textContent).toContain('۱۴۵');
  });

  it('shows what it cannot draw', () => {
    render(<PlateView plate="منطقه آزاد 55" />);
    expect(screen.queryByRole('img')).toBeNull();
    expect(screen.getByText('منطقه آزاد ۵۵')).toBeTruthy();
  });
});
