import { Combobox, useCombobox } from '@mantine/core';
import { useEffect, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { latinDigits } from '../../format/format.ts';
import type { PartProps } from './DigitPart.tsx';
import { matchLetters, plateLetters, type PlateCategory } from './plate.ts';
import classes from './PlateInput.module.css';
import { takeWhole } from './walk.ts';

/** What is typed of the letter, what it can mean, and how it becomes the letter. */
function useLetter({ name, value, walk, onChange }: PartProps) {
  const [typed, setTyped] = useState('');
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const matches = matchLetters(typed);

  useEffect(() => {
    if (typed !== '') combobox.selectFirstOption();
  }, [typed]);

  const pick = (letter: string) => {
    setTyped('');
    onChange(letter);
    combobox.closeDropdown();
    walk.next(name);
  };
  const take = (text: string) => {
    const fresh = value !== '' && text.startsWith(value) ? text.slice(value.length) : text;
    const [only, ...others] = matchLetters(fresh);
    if (fresh !== '' && only && others.length === 0) return pick(only);
    onChange('');
    setTyped(fresh.trim());
    combobox.openDropdown();
  };
  // A digit ends the letter as Enter does, and lands in the next part, where the focus is by then.
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    const [first] = matches;
    const digit = /^\d$/.test(latinDigits(event.key)) && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (digit && typed !== '' && first) pick(first);
    else walk.onKeyDown(name, event);
  };
  const leave = () => {
    setTyped('');
    combobox.closeDropdown();
  };
  return { typed, matches, combobox, pick, take, press, leave };
}

/** The letter: typed (one certain letter is taken at once) or chosen from the list, which opens on focus for touch screens. */
export function LetterPart(props: PartProps) {
  const { i18n } = useTranslation();
  const { name, label, value, faulty, walk } = props;
  const { typed, matches, combobox, pick, take, press, leave } = useLetter(props);
  return (
    <Combobox store={combobox} onOptionSubmit={pick} width={336} position="bottom" offset={10} withinPortal={false}>
      <Combobox.Target>
        <input
          ref={walk.register(name)}
          className={classes.part}
          style={{ width: value.length > 1 ? '2.6em' : '1.7em', fontSize: value.length > 3 ? '0.6em' : undefined }}
          dir="rtl"
          autoComplete="off"
          spellCheck={false}
          aria-label={label}
          aria-invalid={faulty || undefined}
          placeholder="ب"
          value={typed || value}
          onChange={(event) => take(event.currentTarget.value)}
          onFocus={(event) => {
            event.currentTarget.select();
            combobox.openDropdown();
          }}
          onMouseDown={takeWhole}
          onClick={() => combobox.openDropdown()}
          onBlur={leave}
          onKeyDown={press}
        />
      </Combobox.Target>
      <Combobox.Dropdown dir={i18n.dir()} className={classes.dropdown}>
        <Letters letters={matches} />
      </Combobox.Dropdown>
    </Combobox>
  );
}

function categoryOf(letter: string): PlateCategory {
  return plateLetters.get(letter) ?? 'private';
}

function Letters({ letters }: { letters: string[] }) {
  const { t } = useTranslation();
  if (letters.length === 0) return <Combobox.Empty>{t('plate.noLetter')}</Combobox.Empty>;
  return (
    <Combobox.Options aria-label={t('plate.letters')}>
      <div className={classes.letters}>
        {letters.filter((letter) => categoryOf(letter) === 'private').map((letter) => (
          <Combobox.Option key={letter} value={letter} className={classes.letter}><b>{letter}</b></Combobox.Option>
        ))}
      </div>
      <div className={classes.namedLetters}>
        {letters.filter((letter) => categoryOf(letter) !== 'private').map((letter) => (
          <Combobox.Option key={letter} value={letter} className={classes.letter}>
            <b>{letter}</b>
            <small>{t(`plate.category.${categoryOf(letter)}`)}</small>
          </Combobox.Option>
        ))}
      </div>
    </Combobox.Options>
  );
}
