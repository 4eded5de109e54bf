-- +goose Up
-- The audit log, sealed and readable. An insert stays what it was: the transaction's number comes by default, and a sealer chains the rows afterwards.

-- Which transaction wrote the row. Whoever reads below the oldest transaction that still runs (pg_snapshot_xmin) reads all that will ever stand there.
ALTER TABLE audit_log ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
-- The city that something was done about by somebody who does not work for it; its auditor reads the row as well.
ALTER TABLE audit_log ADD COLUMN about_municipality integer CHECK (about_municipality BETWEEN 1 AND 999);
CREATE INDEX audit_log_txid ON audit_log (txid, id);
CREATE INDEX audit_log_owner ON audit_log (owner, at, id);
CREATE INDEX audit_log_about ON audit_log (about_municipality, at, id) WHERE about_municipality IS NOT NULL;
CREATE POLICY about_city ON audit_log FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND about_municipality = scope_municipality());

-- Nobody writes but who and what: which transaction a row is of, only the default says, or one row could stand before what is sealed or hold the sealer up.
REVOKE INSERT ON audit_log FROM mofasa_app;
GRANT INSERT (id, at, owner, actor_kind, actor_id, action, target_kind, target_id, purpose, details, request_id, about_municipality) ON audit_log TO mofasa_app;

-- Append-only: one link for each row of the log, in the order of transactions. No foreign key: a seal outlives the row that somebody took away.
CREATE TABLE audit_seals (
  sequence   bigint PRIMARY KEY CHECK (sequence > 0),
  audit_id   uuid NOT NULL,
  txid       xid8 NOT NULL,
  row_hash   bytea NOT NULL CHECK (length(row_hash) = 32),   -- SHA-256 of the row
  chain_hash bytea NOT NULL CHECK (length(chain_hash) = 32), -- SHA-256 of the link before, the sequence and the row's hash
  sealed_at  timestamptz NOT NULL,
  CONSTRAINT audit_seals_row UNIQUE (audit_id)
);
ALTER TABLE audit_seals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON audit_seals TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform());
GRANT SELECT, INSERT ON audit_seals TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
