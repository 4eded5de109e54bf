-- +goose Up
-- Work that waits, in the tables of River (schema version 6 of github.com/riverqueue/river, without those of its clients, which nothing reads). A job holds ids alone.
-- It is written in the transaction that causes it; sessions whose setting mofasa.scope is 'platform' for good work it.

CREATE TYPE river_job_state AS ENUM ('available','cancelled','completed','discarded','pending','retryable','running','scheduled');
CREATE TABLE river_job (
  id            bigserial PRIMARY KEY,
  state         river_job_state NOT NULL DEFAULT 'available',
  attempt       smallint NOT NULL DEFAULT 0,
  max_attempts  smallint NOT NULL,
  attempted_at  timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  finalized_at  timestamptz,
  scheduled_at  timestamptz NOT NULL DEFAULT now(),
  priority      smallint NOT NULL DEFAULT 1,
  args          jsonb NOT NULL,
  attempted_by  text[],
  errors        jsonb[],
  kind          text NOT NULL,
  metadata      jsonb NOT NULL DEFAULT '{}',
  queue         text NOT NULL DEFAULT 'default',
  tags          varchar(255)[] NOT NULL DEFAULT '{}',
  unique_key    bytea,
  unique_states bit(8),
  CONSTRAINT finalized_or_finalized_at_null CHECK ((finalized_at IS NULL AND state NOT IN ('cancelled','completed','discarded'))
    OR (finalized_at IS NOT NULL AND state IN ('cancelled','completed','discarded'))),
  CONSTRAINT max_attempts_is_positive CHECK (max_attempts > 0),
  CONSTRAINT priority_in_range CHECK (priority >= 1 AND priority <= 4),
  CONSTRAINT queue_length CHECK (char_length(queue) > 0 AND char_length(queue) < 128),
  CONSTRAINT kind_length CHECK (char_length(kind) > 0 AND char_length(kind) < 128)
);
CREATE INDEX river_job_kind ON river_job (kind);
CREATE INDEX river_job_state_and_finalized_at_index ON river_job (state, finalized_at) WHERE finalized_at IS NOT NULL;
CREATE INDEX river_job_prioritized_fetching_index ON river_job (state, queue, priority, scheduled_at, id);
CREATE INDEX river_job_args_index ON river_job USING gin (args);
CREATE INDEX river_job_metadata_index ON river_job USING gin (metadata);
-- +goose StatementBegin
CREATE FUNCTION river_job_state_in_bitmask(bitmask bit(8), state river_job_state) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE state
        WHEN 'available' THEN get_bit(bitmask, 7)
        WHEN 'cancelled' THEN get_bit(bitmask, 6)
        WHEN 'completed' THEN get_bit(bitmask, 5)
        WHEN 'discarded' THEN get_bit(bitmask, 4)
        WHEN 'pending'   THEN get_bit(bitmask, 3)
        WHEN 'retryable' THEN get_bit(bitmask, 2)
        WHEN 'running'   THEN get_bit(bitmask, 1)
        WHEN 'scheduled' THEN get_bit(bitmask, 0)
        ELSE 0
    END = 1;
$$;
-- +goose StatementEnd
CREATE UNIQUE INDEX river_job_unique_idx ON river_job (unique_key)
  WHERE unique_key IS NOT NULL AND unique_states IS NOT NULL AND river_job_state_in_bitmask(unique_states, state);

CREATE TABLE river_queue (
  name       text PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  metadata   jsonb NOT NULL DEFAULT '{}',
  paused_at  timestamptz,
  updated_at timestamptz NOT NULL
);
CREATE UNLOGGED TABLE river_leader (
  elected_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  leader_id  text NOT NULL,
  name       text PRIMARY KEY DEFAULT 'default',
  CONSTRAINT name_length CHECK (name = 'default'),
  CONSTRAINT leader_id_length CHECK (char_length(leader_id) > 0 AND char_length(leader_id) < 128)
);
GRANT UPDATE (kind, state, attempt, attempted_at, attempted_by, errors, finalized_at, metadata, scheduled_at) ON river_job TO mofasa_app;
GRANT UPDATE (metadata, paused_at, updated_at) ON river_queue TO mofasa_app;
GRANT UPDATE (elected_at, expires_at, leader_id) ON river_leader TO mofasa_app;
-- What is done is forgotten after a day, and leadership is given up. Nothing else of the books is ever deleted.
GRANT DELETE ON river_job, river_queue, river_leader TO mofasa_app;
GRANT USAGE ON SEQUENCE river_job_id_seq TO mofasa_app;

-- Online terminals: the platform's (municipality_id 0) and those of cities whose bills go over their own. Rows are proposals of one person until a second one
-- opens them, and are never changed but for that. Who may be asked about a payment of a closed terminal still stands here.
CREATE TABLE gateways (
  municipality_id integer NOT NULL CHECK (municipality_id BETWEEN 0 AND 999),
  id              uuid NOT NULL,
  provider        text NOT NULL CHECK (provider IN ('sep','zarinpal','mellat')),
  terminal        text NOT NULL CHECK (terminal ~ '^[0-9A-Za-z_.-]{1,40}$'),
  settings        jsonb NOT NULL,                              -- what is no secret
  secret_enc      bytea NOT NULL CHECK (length(secret_enc) > 31), -- an envelope of package privacy
  state           text NOT NULL CHECK (state IN ('asked','open','closed')),
  asked_by        uuid NOT NULL REFERENCES people,
  asked_at        timestamptz NOT NULL,
  opened_at       timestamptz,
  closed_at       timestamptz,
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT gateways_dates CHECK (CASE state WHEN 'asked' THEN num_nonnulls(opened_at, closed_at) = 0 WHEN 'open' THEN opened_at IS NOT NULL AND closed_at IS NULL
    ELSE num_nonnulls(opened_at, closed_at) = 2 END)
);
CREATE UNIQUE INDEX gateways_home ON gateways (municipality_id) WHERE state = 'open';
-- A terminal takes money for one home at a time. The table is the platform's, whole on every shard.
CREATE UNIQUE INDEX gateways_terminal ON gateways (provider, terminal) WHERE state = 'open';
CREATE INDEX gateways_known ON gateways (provider, terminal, asked_at);
CREATE INDEX gateways_envelope_key ON gateways (envelope_key(secret_enc));
GRANT UPDATE (state, opened_at, closed_at, secret_enc) ON gateways TO mofasa_app;

-- Append-only: references that the payer's browser came back with. Anybody can make one up: each is something to ask the provider about, and nothing more.
CREATE TABLE payment_returns (
  payment_id uuid NOT NULL REFERENCES payments,
  number     smallint NOT NULL CHECK (number BETWEEN 1 AND 5), -- more than five is somebody's game
  reference  text NOT NULL CHECK (length(reference) BETWEEN 1 AND 64),
  at         timestamptz NOT NULL,
  PRIMARY KEY (payment_id, number),
  CONSTRAINT payment_returns_once UNIQUE (payment_id, reference)
);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['river_job','river_queue','river_leader','gateways','payment_returns'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
END $$;
-- +goose StatementEnd

-- asked_at: when somebody last asked the provider because an operator looked. page_form: what the payer's browser must post to redirect_url, where a link is not enough.
ALTER TABLE payments ADD COLUMN asked_at timestamptz, ADD COLUMN page_form text;
GRANT UPDATE (asked_at, page_form) ON payments TO mofasa_app;

-- A job for every payment that is not at its end, under the key that River gives it, so that there is never a second one. next_check_at and checks are the old
-- program's, which still runs while a release goes out; from now on nothing reads them.
ALTER TABLE payments NO FORCE ROW LEVEL SECURITY;
ALTER TABLE river_job NO FORCE ROW LEVEL SECURITY;
INSERT INTO river_job (kind, args, max_attempts, scheduled_at, unique_key, unique_states)
  SELECT 'payment_check', jsonb_build_object('payment', id), 32767, now(), sha256(convert_to('&kind=payment_check&args={"payment":"' || id || '"}', 'UTF8')), B'11110001'
  FROM payments WHERE state IN ('created','sent','unknown','confirmed') AND method IN ('gateway','terminal');
ALTER TABLE river_job FORCE ROW LEVEL SECURITY;
ALTER TABLE payments DROP CONSTRAINT payments_checks;
ALTER TABLE payments FORCE ROW LEVEL SECURITY;

-- +goose StatementBegin
DO $$
BEGIN
  IF to_regprocedure('policies_ask_once()') IS NOT NULL THEN
    PERFORM policies_ask_once();
  END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 'forward only'::no_down;
