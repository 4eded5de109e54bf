-- +goose Up
-- The life of a tariff version, its preview and the correction of a wrong one; decisions about a vehicle's dues; how a base value came about.

-- Somebody works for an office, for a city, or (neither) for the platform.
ALTER TABLE people ADD COLUMN municipality_id integer REFERENCES municipalities;
ALTER TABLE people ADD CONSTRAINT people_home CHECK (num_nonnulls(office_id, municipality_id) <= 1);
CREATE INDEX people_municipality ON people (municipality_id) WHERE municipality_id IS NOT NULL;
CREATE POLICY municipality ON people FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality());

-- A version holds from a day; without one, from the first day of its fiscal year. The lists of cities with the pollution levy hold from the day of their decree.
-- The owner is under row-level security, too, which would hide every row from the two statements.
ALTER TABLE tariff_versions NO FORCE ROW LEVEL SECURITY;
UPDATE tariff_versions SET body = body || '{"from": "1401/05/09"}' WHERE id = 'national/1401/2';
UPDATE tariff_versions SET body = body || '{"from": "1402/03/30"}' WHERE id = 'national/1402/2';
ALTER TABLE tariff_versions FORCE ROW LEVEL SECURITY;
CREATE UNIQUE INDEX tariff_versions_from ON tariff_versions (authority, fiscal_year, coalesce(body->>'from', ''));

-- What somebody proposes as an authority's next version. body is the version as it will be published, to the byte.
CREATE TABLE tariff_drafts (
  municipality_id integer NOT NULL CHECK (municipality_id BETWEEN 0 AND 999), -- 0: the nation
  id              uuid NOT NULL,
  fiscal_year     smallint NOT NULL CHECK (fiscal_year BETWEEN 1300 AND 1500),
  body            jsonb NOT NULL,
  reason          text NOT NULL CHECK (reason <> ''),
  state           text NOT NULL CHECK (state IN ('draft','submitted','approved','published','withdrawn')),
  revision        integer NOT NULL DEFAULT 1 CHECK (revision > 0), -- counts the writings of body
  edited_by       uuid[] NOT NULL CHECK (cardinality(edited_by) > 0),
  drafted_at      timestamptz NOT NULL,
  submitted_by    uuid REFERENCES people,
  submitted_at    timestamptz,
  decided_by      uuid REFERENCES people, -- who approved it, or last gave it back
  decided_at      timestamptz,
  remark          text,                   -- why it was given back or withdrawn
  published_by    uuid REFERENCES people,
  published_at    timestamptz,
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT tariff_drafts_two_people CHECK (state NOT IN ('approved','published')
    OR decided_by IS NOT NULL AND submitted_by IS NOT NULL AND decided_by <> submitted_by AND NOT decided_by = ANY (edited_by)),
  CONSTRAINT tariff_drafts_published CHECK ((state = 'published') = (published_at IS NOT NULL))
);

-- What drafts of one authority would change for the fleet: asked for, run by a worker, kept for the approver.
CREATE TABLE tariff_previews (
  municipality_id  integer NOT NULL CHECK (municipality_id BETWEEN 0 AND 999), -- 0: the nation
  id               uuid NOT NULL,
  drafts           uuid[] NOT NULL CHECK (cardinality(drafts) > 0),
  revisions        integer[] NOT NULL CHECK (cardinality(revisions) = cardinality(drafts)), -- of the drafts, when it was asked for
  threshold_rial   bigint NOT NULL CHECK (threshold_rial > 0),
  state            text NOT NULL CHECK (state IN ('queued','running','done','cancelled','failed')),
  requested_by     uuid,
  requested_at     timestamptz NOT NULL,
  heartbeat_at     timestamptz, -- a run that is silent for too long is taken over
  finished_at      timestamptz,
  vehicles_done    bigint NOT NULL DEFAULT 0,
  vehicles_total   bigint NOT NULL DEFAULT 0,
  cancel_requested boolean NOT NULL DEFAULT false,
  failure          text, -- a code
  report           jsonb,
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT tariff_previews_done CHECK ((state = 'done') = (report IS NOT NULL)),
  CONSTRAINT tariff_previews_finished CHECK ((state IN ('done','cancelled','failed')) = (finished_at IS NOT NULL))
);
CREATE INDEX tariff_previews_open ON tariff_previews (requested_at) WHERE state IN ('queued','running');
CREATE INDEX tariff_previews_drafts ON tariff_previews USING gin (drafts);

-- Append-only: what a city, or a national body (0), decided about one vehicle's dues. A decision is ended by a row of its own, which names it.
CREATE TABLE due_decisions (
  municipality_id integer NOT NULL CHECK (municipality_id BETWEEN 0 AND 999),
  id              uuid NOT NULL,
  vehicle_id      uuid NOT NULL REFERENCES vehicles,
  kind            text CHECK (kind IN ('exempt','discount','waive_penalty','extra','credit','review')),
  charge          text,
  from_year       smallint,
  through_year    smallint,
  rate_ppm        integer CHECK (rate_ppm BETWEEN 1 AND 1000000),
  amount_rial     bigint CHECK (amount_rial > 0),
  reason_fa       text NOT NULL CHECK (reason_fa <> ''),
  reason_en       text NOT NULL CHECK (reason_en <> ''),
  valid_from      date NOT NULL,
  valid_to        date CHECK (valid_to > valid_from),
  ends            uuid, -- the decision that holds no more from valid_from on
  correction_id   uuid, -- the correction run that wrote it
  recorded_at     timestamptz NOT NULL,
  actor_kind      text NOT NULL CHECK (actor_kind IN ('person','system')),
  actor_id        uuid,
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT due_decisions_ends UNIQUE (municipality_id, ends),
  CONSTRAINT due_decisions_ended FOREIGN KEY (municipality_id, ends) REFERENCES due_decisions (municipality_id, id),
  CONSTRAINT due_decisions_shape CHECK (CASE WHEN ends IS NULL
    THEN kind IS NOT NULL AND from_year IS NOT NULL AND through_year >= from_year
    ELSE num_nonnulls(kind, charge, from_year, through_year, rate_ppm, amount_rial, valid_to, correction_id) = 0 END)
);
CREATE INDEX due_decisions_vehicle ON due_decisions (vehicle_id);
CREATE INDEX due_decisions_correction ON due_decisions (municipality_id, correction_id) WHERE correction_id IS NOT NULL;

-- A label that exemptions of a tariff may name, such as ambulance.
ALTER TABLE vehicles ADD COLUMN category text CHECK (category ~ '^[a-z0-9_]{1,40}$');

-- The base value of a type that is on no list, by analogy with another one, and append-only how every value came to be what it is.
ALTER TABLE valuations ADD COLUMN basis_type text REFERENCES vehicle_types CHECK (basis_type <> type_code);
CREATE TABLE valuation_changes (
  id          uuid PRIMARY KEY,
  fiscal_year smallint NOT NULL,
  type_code   text NOT NULL REFERENCES vehicle_types,
  cause       text NOT NULL CHECK (cause IN ('list','analogy')),
  was_rial    bigint,
  base_rial   bigint NOT NULL CHECK (base_rial > 0),
  basis_type  text REFERENCES vehicle_types,
  basis_year  smallint,
  reason      text CHECK (reason <> ''),
  recorded_at timestamptz NOT NULL,
  actor_kind  text NOT NULL,
  actor_id    uuid,
  CONSTRAINT valuation_changes_analogy CHECK ((cause = 'analogy') = (num_nonnulls(basis_type, basis_year, reason) = 3))
);
CREATE INDEX valuation_changes_type ON valuation_changes (type_code, fiscal_year, recorded_at);

-- A wrong published version and the one that corrects it: what was paid under the wrong one, listed by one person and adjusted on another's word.
CREATE TABLE correction_runs (
  municipality_id integer NOT NULL CHECK (municipality_id BETWEEN 0 AND 999), -- whose version it is; 0: the nation's
  id              uuid NOT NULL,
  wrong_version   text NOT NULL REFERENCES tariff_versions,
  right_version   text NOT NULL REFERENCES tariff_versions CHECK (right_version <> wrong_version),
  reason          text NOT NULL CHECK (reason <> ''),
  state           text NOT NULL CHECK (state IN ('listed','approved','withdrawn')),
  listed_by       uuid NOT NULL REFERENCES people,
  listed_at       timestamptz NOT NULL,
  bills           integer NOT NULL CHECK (bills >= 0),
  problems        integer NOT NULL DEFAULT 0 CHECK (problems BETWEEN 0 AND bills), -- of them: the right version gives no amount
  unaffected      integer NOT NULL DEFAULT 0 CHECK (unaffected >= 0), -- not listed: the right version gives the same amount
  credit_rial     bigint NOT NULL CHECK (credit_rial >= 0),
  extra_rial      bigint NOT NULL CHECK (extra_rial >= 0),
  decided_by      uuid REFERENCES people,
  decided_at      timestamptz,
  report          jsonb, -- trial balances before and after
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT correction_runs_two_people CHECK (state <> 'approved' OR decided_by IS NOT NULL AND decided_by <> listed_by),
  CONSTRAINT correction_runs_report CHECK ((state = 'approved') = (report IS NOT NULL))
);
CREATE UNIQUE INDEX correction_runs_once ON correction_runs (municipality_id, wrong_version, right_version) WHERE state <> 'withdrawn';

-- Append-only: one billed due that the wrong version priced, with what the right one gives.
CREATE TABLE correction_items (
  municipality_id integer NOT NULL, -- the city whose bill it is
  run_id          uuid NOT NULL,
  bill_id         uuid NOT NULL,
  fiscal_year     smallint NOT NULL,
  vehicle_id      uuid NOT NULL REFERENCES vehicles,
  paid_rial       bigint NOT NULL CHECK (paid_rial > 0),
  right_rial      bigint NOT NULL CHECK (right_rial >= 0),
  lines           jsonb NOT NULL, -- what the books hold and what the right version gives, by head; or why it gives nothing
  notice_fa       text NOT NULL,
  notice_en       text NOT NULL,
  PRIMARY KEY (municipality_id, run_id, bill_id, fiscal_year),
  FOREIGN KEY (municipality_id, bill_id, fiscal_year) REFERENCES bill_dues (municipality_id, bill_id, fiscal_year)
);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['tariff_drafts','tariff_previews','due_decisions','valuation_changes','correction_runs','correction_items'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['tariff_drafts','tariff_previews','correction_runs','correction_items'] LOOP
    EXECUTE format('CREATE POLICY municipality ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''municipality'' AND municipality_id = scope_municipality())', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['tariff_drafts','tariff_previews'] LOOP
    EXECUTE format('CREATE POLICY municipality_writes ON %I FOR INSERT TO mofasa_app
      WITH CHECK (scope_kind() = ''municipality'' AND municipality_id = scope_municipality() AND state IN (''draft'',''queued''))', t);
  END LOOP;
END $$;
-- +goose StatementEnd

CREATE POLICY municipality_changes ON tariff_previews FOR UPDATE TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality())
  WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality());

-- Whether a draft may now have this text and these editors: what has been submitted keeps both until it is given back. The statement's snapshot shows the row as
-- it was; the function runs as the owner, since a policy cannot read its own table.
CREATE POLICY owner_reads ON tariff_drafts FOR SELECT TO mofasa_owner USING (true);
-- +goose StatementBegin
CREATE FUNCTION draft_may_say(city integer, draft uuid, text jsonb, editors uuid[]) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM tariff_drafts d WHERE d.municipality_id = city AND d.id = draft AND (d.state = 'draft' OR d.body = text AND d.edited_by = editors)) $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION draft_may_say FROM PUBLIC;
GRANT EXECUTE ON FUNCTION draft_may_say TO mofasa_app;
CREATE POLICY municipality_changes ON tariff_drafts FOR UPDATE TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality())
  WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality() AND draft_may_say(municipality_id, id, body, edited_by));

-- A city decides about vehicles that live or have lived in it, and may end its decision about one that, as it turned out, never did; a clerk who names the vehicle
-- sees every decision about it.
CREATE POLICY municipality ON due_decisions FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality());
CREATE POLICY municipality_decides ON due_decisions FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality()
  AND correction_id IS NULL AND (ends IS NOT NULL OR scope_resident(vehicle_id)));
CREATE POLICY named_vehicle ON due_decisions FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND vehicle_id = scope_vehicle());
-- A city previews its drafts with what is decided about its vehicles, by national bodies too.
CREATE POLICY national ON due_decisions FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = 0 AND scope_resident(vehicle_id));
CREATE POLICY everybody_reads ON valuation_changes FOR SELECT TO mofasa_app USING (scope_kind() IS NOT NULL);

-- A city publishes what a second person of its own has approved, to the byte.
CREATE POLICY municipality_publishes ON tariff_versions FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'municipality' AND authority = scope_municipality()::text
  AND EXISTS (SELECT 1 FROM tariff_drafts d WHERE d.municipality_id = scope_municipality() AND d.state = 'approved' AND d.body = tariff_versions.body)
  AND id = body->>'id' AND fiscal_year = (body->>'fiscal_year')::smallint AND number = (body->>'number')::smallint);

GRANT UPDATE (body, reason, state, revision, edited_by, submitted_by, submitted_at, decided_by, decided_at, remark, published_by, published_at) ON tariff_drafts TO mofasa_app;
GRANT UPDATE (state, heartbeat_at, finished_at, vehicles_done, vehicles_total, cancel_requested, failure, report) ON tariff_previews TO mofasa_app;
GRANT UPDATE (state, decided_by, decided_at, report) ON correction_runs TO mofasa_app;
GRANT UPDATE (vehicle_id) ON due_decisions TO mofasa_app; -- a merge takes a vehicle's decisions along
GRANT UPDATE (category) ON vehicles TO mofasa_app;
GRANT UPDATE (basis_type) ON valuations TO mofasa_app;
GRANT UPDATE (municipality_id) ON people TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
