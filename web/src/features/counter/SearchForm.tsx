import { Button, SegmentedControl, Tabs, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldError } from '../../api/problem.ts';
import type { InquiryRequest, Purpose } from '../../api/types.ts';
import { SearchIcon } from '../../ui/icons.tsx';
import { PlateInput } from '../../ui/plate/PlateInput.tsx';
import { useShortcut } from '../../ui/shortcuts/useShortcut.ts';
import classes from './SearchForm.module.css';
import { cleanVin, emptySearch, missingPart, nextPurpose, partAt, pastedVin, purposes, requestOf, showing, withPlate, type Search, type SearchBy } from './search.ts';

interface SearchFormProps {
  search: Search;
  busy: boolean;
  /** What the server refused about the plate or VIN. */
  fault: FieldError | undefined;
  onChange(search: Search): void;
  onSearch(request: InquiryRequest): void;
  onClear(): void;
}

/** Names the vehicle and the purpose; Enter looks it up, Escape makes room for the next vehicle. */
export function SearchForm({ search, busy, fault, onChange, onSearch, onClear }: SearchFormProps) {
  const { t } = useTranslation();
  const [round, setRound] = useState(0);
  const [incomplete, setIncomplete] = useState(false);
  const change = (next: Search) => {
    setIncomplete(false);
    if (fault) onClear();
    onChange(next);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const request = requestOf(search);
    setIncomplete(!request);
    if (request) onSearch(request);
  };
  const clear = () => {
    setIncomplete(false);
    onChange({ ...emptySearch, by: search.by, purpose: search.purpose });
    setRound(round + 1);
    onClear();
  };
  const show = (by: SearchBy) => change(showing(search, by));
  useShortcut('next', clear);
  useShortcut('car', () => show('car'));
  useShortcut('motorcycle', () => show('motorcycle'));
  useShortcut('vin', () => show('vin'));
  useShortcut('purpose', () => onChange({ ...search, purpose: nextPurpose(search.purpose) }));
  return (
    <form className={`card ${classes.form}`} onSubmit={submit} noValidate>
      <h1>{t('search.title')}</h1>
      <VehicleTabs key={round} search={search} fault={fault} incomplete={incomplete} onChange={change} />
      <div className={classes.side}>
        <PurposeChoice value={search.purpose} onChange={(purpose) => onChange({ ...search, purpose })} />
        <div className={classes.buttons}>
          <Button type="submit" size="md" loading={busy} leftSection={<SearchIcon />} className={classes.submit}>{t('search.submit')}</Button>
          <Button size="md" variant="default" onClick={clear}>{t('search.clear')}</Button>
        </div>
      </div>
    </form>
  );
}

function PurposeChoice({ value, onChange }: { value: Purpose; onChange: (purpose: Purpose) => void }) {
  const { t } = useTranslation();
  const data = purposes.map((purpose) => ({ value: purpose, label: t(`search.purposes.${purpose}`) }));
  return (
    <div>
      <span className={classes.label} id="purpose">{t('search.purpose')}</span>
      <SegmentedControl
        aria-labelledby="purpose"
        fullWidth
        data={data}
        value={value}
        onChange={(chosen) => onChange(chosen as Purpose)}
        className={classes.purposes}
      />
    </div>
  );
}

interface VehicleTabsProps extends Pick<SearchFormProps, 'fault'> {
  search: Search;
  incomplete: boolean;
  onChange(search: Search): void;
}

function VehicleTabs({ search, ...rest }: VehicleTabsProps) {
  const { t } = useTranslation();
  const choose = (by: string | null) => rest.onChange(showing(search, (by ?? 'car') as SearchBy));
  return (
    <Tabs value={search.by} onChange={choose} keepMounted={false} className={classes.tabs}>
      <Tabs.List mb="md">
        {(['car', 'motorcycle', 'vin'] as const).map((by) => (
          <Tabs.Tab key={by} value={by}>{t(`search.by.${by}`)}</Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="car"><PlatePanel search={search} by="car" {...rest} /></Tabs.Panel>
      <Tabs.Panel value="motorcycle"><PlatePanel search={search} by="motorcycle" {...rest} /></Tabs.Panel>
      <Tabs.Panel value="vin"><VinPanel search={search} {...rest} /></Tabs.Panel>
    </Tabs>
  );
}

function PlatePanel({ search, by, fault, incomplete, onChange }: VehicleTabsProps & { by: 'car' | 'motorcycle' }) {
  const { t } = useTranslation();
  const plate = search[by];
  const refused = fault?.field === 'plate' ? fault : undefined;
  const takeVin = (text: string) => {
    const vin = pastedVin(text);
    if (vin !== undefined) onChange({ ...search, by: 'vin', vin });
    return vin !== undefined;
  };
  const part = refused?.position === undefined ? undefined : partAt(plate, refused.position);
  return (
    <PlateInput
      plate={plate}
      hint={t(by === 'car' ? 'search.plateHint' : 'search.motorcycleHint')}
      error={incomplete ? t('search.incomplete') : refused?.detail}
      faultyPart={incomplete ? missingPart(plate) : part}
      autoFocus={search.atEnd ? 'end' : true}
      onChange={(next) => onChange(withPlate(search, next))}
      onForeign={takeVin}
    />
  );
}

function VinPanel({ search, fault, incomplete, onChange }: VehicleTabsProps) {
  const { t } = useTranslation();
  const refused = fault?.field === 'vin' ? fault.detail : undefined;
  return (
    <TextInput
      classNames={{ input: classes.vin }}
      aria-label={t('search.vin')}
      description={t('search.vinHint')}
      inputWrapperOrder={['input', 'error', 'description']}
      error={incomplete ? t('search.noVin') : refused}
      value={search.vin}
      onChange={(event) => onChange({ ...search, vin: cleanVin(event.currentTarget.value) })}
      dir="ltr"
      size="lg"
      autoComplete="off"
      autoCapitalize="characters"
      spellCheck={false}
      autoFocus
    />
  );
}
