import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { SearchIcon } from '../../ui/icons.tsx';
import { canonical, emptyCar, emptyMotorcycle, isComplete, parsePlate, type Plate } from '../../ui/plate/plate.ts';
import { PlateInput } from '../../ui/plate/PlateInput.tsx';
import type { VisitQuery } from './useDesk.ts';
import classes from './Visits.module.css';

const ways = ['number', 'plate', 'motorcycle'] as const;
type By = (typeof ways)[number];

interface VisitSearchProps {
  /** What is shown now; undefined: a day. */
  sought: VisitQuery | undefined;
  onSearch(query: VisitQuery): void;
  onClear(): void;
}

/** Finds a visit by whatever the citizen holds: a number on a paper, or the plate. */
export function VisitSearch({ sought, onSearch, onClear }: VisitSearchProps) {
  const { t } = useTranslation();
  const known = sought?.plate === undefined ? undefined : parsePlate(sought.plate);
  const [by, setBy] = useState<By>(known ? ({ car: 'plate', motorcycle: 'motorcycle' } as const)[known.kind] : 'number');
  const [number, setNumber] = useState(sought?.number ?? '');
  const [plate, setPlate] = useState<Plate>(known ?? emptyCar);
  const [incomplete, setIncomplete] = useState(false);
  const choose = (chosen: By) => {
    setBy(chosen);
    setIncomplete(false);
    setPlate(chosen === 'motorcycle' ? emptyMotorcycle : emptyCar);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (by === 'number') {
      if (number.trim() !== '') onSearch({ number: number.trim() });
      return;
    }
    setIncomplete(!isComplete(plate));
    if (isComplete(plate)) onSearch({ plate: canonical(plate) });
  };
  return (
    <form className={`card ${classes.search}`} onSubmit={submit} noValidate role="search">
      <div className={classes.parts}>
        <SegmentedControl
          aria-label={t('visits.search')}
          data={ways.map((value) => ({ value, label: t(`visits.by.${value}`) }))}
          value={by}
          onChange={(chosen) => choose(chosen as By)}
        />
        {by === 'number' ? (
          <TextInput
            aria-label={t('visits.number')}
            description={t('visits.numberHint')}
            inputWrapperOrder={['description', 'input']}
            value={number}
            onChange={(event) => setNumber(event.currentTarget.value)}
            dir="ltr"
            autoComplete="off"
            autoFocus
            maxLength={60}
          />
        ) : (
          <PlateInput key={by} plate={plate} hint="" error={incomplete ? t('visits.incomplete') : undefined} faultyPart={undefined} autoFocus onChange={setPlate} />
        )}
      </div>
      <div className={classes.buttons}>
        {sought && <Button variant="default" onClick={onClear}>{t('visits.clear')}</Button>}
        <Button type="submit" leftSection={<SearchIcon />}>{t('visits.search')}</Button>
      </div>
    </form>
  );
}
