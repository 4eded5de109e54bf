-- +goose Up
-- Office tables: rows of one office's counter.
-- The hottest table: a row per look-up, from ids that the same request has just read; hence no foreign keys.
CREATE TABLE inquiries (
  id         uuid PRIMARY KEY,
  office_id  uuid NOT NULL,
  person_id  uuid NOT NULL,
  vehicle_id uuid NOT NULL,
  purpose    text NOT NULL,
  at         timestamptz NOT NULL,
  dues       jsonb NOT NULL -- [[municipality, fiscal year, balance], …]: what the operator was shown
);
CREATE INDEX inquiries_office ON inquiries (office_id, at);

CREATE TABLE orders (
  id          uuid PRIMARY KEY,
  office_id   uuid NOT NULL REFERENCES offices,
  person_id   uuid NOT NULL REFERENCES people,
  vehicle_id  uuid NOT NULL REFERENCES vehicles,
  inquiry_id  uuid NOT NULL REFERENCES inquiries,
  plate       text NOT NULL,
  total_rial  bigint NOT NULL CHECK (total_rial > 0),
  state       text NOT NULL CHECK (state IN ('open','part_paid','paid','cancelled','expired')),
  created_at  timestamptz NOT NULL,
  valid_until timestamptz NOT NULL
);
CREATE INDEX orders_office ON orders (office_id, created_at);

-- Tenant tables: what a city is owed and has been paid.

-- I2: at most one claim of a (city, vehicle, fiscal year), however many offices race for it.
CREATE TABLE due_claims (
  municipality_id integer NOT NULL REFERENCES municipalities,
  vehicle_id      uuid NOT NULL REFERENCES vehicles,
  fiscal_year     smallint NOT NULL,
  office_id       uuid NOT NULL REFERENCES offices,
  order_id        uuid NOT NULL REFERENCES orders,
  state           text NOT NULL CHECK (state IN ('claimed','paying','paid','released')),
  amount_rial     bigint NOT NULL CHECK (amount_rial > 0),
  claimed_until   timestamptz NOT NULL,
  paid_at         timestamptz,
  PRIMARY KEY (municipality_id, vehicle_id, fiscal_year),
  CHECK ((state = 'paid') = (paid_at IS NOT NULL))
);
CREATE INDEX due_claims_vehicle ON due_claims (vehicle_id);
CREATE INDEX due_claims_order ON due_claims (order_id);

CREATE TABLE bill_serials (
  municipality_id integer NOT NULL REFERENCES municipalities,
  next            bigint NOT NULL CHECK (next > 0),
  PRIMARY KEY (municipality_id)
);

CREATE TABLE bills (
  municipality_id integer NOT NULL REFERENCES municipalities,
  id              uuid NOT NULL,
  office_id       uuid NOT NULL REFERENCES offices,
  order_id        uuid NOT NULL REFERENCES orders,
  vehicle_id      uuid NOT NULL REFERENCES vehicles,
  bill_id         text NOT NULL,
  payment_id      text NOT NULL,
  amount_rial     bigint NOT NULL CHECK (amount_rial > 0 AND amount_rial % 1000 = 0),
  state           text NOT NULL CHECK (state IN ('open','paid','cancelled')),
  issued_at       timestamptz NOT NULL,
  valid_until     timestamptz NOT NULL,
  paid_at         timestamptz,
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT bills_ids UNIQUE (municipality_id, bill_id, payment_id),
  CHECK ((state = 'paid') = (paid_at IS NOT NULL))
);
CREATE INDEX bills_order ON bills (order_id);
CREATE INDEX bills_vehicle ON bills (vehicle_id);

-- Append-only: what each bill demands and cites, so that it can be recomputed (I7).
CREATE TABLE bill_dues (
  municipality_id integer NOT NULL,
  bill_id         uuid NOT NULL,
  fiscal_year     smallint NOT NULL,
  office_id       uuid NOT NULL REFERENCES offices,
  vehicle_id      uuid NOT NULL REFERENCES vehicles,
  amount_rial     bigint NOT NULL CHECK (amount_rial > 0),
  lines           jsonb NOT NULL,
  cites           jsonb NOT NULL,
  assessed_on     date NOT NULL,
  PRIMARY KEY (municipality_id, bill_id, fiscal_year),
  FOREIGN KEY (municipality_id, bill_id) REFERENCES bills (municipality_id, id)
);

CREATE TABLE payments (
  id            uuid PRIMARY KEY,
  office_id     uuid NOT NULL REFERENCES offices,
  order_id      uuid NOT NULL REFERENCES orders,
  method        text NOT NULL CHECK (method IN ('gateway')),
  provider      text NOT NULL,
  terminal      text NOT NULL,
  merchant_ref  text NOT NULL, -- our number of the attempt at the provider
  amount_rial   bigint NOT NULL CHECK (amount_rial > 0),
  state         text NOT NULL CHECK (state IN ('created','sent','unknown','confirmed','captured','failed','suspense')),
  token         text,          -- the provider's session
  redirect_url  text,
  reference     text,          -- the provider's number of the money (RefNum)
  rrn           text,
  masked_pan    text,
  reason        text,          -- why it failed or stands in suspense
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  next_check_at timestamptz,   -- when the resolver asks the provider again; null in a final state
  checks        integer NOT NULL DEFAULT 0,
  captured_at   timestamptz,
  CONSTRAINT payments_reference UNIQUE (provider, terminal, reference), -- I3
  CONSTRAINT payments_merchant_ref UNIQUE (provider, terminal, merchant_ref),
  CONSTRAINT payments_token UNIQUE (provider, token),
  CHECK ((state = 'captured') = (captured_at IS NOT NULL)),
  CHECK ((next_check_at IS NULL) = (state IN ('captured','failed','suspense')))
);
CREATE INDEX payments_order ON payments (order_id);
CREATE INDEX payments_due_check ON payments (next_check_at) WHERE next_check_at IS NOT NULL;
-- One attempt at a time for an order: nobody is charged twice because an answer is late.
CREATE UNIQUE INDEX payments_one_open ON payments (order_id) WHERE state IN ('created','sent','unknown','confirmed');

-- Append-only: the provider's split, a row per city and bill.
CREATE TABLE payment_bills (
  municipality_id integer NOT NULL,
  payment_id      uuid NOT NULL REFERENCES payments,
  bill_id         uuid NOT NULL,
  office_id       uuid NOT NULL REFERENCES offices,
  iban            text NOT NULL,
  amount_rial     bigint NOT NULL CHECK (amount_rial > 0),
  PRIMARY KEY (municipality_id, payment_id, bill_id),
  FOREIGN KEY (municipality_id, bill_id) REFERENCES bills (municipality_id, id)
);
CREATE INDEX payment_bills_payment ON payment_bills (payment_id);

CREATE TABLE receipts (
  number      bigint GENERATED ALWAYS AS IDENTITY (START WITH 100001) PRIMARY KEY,
  office_id   uuid NOT NULL REFERENCES offices,
  payment_id  uuid NOT NULL REFERENCES payments,
  order_id    uuid NOT NULL REFERENCES orders,
  amount_rial bigint NOT NULL,
  at          timestamptz NOT NULL,
  CONSTRAINT receipts_payment UNIQUE (payment_id)
);

-- I1: the postings of an entry are its arrays, so an entry and its balance are one row and one CHECK, with no trigger.
-- +goose StatementBegin
CREATE FUNCTION postings_sum(bigint[]) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(sum(amount), 0) FROM unnest($1) amount $$;
-- +goose StatementEnd
CREATE TABLE ledger_entries (
  municipality_id integer NOT NULL REFERENCES municipalities,
  id              uuid NOT NULL,
  at              timestamptz NOT NULL,
  kind            text NOT NULL,
  source_kind     text NOT NULL,  -- 'payment', …
  source_id       uuid NOT NULL,
  bill_id         uuid,
  office_id       uuid,
  accounts        text[] NOT NULL,
  amounts         bigint[] NOT NULL, -- rial; debit positive, credit negative
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT ledger_entries_source UNIQUE NULLS NOT DISTINCT (municipality_id, source_kind, source_id, bill_id, kind),
  CONSTRAINT ledger_entries_balanced CHECK (postings_sum(amounts) = 0),
  CONSTRAINT ledger_entries_shape CHECK (cardinality(accounts) = cardinality(amounts) AND cardinality(amounts) >= 2
    AND array_position(accounts, NULL) IS NULL AND array_position(amounts, NULL) IS NULL)
);
CREATE INDEX ledger_entries_at ON ledger_entries (municipality_id, at);

CREATE VIEW ledger_postings WITH (security_invoker = true) AS
  SELECT e.municipality_id, e.id AS entry_id, p.line, e.at, e.kind, e.source_kind, e.source_id, e.bill_id, e.office_id, p.account, p.amount AS amount_rial
  FROM ledger_entries e, unnest(e.accounts, e.amounts) WITH ORDINALITY AS p(account, amount, line);

CREATE TABLE certificates (
  serial       text PRIMARY KEY,
  office_id    uuid NOT NULL REFERENCES offices,
  order_id     uuid NOT NULL REFERENCES orders,
  vehicle_id   uuid NOT NULL REFERENCES vehicles,
  through_year smallint NOT NULL,
  jws          text NOT NULL,
  proof        text NOT NULL,
  issued_at    timestamptz NOT NULL,
  issued_by    uuid NOT NULL REFERENCES people
);
CREATE INDEX certificates_order ON certificates (order_id);

-- I4: the state of a certificate is its last event; nothing is ever taken back.
CREATE TABLE certificate_events (
  serial    text NOT NULL REFERENCES certificates,
  number    smallint NOT NULL,
  office_id uuid NOT NULL REFERENCES offices,
  kind      text NOT NULL CHECK (kind IN ('issued','superseded','revoked')),
  at        timestamptz NOT NULL,
  reason    text,
  PRIMARY KEY (serial, number),
  CONSTRAINT certificate_events_first CHECK ((number = 1) = (kind = 'issued')) -- revoked is for ever
);

-- Append-only: the dues over which a certificate stands, by city.
CREATE TABLE certificate_dues (
  municipality_id integer NOT NULL REFERENCES municipalities,
  serial          text NOT NULL REFERENCES certificates,
  fiscal_year     smallint NOT NULL,
  office_id       uuid NOT NULL REFERENCES offices,
  amount_rial     bigint NOT NULL,
  PRIMARY KEY (municipality_id, serial, fiscal_year)
);

-- +goose Down
SELECT 'forward only'::no_down;
