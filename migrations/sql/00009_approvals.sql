-- +goose Up
-- Four eyes: what one person asks for and another one decides, whatever it is about. municipality_id 0 and no office: the platform's own.
CREATE TABLE approvals (
  municipality_id integer NOT NULL CHECK (municipality_id BETWEEN 0 AND 999), -- 0: the platform's, or an office's
  id              uuid NOT NULL,
  office_id       uuid REFERENCES offices,
  kind            text NOT NULL CHECK (kind ~ '^[a-z][a-z_]{0,39}$'),
  target_id       text NOT NULL CHECK (length(target_id) BETWEEN 1 AND 100),
  summary_fa      text NOT NULL CHECK (summary_fa <> ''),
  summary_en      text NOT NULL CHECK (summary_en <> ''),
  payload         jsonb NOT NULL,
  reason          text NOT NULL CHECK (reason <> ''),
  state           text NOT NULL CHECK (state IN ('open','approved','refused','expired','withdrawn')),
  requested_by    uuid NOT NULL REFERENCES people,
  authors         uuid[] NOT NULL DEFAULT '{}', -- who else had a hand in it
  requested_at    timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL CHECK (expires_at > requested_at), -- from then on an open one counts as expired, whatever state says
  decided_by      uuid REFERENCES people,
  decided_at      timestamptz,
  remark          text CHECK (remark <> ''),
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT approvals_owner CHECK (office_id IS NULL OR municipality_id = 0),
  CONSTRAINT approvals_closed CHECK ((state = 'open') = (decided_at IS NULL)),
  CONSTRAINT approvals_two_people CHECK (state NOT IN ('approved','refused')
    OR decided_by IS NOT NULL AND decided_by <> requested_by AND NOT decided_by = ANY (authors)),
  CONSTRAINT approvals_in_time CHECK (state NOT IN ('approved','refused') OR decided_at < expires_at)
);
CREATE UNIQUE INDEX approvals_open ON approvals (municipality_id, kind, target_id, office_id) NULLS NOT DISTINCT WHERE state = 'open';
CREATE INDEX approvals_office ON approvals (office_id) WHERE office_id IS NOT NULL;

ALTER TABLE approvals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON approvals FOR SELECT TO mofasa_app USING (scope_is_platform());
CREATE POLICY municipality ON approvals FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality());
CREATE POLICY office ON approvals FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office());
-- Whoever may ask in a scope may decide in it; what is decided no scope changes again.
CREATE POLICY platform_requests ON approvals FOR INSERT TO mofasa_app WITH CHECK (scope_is_platform() AND state = 'open');
CREATE POLICY municipality_requests ON approvals FOR INSERT TO mofasa_app
  WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality() AND state = 'open');
CREATE POLICY office_requests ON approvals FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'open');
CREATE POLICY platform_decides ON approvals FOR UPDATE TO mofasa_app USING (scope_is_platform() AND state = 'open') WITH CHECK (scope_is_platform());
CREATE POLICY municipality_decides ON approvals FOR UPDATE TO mofasa_app
  USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality() AND state = 'open')
  WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality());
CREATE POLICY office_decides ON approvals FOR UPDATE TO mofasa_app
  USING (scope_kind() = 'office' AND office_id = scope_office() AND state = 'open') WITH CHECK (scope_kind() = 'office' AND office_id = scope_office());
GRANT SELECT, INSERT ON approvals TO mofasa_app;
GRANT UPDATE (state, decided_by, decided_at, remark) ON approvals TO mofasa_app;

-- What waits for a second person on the day of this migration goes on waiting, for thirty days more. The owner is under row-level security, too.
ALTER TABLE tariff_drafts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE correction_runs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE approvals NO FORCE ROW LEVEL SECURITY;
INSERT INTO approvals (municipality_id, id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, authors, requested_at, expires_at)
  SELECT municipality_id, gen_random_uuid(), 'tariff_publication', id::text, 'انتشار تعرفهٔ ' || (body->>'id'), 'Publish the tariff ' || (body->>'id'),
    jsonb_build_object('version', body->>'id', 'revision', revision), reason, 'open', submitted_by, edited_by, submitted_at, now() + interval '30 days'
  FROM tariff_drafts WHERE state = 'submitted';
INSERT INTO approvals (municipality_id, id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at)
  SELECT municipality_id, gen_random_uuid(), 'tariff_correction', id::text, 'اصلاح قبض‌های تعرفهٔ ' || wrong_version, 'Correct the bills of the tariff ' || wrong_version,
    jsonb_build_object('wrong', wrong_version, 'right', right_version), reason, 'open', listed_by, listed_at, now() + interval '30 days'
  FROM correction_runs WHERE state = 'listed';
ALTER TABLE approvals FORCE ROW LEVEL SECURITY;
ALTER TABLE correction_runs FORCE ROW LEVEL SECURITY;
ALTER TABLE tariff_drafts FORCE ROW LEVEL SECURITY;

-- What runs as the owner sees of people what the scope sees.
CREATE POLICY owner_reads ON people FOR SELECT TO mofasa_owner USING (scope_is_platform()
  OR scope_kind() = 'municipality' AND municipality_id = scope_municipality() OR scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY owner_reads ON approvals FOR SELECT TO mofasa_owner USING (true);
-- Whether an office or a city may leave one of its people so: nothing but role and state is another, who has left stays away, and the role is a light one
-- (identity.Role.Grave knows the others) or one that two keepers of the home have given in this very transaction. The statement's snapshot shows the row as it was.
-- +goose StatementBegin
CREATE FUNCTION person_may_be(kept people) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM people p WHERE p.id = (kept).id AND p.state <> 'left' AND to_jsonb(p) - ARRAY['role','state'] = to_jsonb(kept) - ARRAY['role','state']
     AND (p.role = (kept).role OR (kept).role IN ('office_clerk','tariff_editor','auditor')
       OR EXISTS (SELECT 1 FROM approvals a WHERE a.kind = 'role_grant' AND a.target_id = (kept).id::text AND a.state = 'approved' AND a.decided_at = scope_now()
            AND a.municipality_id = coalesce(p.municipality_id, 0) AND a.office_id IS NOT DISTINCT FROM p.office_id
            AND a.payload->>'from' = p.role AND a.payload->>'to' = (kept).role
            AND 2 = (SELECT count(*) FROM people k WHERE k.id IN (a.requested_by, a.decided_by) AND k.state = 'active'
              AND k.office_id IS NOT DISTINCT FROM p.office_id AND k.municipality_id IS NOT DISTINCT FROM p.municipality_id
              AND k.role IN ('office_manager','municipality_admin'))))) $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION person_may_be FROM PUBLIC;
GRANT EXECUTE ON FUNCTION person_may_be TO mofasa_app;
-- An office's manager and a city's administrator keep the list of their own people.
CREATE POLICY municipality_keeps ON people FOR UPDATE TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality())
  WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality() AND person_may_be(people));
CREATE POLICY office_keeps ON people FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office())
  WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND person_may_be(people));

-- +goose Down
SELECT 'forward only'::no_down;
