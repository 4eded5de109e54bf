import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

/** Says in the browser's tab where one is: the place, then the portal. Only words of the catalogue go there, never a plate, a VIN or a name. */
export function useTitle(place: string): void {
  const { t } = useTranslation();
  const portal = t('app.name');
  useEffect(() => {
    document.title = `${place} · ${portal}`;
    return () => {
      document.title = portal;
    };
  }, [place, portal]);
}
