import { ActionIcon, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { KeyboardIcon } from '../icons.tsx';
import classes from './Shortcuts.module.css';
import { useShortcut } from './useShortcut.ts';

// What stands on the keys; the same on a Persian and an English keyboard.
const groups = [
  { name: 'find', rows: [['lookUp', 'Enter'], ['car', 'Alt 1'], ['motorcycle', 'Alt 2'], ['vin', 'Alt 3'], ['purpose', 'Alt P'], ['next', 'Esc']] },
  { name: 'answer', rows: [['walk', '↑ ↓'], ['choose', 'Space'], ['explain', 'Enter'], ['submit', 'Ctrl Enter']] },
  { name: 'places', rows: [['toCounter', 'Alt 0'], ['toVisits', 'Alt 4'], ['toShift', 'Alt 5'], ['toDeposit', 'Alt 6'], ['toManage', 'Alt 7'], ['toProfile', 'Alt 8']] },
  { name: 'everywhere', rows: [['move', 'Tab'], ['help', '?']] },
] as const;

/** Opens the map of the keys; so does the question mark. */
export function ShortcutsButton() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  useShortcut('help', open);
  return (
    <>
      <ActionIcon variant="subtle" color="gray" size="md" className={classes.button} aria-label={t('keys.title')} aria-keyshortcuts="?" onClick={open}>
        <KeyboardIcon />
      </ActionIcon>
      <Modal opened={opened} onClose={close} title={t('keys.title')} size="lg" centered closeButtonProps={{ 'aria-label': t('app.close') }}>
        <div className={classes.map}>
          {groups.map(({ name, rows }) => (
            <section key={name}>
              <h3>{t(`keys.${name}`)}</h3>
              <dl>
                {rows.map(([what, keys]) => (
                  <div key={what}>
                    <dt>{t(`keys.${what}`)}</dt>
                    <dd dir="ltr">{keys.split(' ').map((key) => <kbd key={key}>{key}</kbd>)}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </Modal>
    </>
  );
}
