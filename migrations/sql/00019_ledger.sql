-- +goose Up
-- The books, rolled up and sealed behind whoever posts: an insert stays what it was, and takes no lock that another insert waits for.

-- Which transaction wrote the entry. Whoever reads below the oldest transaction that still runs (pg_snapshot_xmin) reads all that will ever stand there.
ALTER TABLE ledger_entries ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX ledger_entries_txid ON ledger_entries (municipality_id, txid, id);
-- A statement runs by time and, of one moment, by id.
DROP INDEX ledger_entries_at;
CREATE INDEX ledger_entries_at ON ledger_entries (municipality_id, at, id);

-- Which transaction an entry is of, only the default says, or one entry could stand before what is rolled up and sealed.
REVOKE INSERT ON ledger_entries FROM mofasa_app;
GRANT INSERT (municipality_id, id, at, kind, source_kind, source_id, bill_id, office_id, accounts, amounts) ON ledger_entries TO mofasa_app;
-- Books are a city's or the platform's (0). A foreign key would lock the city's row for every entry, and could not hold the platform's.
ALTER POLICY platform ON ledger_entries WITH CHECK (scope_is_platform()
  AND (ledger_entries.municipality_id = 0 OR EXISTS (SELECT 1 FROM municipalities m WHERE m.id = ledger_entries.municipality_id)));

-- The same sum, by a function that keeps its plan: the check of every entry calls it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION postings_sum(bigint[]) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$$ BEGIN RETURN (SELECT coalesce(sum(amount), 0) FROM unnest($1) amount); END $$;
-- +goose StatementEnd

-- Sums of what is final, by account and day of 24 hours from 20:30 UTC: midnight in Tehran at +03:30, whatever summer time did or will do.
CREATE TABLE ledger_rollups (
  municipality_id integer NOT NULL,
  account         text NOT NULL,
  day             integer NOT NULL,                          -- since 1970-01-01 +03:30
  debit_rial      bigint NOT NULL CHECK (debit_rial >= 0),
  credit_rial     bigint NOT NULL CHECK (credit_rial >= 0),
  PRIMARY KEY (municipality_id, account, day)
);
-- How far each books' entries are rolled up, in the order (txid, entry). Whoever rolls them up holds the row.
CREATE TABLE ledger_rolled (
  municipality_id integer PRIMARY KEY,
  txid            xid8 NOT NULL,
  entry_id        uuid NOT NULL,
  entries         bigint NOT NULL CHECK (entries >= 0)
);

-- Append-only: one link for each entry, a chain for each books, in the order of transactions. No foreign key: a seal outlives the entry that somebody took away.
CREATE TABLE ledger_seals (
  municipality_id integer NOT NULL,
  sequence        bigint NOT NULL CHECK (sequence > 0),
  entry_id        uuid NOT NULL,
  txid            xid8 NOT NULL,
  row_hash        bytea NOT NULL CHECK (length(row_hash) = 32),   -- SHA-256 of the entry
  chain_hash      bytea NOT NULL CHECK (length(chain_hash) = 32), -- SHA-256 of the link before, the sequence and the entry's hash
  sealed_at       timestamptz NOT NULL,
  PRIMARY KEY (municipality_id, sequence),
  CONSTRAINT ledger_seals_entry UNIQUE (municipality_id, entry_id)
);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['ledger_rollups','ledger_rolled','ledger_seals'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('CREATE POLICY municipality ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''municipality'' AND municipality_id = scope_municipality())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
END $$;
-- +goose StatementEnd
GRANT UPDATE (debit_rial, credit_rial) ON ledger_rollups TO mofasa_app;
GRANT UPDATE (txid, entry_id, entries) ON ledger_rolled TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
