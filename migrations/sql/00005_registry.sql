-- +goose Up
-- The vehicle registry: owners, declared gaps, superseded entries, retirements, merged vehicles, and what cities took outside.

-- Who owned a vehicle. Never a clear name or ID: id_hash is HMAC-SHA-256 under a key that the database does not hold.
CREATE TABLE vehicle_owners (
  vehicle_id  uuid NOT NULL REFERENCES vehicles,
  valid_from  date NOT NULL,
  valid_to    date CHECK (valid_to > valid_from),
  kind        text NOT NULL CHECK (kind IN ('person','legal')),
  id_hash     bytea NOT NULL CHECK (length(id_hash) = 32),
  id_masked   text NOT NULL CHECK (id_masked ~ '^[*]+[0-9]{3}$'),
  name_masked text NOT NULL,
  PRIMARY KEY (vehicle_id, valid_from)
);
CREATE INDEX vehicle_owners_hash ON vehicle_owners (id_hash);

-- Days of which a history says nothing, on purpose. An open one ends where the next period begins; ended on its first day it declares nothing.
CREATE TABLE vehicle_gaps (
  id          uuid PRIMARY KEY,
  vehicle_id  uuid NOT NULL REFERENCES vehicles,
  history     text NOT NULL CHECK (history IN ('plate','residence','owner')),
  valid_from  date NOT NULL,
  valid_to    date CHECK (valid_to >= valid_from),
  reason      text NOT NULL CHECK (reason <> ''),
  recorded_at timestamptz NOT NULL,
  actor_id    uuid
);
CREATE INDEX vehicle_gaps_vehicle ON vehicle_gaps (vehicle_id);

-- Append-only: every period that was replaced, as it stood, with what stands in its place and who wanted it.
CREATE TABLE vehicle_corrections (
  id          uuid PRIMARY KEY,
  vehicle_id  uuid NOT NULL REFERENCES vehicles,
  history     text NOT NULL CHECK (history IN ('plate','residence','owner')),
  cause       text NOT NULL CHECK (cause IN ('corrected','merged')),
  superseded  jsonb NOT NULL,
  replacement jsonb NOT NULL,
  reason      text NOT NULL CHECK (reason <> ''),
  recorded_at timestamptz NOT NULL,
  actor_kind  text NOT NULL,
  actor_id    uuid
);
CREATE INDEX vehicle_corrections_vehicle ON vehicle_corrections (vehicle_id, recorded_at);

-- Append-only: a vehicle leaves the register once.
CREATE TABLE vehicle_retirements (
  vehicle_id  uuid PRIMARY KEY REFERENCES vehicles,
  retired_on  date NOT NULL,
  manner      text NOT NULL CHECK (manner IN ('scrapped','exported')),
  reference   text NOT NULL CHECK (reference <> ''),
  recorded_at timestamptz NOT NULL,
  actor_id    uuid
);

-- The other registration of the same vehicle, always the one that was kept: a chain is flattened when its end is merged.
ALTER TABLE vehicles ADD COLUMN merged_into uuid REFERENCES vehicles CHECK (merged_into <> id);
CREATE INDEX vehicles_merged_into ON vehicles (merged_into) WHERE merged_into IS NOT NULL;

-- Append-only tenant table: what a city took outside. A report is withdrawn by a row of its own; number counts the reports of one due, so that of two
-- at once one loses.
CREATE TABLE external_payments (
  municipality_id integer NOT NULL REFERENCES municipalities,
  id              uuid NOT NULL,
  vehicle_id      uuid NOT NULL REFERENCES vehicles,
  fiscal_year     smallint NOT NULL CHECK (fiscal_year BETWEEN 1300 AND 1500),
  number          smallint CHECK (number > 0),
  amount_rial     bigint CHECK (amount_rial > 0),
  paid_on         date,
  reference       text CHECK (reference <> ''),
  withdraws       uuid,
  reason          text CHECK (reason <> ''),
  reported_at     timestamptz NOT NULL,
  actor_id        uuid,
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT external_payments_number UNIQUE (municipality_id, vehicle_id, fiscal_year, number),
  CONSTRAINT external_payments_withdraws UNIQUE (municipality_id, withdraws),
  FOREIGN KEY (municipality_id, withdraws) REFERENCES external_payments (municipality_id, id),
  CONSTRAINT external_payments_shape CHECK (CASE WHEN withdraws IS NULL
    THEN num_nulls(number, amount_rial, paid_on, reference) = 0 AND reason IS NULL
    ELSE num_nonnulls(number, amount_rial, paid_on, reference) = 0 AND reason IS NOT NULL END)
);
CREATE INDEX external_payments_vehicle ON external_payments (vehicle_id);

-- Whether the city of this transaction has ever been the residence of a vehicle's owner. It runs as its caller, who sees only his own city's residences.
-- +goose StatementBegin
CREATE FUNCTION scope_resident(vehicle uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT EXISTS (SELECT 1 FROM vehicle_residences r WHERE r.vehicle_id = vehicle AND r.residence = scope_municipality()) $$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['vehicle_owners','vehicle_gaps','vehicle_corrections','vehicle_retirements','external_payments'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('CREATE POLICY named_vehicle ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''office'' AND vehicle_id = scope_vehicle())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
  -- A city reads of the vehicles that live or have lived in it; who owns them and why an entry was replaced stays with the platform.
  FOREACH t IN ARRAY ARRAY['vehicle_plates','vehicle_gaps','vehicle_retirements'] LOOP
    EXECUTE format('CREATE POLICY resident ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''municipality'' AND scope_resident(vehicle_id))', t);
  END LOOP;
END $$;
-- +goose StatementEnd

CREATE POLICY resident ON vehicles FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND merged_into IS NULL AND scope_resident(id));
CREATE POLICY resident ON vehicle_residences FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND residence = scope_municipality());
CREATE POLICY municipality ON external_payments TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality())
  WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality());

-- A correction writes the period anew, after vehicle_corrections has taken the old one; a merge gives it to the kept vehicle. Only the platform's policy
-- lets a row be changed.
GRANT UPDATE (vehicle_id, valid_from, plate) ON vehicle_plates TO mofasa_app;
GRANT UPDATE (vehicle_id, valid_from, residence) ON vehicle_residences TO mofasa_app;
GRANT UPDATE (vehicle_id, valid_from, valid_to, kind, id_hash, id_masked, name_masked) ON vehicle_owners TO mofasa_app;
GRANT UPDATE (vehicle_id, valid_to) ON vehicle_gaps TO mofasa_app;
GRANT UPDATE (merged_into) ON vehicles TO mofasa_app;

-- As before, and whoever names a merged vehicle, by VIN, plate or id, reaches the kept one.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION enter_scope(kind text, municipality integer, office uuid, vehicle uuid, by_vin text, by_plate text, certificate text, at timestamptz)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE named uuid := vehicle;
BEGIN
  IF kind NOT IN ('municipality','office','platform','public') THEN
    RAISE EXCEPTION 'unknown scope' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF named IS NOT NULL THEN
    named := coalesce((SELECT v.merged_into FROM vehicles v WHERE v.id = named), named);
  ELSIF by_vin IS NOT NULL THEN
    SELECT coalesce(v.merged_into, v.id) INTO named FROM vehicles v WHERE v.vin = by_vin;
  ELSIF by_plate IS NOT NULL THEN
    SELECT coalesce(v.merged_into, v.id) INTO named FROM vehicle_plates p JOIN vehicles v ON v.id = p.vehicle_id WHERE p.plate = by_plate AND p.valid_to IS NULL;
  END IF;
  PERFORM set_config('mofasa.scope', kind, true),
          set_config('mofasa.municipality', coalesce(municipality::text, ''), true),
          set_config('mofasa.office', coalesce(office::text, ''), true),
          set_config('mofasa.vehicle', coalesce(named::text, ''), true),
          set_config('mofasa.certificate', coalesce(certificate, ''), true),
          set_config('mofasa.now', at::text, true);
  RETURN named;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 'forward only'::no_down;
