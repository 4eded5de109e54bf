-- +goose Up
-- Sessions with rotating refresh tokens, second factors, invitations and API clients. Sessions and second factors are the platform's alone: no office's and no
-- city's scope sees them.

-- One row is one sign-in with all the refresh tokens that followed from it, of which only the last counts.
CREATE TABLE sessions (
  id           uuid PRIMARY KEY,
  person_id    uuid NOT NULL REFERENCES people,
  selector     bytea NOT NULL CHECK (length(selector) = 16),   -- the part that all its refresh tokens share, and nothing else shows
  token_hash   bytea NOT NULL CHECK (length(token_hash) = 32), -- SHA-256 of the present token
  rotated_from bytea CHECK (length(rotated_from) = 32),        -- SHA-256 of the one before
  rotated_at   timestamptz,
  successor    bytea,                                          -- the present token, sealed under the one before
  address      text NOT NULL,                                  -- network of the sign-in or the last refresh: /24 or /48
  user_agent   text NOT NULL CHECK (length(user_agent) <= 80),
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  ended_at     timestamptz,
  ended_by     text CHECK (ended_by IN ('signed_out','reused','password','second_factor','locked')),
  CONSTRAINT sessions_selector UNIQUE (selector),
  CONSTRAINT sessions_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
  CONSTRAINT sessions_rotated CHECK (num_nonnulls(rotated_from, rotated_at, successor) IN (0, 3))
);
CREATE INDEX sessions_open ON sessions (person_id) WHERE ended_at IS NULL;

-- Whether somebody signs in with a second factor. The row of second_factors counts only then; before, it is one being set up.
ALTER TABLE people ADD COLUMN second_factor boolean NOT NULL DEFAULT false;
CREATE TABLE second_factors (
  person_id  uuid PRIMARY KEY REFERENCES people,
  secret     bytea NOT NULL,             -- AES-256-GCM, sealed for this person (RFC 5116)
  last_step  bigint NOT NULL DEFAULT 0,  -- of the last code that was accepted (RFC 6238 section 5.2)
  recovery   bytea[] NOT NULL DEFAULT '{}', -- SHA-256 of the recovery codes that are left
  changed_at timestamptz NOT NULL
);

CREATE TABLE invitations (
  id              uuid PRIMARY KEY,
  office_id       uuid REFERENCES offices,
  city            integer REFERENCES municipalities,
  username        text NOT NULL,
  name_fa         text NOT NULL CHECK (name_fa <> ''),
  role            text NOT NULL,
  token_hash      bytea NOT NULL CHECK (length(token_hash) = 32),
  invited_by      uuid, -- null: the system
  invited_at      timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL,
  accepted_at     timestamptz,
  person_id       uuid REFERENCES people,
  CONSTRAINT invitations_home CHECK (num_nonnulls(office_id, city) <= 1),
  CONSTRAINT invitations_token UNIQUE (token_hash),
  CONSTRAINT invitations_accepted CHECK ((accepted_at IS NULL) = (person_id IS NULL))
);
CREATE INDEX invitations_username ON invitations (username) WHERE accepted_at IS NULL;

-- A program that calls the API for an office, a city or the platform (RFC 6749 section 4.4).
CREATE TABLE api_clients (
  id              uuid PRIMARY KEY,
  office_id       uuid REFERENCES offices,
  city            integer REFERENCES municipalities,
  name_fa         text NOT NULL CHECK (name_fa <> ''),
  scopes          text[] NOT NULL CHECK (cardinality(scopes) > 0),
  secret_hash     bytea NOT NULL CHECK (length(secret_hash) = 32),
  previous_hash   bytea CHECK (length(previous_hash) = 32),
  previous_until  timestamptz, -- until when the secret before is taken, too
  created_by      uuid,        -- null: the system
  created_at      timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL,
  revoked_at      timestamptz,
  CONSTRAINT api_clients_home CHECK (num_nonnulls(office_id, city) <= 1),
  CONSTRAINT api_clients_previous CHECK ((previous_hash IS NULL) = (previous_until IS NULL))
);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['sessions','second_factors','invitations','api_clients'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
  -- An office and a city keep their own clients, and see whom they have invited.
  EXECUTE 'CREATE POLICY office ON api_clients TO mofasa_app USING (scope_kind() = ''office'' AND office_id = scope_office())
           WITH CHECK (scope_kind() = ''office'' AND office_id = scope_office())';
  EXECUTE 'CREATE POLICY municipality ON api_clients TO mofasa_app USING (scope_kind() = ''municipality'' AND city = scope_municipality())
           WITH CHECK (scope_kind() = ''municipality'' AND city = scope_municipality())';
END $$;
-- +goose StatementEnd
-- They invite their own people, to a role that one person gives (identity.Role.Grave knows the others), and void what waits; only the platform's scope says that
-- somebody has taken an invitation up.
CREATE POLICY office ON invitations FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY municipality ON invitations FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND city = scope_municipality());
CREATE POLICY office_invites ON invitations FOR INSERT TO mofasa_app
  WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND role = 'office_clerk' AND accepted_at IS NULL);
CREATE POLICY municipality_invites ON invitations FOR INSERT TO mofasa_app
  WITH CHECK (scope_kind() = 'municipality' AND city = scope_municipality() AND role IN ('tariff_editor','auditor') AND accepted_at IS NULL);
CREATE POLICY office_voids ON invitations FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office() AND accepted_at IS NULL)
  WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND accepted_at IS NULL AND expires_at <= scope_now());
CREATE POLICY municipality_voids ON invitations FOR UPDATE TO mofasa_app USING (scope_kind() = 'municipality' AND city = scope_municipality() AND accepted_at IS NULL)
  WITH CHECK (scope_kind() = 'municipality' AND city = scope_municipality() AND accepted_at IS NULL AND expires_at <= scope_now());
GRANT UPDATE (token_hash, rotated_from, rotated_at, successor, address, user_agent, last_used_at, ended_at, ended_by) ON sessions TO mofasa_app;
GRANT UPDATE (second_factor) ON people TO mofasa_app;
GRANT UPDATE (secret, last_step, recovery, changed_at) ON second_factors TO mofasa_app;
GRANT UPDATE (expires_at, accepted_at, person_id) ON invitations TO mofasa_app;
GRANT UPDATE (secret_hash, previous_hash, previous_until, revoked_at) ON api_clients TO mofasa_app;

-- What a request must know of its session and its client, in whatever scope it runs: yes or no of the one that its signed token names.
CREATE POLICY owner_reads ON sessions FOR SELECT TO mofasa_owner USING (true);
-- +goose StatementBegin
CREATE FUNCTION session_is_open(session uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM sessions s WHERE s.id = session AND s.person_id = person AND s.ended_at IS NULL) $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION session_is_open FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_is_open TO mofasa_app;

ALTER TABLE audit_log DROP CONSTRAINT audit_log_actor_kind_check;
ALTER TABLE audit_log ADD CONSTRAINT audit_log_actor_kind_check CHECK (actor_kind IN ('person','system','public','client'));

-- Whoever keeps an office's or a city's people ends the sessions of somebody there, unseen.
CREATE POLICY owner_ends ON sessions FOR UPDATE TO mofasa_owner USING (EXISTS (SELECT 1 FROM people p WHERE p.id = person_id)) WITH CHECK (true);
-- +goose StatementBegin
CREATE FUNCTION end_sessions(person uuid, why text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ UPDATE sessions SET ended_at = scope_now(), ended_by = why WHERE person_id = person AND ended_at IS NULL $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION end_sessions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_sessions TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
