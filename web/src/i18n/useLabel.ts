import { useTranslation } from 'react-i18next';

/** The groups of codes that the server may extend at any time; `methodAmong` names a method between other words. */
export type LabelGroup = 'charge' | 'class' | 'fuel' | 'method' | 'methodAmong' | 'origin' | 'reason' | 'usage';

/** Names a code of an open list; a code that the catalogue does not know yet is shown as it is. */
export function useLabel(): (group: LabelGroup, code: string) => string {
  const { t, i18n } = useTranslation();
  return (group, code) => {
    const key = `label.${group}.${code}`;
    return i18n.exists(key) ? String(t(key as 'label.charge.penalty')) : code;
  };
}
