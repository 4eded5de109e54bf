-- +goose Up
-- What banks collected by bill ID and payment ID: their return files and single notifications, line by line; and the suspense desk's payouts.

-- A return file is known by its name and by its content. Its tallies grow chunk by chunk, so that an import that broke off goes on where it stood.
CREATE TABLE bank_files (
  id           uuid PRIMARY KEY,
  name         text NOT NULL CHECK (name <> ''),
  sha256       bytea NOT NULL CHECK (length(sha256) = 32),
  layout       text NOT NULL CHECK (layout IN ('a','b')),
  bank         text NOT NULL CHECK (bank ~ '^[0-9]{2}$'),
  company      text NOT NULL CHECK (company ~ '^[0-9]{3}$'),
  sent_on      date NOT NULL,
  lines        integer NOT NULL CHECK (lines >= 0),              -- by the header, and counted
  total_rial   bigint NOT NULL CHECK (total_rial >= 0),          -- by the header
  lost_rial    bigint NOT NULL CHECK (lost_rial >= 0),           -- of the total, what stands in lines that cannot be read
  received_at  timestamptz NOT NULL,
  done_lines   integer NOT NULL DEFAULT 0,
  captured     integer NOT NULL DEFAULT 0,
  suspended    integer NOT NULL DEFAULT 0,
  repeated     integer NOT NULL DEFAULT 0,
  malformed    integer NOT NULL DEFAULT 0,
  captured_rial  bigint NOT NULL DEFAULT 0,
  suspended_rial bigint NOT NULL DEFAULT 0,
  finished_at  timestamptz,
  CONSTRAINT bank_files_content UNIQUE (sha256),
  CONSTRAINT bank_files_tally CHECK (done_lines = captured + suspended + repeated + malformed AND done_lines <= lines),
  CONSTRAINT bank_files_finished CHECK ((finished_at IS NOT NULL) <= (done_lines = lines))
);
CREATE UNIQUE INDEX bank_files_name ON bank_files (lower(name));
GRANT UPDATE (done_lines, captured, suspended, repeated, malformed, captured_rial, suspended_rial, finished_at) ON bank_files TO mofasa_app;

-- Append-only: each line of a file, and each notification, with what became of it.
CREATE TABLE bank_lines (
  id          uuid PRIMARY KEY,
  file_id     uuid REFERENCES bank_files,                        -- null: a notification
  line        integer NOT NULL CHECK (line >= 0),                -- of the file, its header being line 1; 0: a notification
  bank        text NOT NULL CHECK (bank ~ '^[0-9]{2}$'),
  branch      text NOT NULL,
  channel     text NOT NULL,
  paid_on     date,
  bill_id     text NOT NULL,
  payment_id  text NOT NULL,
  trace       text NOT NULL,                                     -- repeats from day to day
  number      text NOT NULL,                                     -- of a notification: the bank's own, which does not repeat; '' in files
  amount_rial bigint NOT NULL CHECK (amount_rial >= 0),
  occurrence  integer NOT NULL CHECK (occurrence >= 1),          -- how many times the same numbers came in the same file
  raw         text NOT NULL,
  outcome     text NOT NULL CHECK (outcome IN ('captured','suspended','repeated','malformed')),
  reason      text NOT NULL,
  payment     uuid REFERENCES payments,
  repeats     uuid REFERENCES bank_lines,
  at          timestamptz NOT NULL,
  CONSTRAINT bank_lines_line UNIQUE (file_id, line),
  CONSTRAINT bank_lines_payment CHECK (outcome <> 'captured' OR payment IS NOT NULL),
  CONSTRAINT bank_lines_repeats CHECK ((outcome = 'repeated') = (repeats IS NOT NULL)),
  CONSTRAINT bank_lines_day CHECK (paid_on IS NOT NULL OR outcome = 'malformed')
);
-- The same money counts once, whichever way its word comes.
CREATE UNIQUE INDEX bank_lines_once ON bank_lines (bill_id, payment_id, bank, paid_on, trace, amount_rial, occurrence) WHERE outcome IN ('captured','suspended');
CREATE UNIQUE INDEX bank_lines_number ON bank_lines (bank, number) WHERE file_id IS NULL;
CREATE INDEX bank_lines_payments ON bank_lines (payment) WHERE payment IS NOT NULL;
CREATE INDEX bank_lines_trace ON bank_lines (trace);

-- Money that goes back from suspense to whoever paid it, by a transfer of the treasury.
CREATE TABLE suspense_payouts (
  id           uuid PRIMARY KEY,
  item_id      uuid NOT NULL REFERENCES suspense_items,
  iban         text NOT NULL CHECK (iban ~ '^IR[0-9]{24}$'),
  amount_rial  bigint NOT NULL CHECK (amount_rial > 0),
  asked_at     timestamptz NOT NULL,
  paid_at      timestamptz,                                      -- null: it waits to be transferred
  paid_by      uuid REFERENCES people,
  reference    text CHECK (reference <> ''),                     -- the bank's number of the transfer
  CONSTRAINT suspense_payouts_once UNIQUE (item_id),
  CONSTRAINT suspense_payouts_reference UNIQUE (reference),
  CONSTRAINT suspense_payouts_paid CHECK (num_nulls(paid_at, paid_by, reference) IN (0, 3))
);
GRANT UPDATE (paid_at, paid_by, reference) ON suspense_payouts TO mofasa_app;

-- A bank's money is certain when its word comes, so it does not wait for another attempt that is under way.
DROP INDEX payments_one_open;
CREATE UNIQUE INDEX payments_one_open ON payments (order_id) WHERE state IN ('created','sent','unknown','confirmed') AND method <> 'bank';
-- A payer's two numbers lead to one bill in all of the country.
CREATE INDEX bills_numbers ON bills (bill_id, payment_id);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['bank_files','bank_lines','suspense_payouts'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
  IF to_regprocedure('policies_ask_once()') IS NOT NULL THEN
    PERFORM policies_ask_once();
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 'forward only'::no_down;
