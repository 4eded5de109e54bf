-- +goose Up
-- What a cashier takes from opening the till to counting it, and how often a receipt was printed.

CREATE TABLE shifts (
  id                 uuid PRIMARY KEY,
  office_id          uuid NOT NULL REFERENCES offices,
  number             integer NOT NULL CHECK (number > 0),
  person_id          uuid NOT NULL REFERENCES people,
  opened_at          timestamptz NOT NULL,
  opening_float_rial bigint NOT NULL CHECK (opening_float_rial >= 0),  -- cash that is there for change
  closed_at          timestamptz,
  closed_by          uuid REFERENCES people,
  in_flight          integer CHECK (in_flight >= 0),                   -- payments of which nobody knew when it was closed
  in_flight_rial     bigint CHECK (in_flight_rial >= 0),
  note               text,
  CONSTRAINT shifts_number UNIQUE (office_id, number),
  CONSTRAINT shifts_closed CHECK (num_nonnulls(closed_at, closed_by, in_flight, in_flight_rial) IN (0, 4))
);
CREATE UNIQUE INDEX shifts_open ON shifts (person_id) WHERE closed_at IS NULL;

-- Append-only: what a shift had taken when it was closed, payment by payment. What comes later is what is not here.
CREATE TABLE shift_payments (
  shift_id    uuid NOT NULL REFERENCES shifts,
  payment_id  uuid NOT NULL REFERENCES payments,
  office_id   uuid NOT NULL REFERENCES offices,
  method      text NOT NULL,
  amount_rial bigint NOT NULL CHECK (amount_rial > 0),
  PRIMARY KEY (shift_id, payment_id),
  CONSTRAINT shift_payments_once UNIQUE (payment_id)
);

-- Append-only: the same by method, beside what the cashier counted.
CREATE TABLE shift_totals (
  shift_id        uuid NOT NULL REFERENCES shifts,
  method          text NOT NULL CHECK (method IN ('gateway','terminal','deposit','bank')),
  office_id       uuid NOT NULL REFERENCES offices,
  payments        integer NOT NULL CHECK (payments >= 0),
  taken_rial      bigint NOT NULL CHECK (taken_rial >= 0),
  expected_rial   bigint NOT NULL CHECK (expected_rial >= taken_rial), -- of cash, with the opening float
  counted_rial    bigint CHECK (counted_rial >= 0),
  difference_rial bigint,                                              -- what is there beyond what must be; negative: missing
  PRIMARY KEY (shift_id, method),
  CONSTRAINT shift_totals_difference CHECK (difference_rial IS NOT DISTINCT FROM counted_rial - expected_rial),
  CONSTRAINT shift_totals_counted CHECK (counted_rial IS NOT NULL OR expected_rial = 0)
);

-- Whether an office's people may take money without an open shift. No row: they may.
CREATE TABLE shift_rules (
  office_id uuid PRIMARY KEY REFERENCES offices,
  required  boolean NOT NULL
);

-- The shift in which an attempt was begun; null: none was open.
ALTER TABLE payments ADD COLUMN shift_id uuid REFERENCES shifts;
CREATE INDEX payments_shift ON payments (shift_id) WHERE shift_id IS NOT NULL;

-- Append-only: every print of a receipt. The first is the original.
CREATE TABLE receipt_prints (
  receipt_number bigint NOT NULL REFERENCES receipts,
  number         integer NOT NULL CHECK (number > 0),
  office_id      uuid NOT NULL REFERENCES offices,
  kind           text NOT NULL CHECK (kind = CASE WHEN number = 1 THEN 'original' ELSE 'copy' END),
  at             timestamptz NOT NULL,
  person_id      uuid REFERENCES people,
  client_id      uuid,
  PRIMARY KEY (receipt_number, number),
  CONSTRAINT receipt_prints_actor CHECK (num_nonnulls(person_id, client_id) = 1)
);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['shifts','shift_payments','shift_totals','shift_rules','receipt_prints'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('CREATE POLICY office ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''office'' AND office_id = scope_office())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
END $$;
-- +goose StatementEnd
-- An office opens and closes shifts of its own people; what they took only the platform's scope says.
CREATE POLICY office_opens ON shifts FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND closed_at IS NULL
  AND EXISTS (SELECT 1 FROM people p WHERE p.id = shifts.person_id AND p.office_id = scope_office()));
CREATE POLICY office_closes ON shifts FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office() AND closed_at IS NULL)
  WITH CHECK (scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY office_rules ON shift_rules FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY office_changes ON shift_rules FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY office_prints ON receipt_prints FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office()
  AND EXISTS (SELECT 1 FROM receipts r WHERE r.number = receipt_prints.receipt_number AND r.office_id = scope_office()));
GRANT UPDATE (closed_at, closed_by, in_flight, in_flight_rial, note) ON shifts TO mofasa_app;
GRANT UPDATE (required) ON shift_rules TO mofasa_app;

SELECT policies_ask_once();

-- +goose Down
SELECT 'forward only'::no_down;
