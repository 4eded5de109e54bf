-- +goose Up
-- Platform tables: who exists. Everybody may read the list of municipalities; only the platform writes it.
CREATE TABLE municipalities (
  id           integer PRIMARY KEY CHECK (id BETWEEN 1 AND 999),
  name_fa      text NOT NULL,
  name_en      text NOT NULL,
  province_fa  text NOT NULL,
  province_en  text NOT NULL,
  county_fa    text NOT NULL,
  stage        text NOT NULL DEFAULT 'active' CHECK (stage IN ('draft','pilot','active','paused','closed')),
  bill_company integer NOT NULL CHECK (bill_company BETWEEN 0 AND 999),
  bill_prefix  integer NOT NULL CHECK (bill_prefix BETWEEN 1 AND 99), -- prefix 0 and serial 1,000,000 would make file code 0
  CONSTRAINT municipalities_name UNIQUE (province_fa, name_fa),
  CONSTRAINT municipalities_bill UNIQUE (bill_company, bill_prefix)
);

CREATE TABLE offices (
  id              uuid PRIMARY KEY,
  municipality_id integer NOT NULL REFERENCES municipalities, -- the city in which the office stands
  name_fa         text NOT NULL,
  licence_no      text NOT NULL,
  valid_from      date NOT NULL,
  valid_to        date,
  state           text NOT NULL DEFAULT 'active' CHECK (state IN ('active','suspended','closed')),
  CONSTRAINT offices_licence UNIQUE (licence_no)
);

CREATE TABLE people (
  id            uuid PRIMARY KEY,
  office_id     uuid REFERENCES offices,
  username      text NOT NULL,
  password_hash text NOT NULL,
  name_fa       text NOT NULL,
  role          text NOT NULL,
  state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active','locked','left')),
  CONSTRAINT people_username UNIQUE (username)
);

CREATE TABLE vehicle_types (
  code    text PRIMARY KEY,
  name_fa text NOT NULL
);

CREATE TABLE vehicles (
  id               uuid PRIMARY KEY,
  vin              text NOT NULL,
  class            text NOT NULL,
  usage            text NOT NULL,
  fuel             text NOT NULL,
  origin           text NOT NULL,
  cylinders        smallint NOT NULL CHECK (cylinders BETWEEN 0 AND 24),
  type_code        text NOT NULL,
  model_year       smallint NOT NULL CHECK (model_year BETWEEN 1300 AND 1500),
  first_registered date NOT NULL,
  CONSTRAINT vehicles_vin UNIQUE (vin)
);

-- A plate is a dated relation; at any time a plate is on at most one vehicle.
CREATE TABLE vehicle_plates (
  vehicle_id uuid NOT NULL REFERENCES vehicles,
  valid_from date NOT NULL,
  valid_to   date CHECK (valid_to > valid_from),
  plate      text NOT NULL,
  PRIMARY KEY (vehicle_id, valid_from)
);
CREATE UNIQUE INDEX vehicle_plates_current ON vehicle_plates (plate) WHERE valid_to IS NULL;

-- Where the owner lived decides which city is entitled to a fiscal year (VAT law 1400, Art. 41).
CREATE TABLE vehicle_residences (
  vehicle_id      uuid NOT NULL REFERENCES vehicles,
  valid_from      date NOT NULL,
  valid_to        date CHECK (valid_to > valid_from),
  residence       integer NOT NULL REFERENCES municipalities,
  PRIMARY KEY (vehicle_id, valid_from)
);
CREATE INDEX vehicle_residences_city ON vehicle_residences (residence);

CREATE TABLE valuations (
  fiscal_year smallint NOT NULL CHECK (fiscal_year BETWEEN 1300 AND 1500),
  type_code   text NOT NULL REFERENCES vehicle_types,
  base_rial   bigint NOT NULL CHECK (base_rial > 0),
  PRIMARY KEY (type_code, fiscal_year)
);

CREATE TABLE tariff_versions (
  id           text PRIMARY KEY, -- authority/fiscal year/number
  authority    text NOT NULL,
  fiscal_year  smallint NOT NULL,
  number       smallint NOT NULL,
  body         jsonb NOT NULL,
  published_at timestamptz NOT NULL,
  CONSTRAINT tariff_versions_number UNIQUE (authority, fiscal_year, number)
);

-- Tenant tables: municipality_id is the first column of every key.
CREATE TABLE municipality_accounts (
  municipality_id integer NOT NULL REFERENCES municipalities,
  charge          text NOT NULL,
  iban            text NOT NULL CHECK (iban ~ '^IR[0-9]{24}$'),
  PRIMARY KEY (municipality_id, charge)
);

CREATE TABLE agreements (
  municipality_id integer NOT NULL REFERENCES municipalities,
  office_id       uuid NOT NULL REFERENCES offices,
  valid_from      date NOT NULL,
  valid_to        date CHECK (valid_to > valid_from),
  PRIMARY KEY (municipality_id, office_id, valid_from)
);
CREATE INDEX agreements_office ON agreements (office_id);

-- Append-only: what happened, who did it, to what, for which purpose. No foreign keys: a row outlives what it describes.
CREATE TABLE audit_log (
  id              uuid PRIMARY KEY,
  at              timestamptz NOT NULL,
  owner           text NOT NULL,
  actor_kind      text NOT NULL CHECK (actor_kind IN ('person','system','public')),
  actor_id        uuid,
  action          text NOT NULL,
  target_kind     text NOT NULL,
  target_id       text NOT NULL,
  purpose         text,
  details         jsonb,
  request_id      text
);
CREATE INDEX audit_log_target ON audit_log (target_kind, target_id, at);

CREATE TABLE idempotency_keys (
  owner        text NOT NULL,
  key          text NOT NULL CHECK (length(key) BETWEEN 8 AND 128),
  operation    text NOT NULL,
  request_hash bytea NOT NULL,
  answer       jsonb,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (owner, key)
);

-- +goose Down
SELECT 'forward only'::no_down;
