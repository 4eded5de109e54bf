-- +goose Up
-- What offices have paid in advance: a numbered line per movement, each with what is available after it. Nothing is ever updated, so there is no hot row; of two movements at
-- once one waits for the office's advisory lock, and the key would stop it all the same.
CREATE TABLE deposit_moves (
  office_id      uuid NOT NULL REFERENCES offices,
  number         bigint NOT NULL CHECK (number > 0),
  kind           text NOT NULL CHECK (kind IN ('topup','hold','release','capture','refund','withdrawal')),
  amount_rial    bigint NOT NULL CHECK (CASE WHEN kind IN ('topup','release','refund') THEN amount_rial > 0 ELSE amount_rial < 0 END),
  available_rial bigint NOT NULL CONSTRAINT deposit_moves_available CHECK (available_rial >= 0), -- with all that is held taken off
  held_rial      bigint NOT NULL CONSTRAINT deposit_moves_held CHECK (held_rial >= 0),
  source_kind    text NOT NULL,                             -- 'payment', 'topup', 'refund', 'withdrawal'
  source_id      uuid NOT NULL,
  at             timestamptz NOT NULL,
  actor_id       uuid,
  PRIMARY KEY (office_id, number),
  CONSTRAINT deposit_moves_source UNIQUE (source_kind, source_id, kind)
);

-- How low an office lets its deposit run before it is warned.
CREATE TABLE deposit_warnings (
  office_id  uuid PRIMARY KEY REFERENCES offices,
  below_rial bigint NOT NULL CHECK (below_rial >= 0)
);

-- Append-only: each time that a movement took a deposit below its warning, for whoever must top it up.
CREATE TABLE deposit_alerts (
  office_id      uuid NOT NULL REFERENCES offices,
  number         bigint NOT NULL,                           -- of the movement
  below_rial     bigint NOT NULL,
  available_rial bigint NOT NULL,
  at             timestamptz NOT NULL,
  PRIMARY KEY (office_id, number),
  FOREIGN KEY (office_id, number) REFERENCES deposit_moves (office_id, number),
  CONSTRAINT deposit_alerts_low CHECK (available_rial < below_rial)
);

-- Money on its way into a deposit by a bank transfer that the office declares and the platform finds in its account. Top-ups by card are payments without an order.
CREATE TABLE deposit_transfers (
  id           uuid PRIMARY KEY,
  office_id    uuid NOT NULL REFERENCES offices,
  amount_rial  bigint NOT NULL CHECK (amount_rial > 0),
  reference    text NOT NULL CHECK (reference <> ''),       -- the bank's number of the transfer
  paid_on      date NOT NULL,
  state        text NOT NULL CHECK (state IN ('declared','credited','refused')),
  declared_by  uuid NOT NULL REFERENCES people,
  declared_at  timestamptz NOT NULL,
  decided_by   uuid REFERENCES people CHECK (decided_by <> declared_by),
  decided_at   timestamptz,
  remark       text,
  CONSTRAINT deposit_transfers_decided CHECK ((state = 'declared') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL))
);
-- The same transfer counts once, whoever declares it.
CREATE UNIQUE INDEX deposit_transfers_reference ON deposit_transfers (reference) WHERE state <> 'refused';
CREATE INDEX deposit_transfers_office ON deposit_transfers (office_id, declared_at);

-- Money on its way out of a deposit, back to the office: held while it waits, and the treasury's own transfer at the end.
CREATE TABLE deposit_withdrawals (
  id           uuid PRIMARY KEY,
  office_id    uuid NOT NULL REFERENCES offices,
  amount_rial  bigint NOT NULL CHECK (amount_rial > 0),
  iban         text NOT NULL CHECK (iban ~ '^IR[0-9]{24}$'),
  state        text NOT NULL CHECK (state IN ('asked','paid','refused')),
  asked_by     uuid NOT NULL REFERENCES people,
  asked_at     timestamptz NOT NULL,
  decided_by   uuid REFERENCES people CHECK (decided_by <> asked_by),
  decided_at   timestamptz,
  reference    text CHECK (reference <> ''),                -- the bank's number of the transfer
  remark       text,
  CONSTRAINT deposit_withdrawals_decided CHECK ((state = 'asked') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CONSTRAINT deposit_withdrawals_paid CHECK ((state = 'paid') = (reference IS NOT NULL))
);
CREATE UNIQUE INDEX deposit_withdrawals_reference ON deposit_withdrawals (reference) WHERE state = 'paid';
CREATE INDEX deposit_withdrawals_office ON deposit_withdrawals (office_id, asked_at);

-- A payment without an order tops up the office's own deposit; its receipt is over no order.
ALTER TABLE payments ALTER COLUMN order_id DROP NOT NULL, ADD CONSTRAINT payments_topup CHECK (order_id IS NOT NULL OR method = 'gateway');
ALTER TABLE receipts ALTER COLUMN order_id DROP NOT NULL;

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['deposit_moves','deposit_warnings','deposit_alerts','deposit_transfers','deposit_withdrawals'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('CREATE POLICY office ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''office'' AND office_id = scope_office())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
END $$;
-- +goose StatementEnd
CREATE POLICY office_warns ON deposit_warnings FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY office_changes ON deposit_warnings FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY office_declares ON deposit_transfers FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'declared');
CREATE POLICY office_asks ON deposit_withdrawals FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'asked');
GRANT UPDATE (below_rial) ON deposit_warnings TO mofasa_app;
GRANT UPDATE (state, decided_by, decided_at, remark) ON deposit_transfers TO mofasa_app;
GRANT UPDATE (state, decided_by, decided_at, reference, remark) ON deposit_withdrawals TO mofasa_app;

SELECT policies_ask_once();

-- +goose Down
SELECT 'forward only'::no_down;
