-- +goose Up
-- Which human a user name is of: four eyes are two humans, not two user names.

-- One row is one human, whatever user names they have. The ID is an AES-256-GCM envelope bound to the row; the index, a keyed hash under the key of index_key, finds
-- the row again.
CREATE TABLE humans (
  id          uuid PRIMARY KEY,
  id_index    bytea NOT NULL CHECK (length(id_index) = 32),
  index_key   integer NOT NULL CHECK (index_key BETWEEN 1 AND 65535),
  id_enc      bytea NOT NULL CHECK (length(id_enc) > 31),
  recorded_at timestamptz NOT NULL,
  CONSTRAINT humans_index UNIQUE (id_index)
);
CREATE INDEX humans_key ON humans (envelope_key(id_enc), id);
CREATE INDEX humans_index_key ON humans (index_key);
ALTER TABLE humans ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON humans TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform());
GRANT SELECT, INSERT ON humans TO mofasa_app;
GRANT UPDATE (id_enc, id_index, index_key) ON humans TO mofasa_app;

-- The row of a human, made under the first of the marks where there is none under any; whoever keeps a home records its people and reads none of it.
CREATE POLICY owner_reads ON humans FOR SELECT TO mofasa_owner USING (true);
CREATE POLICY owner_records ON humans FOR INSERT TO mofasa_owner WITH CHECK (true);
-- +goose StatementBegin
CREATE FUNCTION know_human(fresh uuid, marks bytea[], key integer, envelope bytea) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DECLARE known uuid;
BEGIN
  SELECT h.id INTO known FROM humans h WHERE h.id_index = ANY (marks);
  IF known IS NULL THEN
    INSERT INTO humans (id, id_index, index_key, id_enc, recorded_at) VALUES (fresh, marks[1], key, envelope, scope_now()) ON CONFLICT ON CONSTRAINT humans_index DO NOTHING;
    SELECT h.id INTO known FROM humans h WHERE h.id_index = marks[1];
  END IF;
  RETURN known;
END $$;
-- The newest key under which somebody has made an index: whoever lacks it would know somebody twice.
CREATE FUNCTION humans_newest_key() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT coalesce(max(index_key), 0) FROM humans $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION know_human, humans_newest_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION know_human, humans_newest_key TO mofasa_app;

-- Absent of whoever was enrolled before, until whoever keeps their home records it. One human has one user name at a home, until they have left.
ALTER TABLE people ADD COLUMN human_id uuid REFERENCES humans, ADD COLUMN national_id_masked text CHECK (national_id_masked ~ '^\*{7}[0-9]{3}$'),
  ADD COLUMN locked_by text CHECK (locked_by IN ('home','platform')), -- whose lock it is; counts while the state is locked
  ADD CONSTRAINT people_masked CHECK ((human_id IS NULL) = (national_id_masked IS NULL));
CREATE UNIQUE INDEX people_one_human ON people (office_id, municipality_id, human_id) NULLS NOT DISTINCT WHERE human_id IS NOT NULL AND state <> 'left';
CREATE INDEX people_home ON people (office_id, municipality_id);
GRANT UPDATE (human_id, national_id_masked, locked_by) ON people TO mofasa_app;

-- Whose lock an older one is, the log knows. The owner is under row-level security, too.
ALTER TABLE people NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_log NO FORCE ROW LEVEL SECURITY;
WITH last AS (SELECT DISTINCT ON (target_id) target_id, owner FROM audit_log WHERE action = 'person.locked' ORDER BY target_id, at DESC, id DESC)
UPDATE people p SET locked_by = CASE WHEN EXISTS (SELECT 1 FROM last WHERE target_id = p.id::text AND owner = 'platform') THEN 'platform' ELSE 'home' END WHERE p.state = 'locked';
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;

-- Which human is behind a user name, whatever home's it is: a draft of a city may have been written by the platform. The function that ends sessions, which saw but
-- the scope's people, sees no others still.
ALTER POLICY owner_reads ON people USING (true);
ALTER POLICY owner_ends ON sessions USING (EXISTS (SELECT 1 FROM people p WHERE p.id = person_id AND (scope_is_platform()
  OR scope_kind() = 'municipality' AND p.municipality_id = scope_municipality() OR scope_kind() = 'office' AND p.office_id = scope_office())));
-- +goose StatementBegin
CREATE FUNCTION human_of(person uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT p.human_id FROM people p WHERE p.id = person $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION human_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION human_of TO mofasa_app;

-- As before, and: a home records of a person who they are, once; it locks in its own name; and what the platform has locked it leaves as it is. A grave role is
-- given by two humans.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION person_may_be(kept people) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM people p WHERE p.id = (kept).id AND p.state <> 'left'
     AND to_jsonb(p) - ARRAY['role','state','locked_by','human_id','national_id_masked'] = to_jsonb(kept) - ARRAY['role','state','locked_by','human_id','national_id_masked']
     AND (p.human_id IS NULL OR p.human_id IS NOT DISTINCT FROM (kept).human_id AND p.national_id_masked IS NOT DISTINCT FROM (kept).national_id_masked)
     AND CASE WHEN p.state = 'locked' AND p.locked_by = 'platform' THEN (kept).state = 'locked' AND (kept).locked_by = 'platform'
           ELSE (kept).locked_by IS DISTINCT FROM 'platform' END
     AND (p.role = (kept).role OR (kept).role IN ('office_clerk','tariff_editor','auditor')
       OR EXISTS (SELECT 1 FROM approvals a WHERE a.kind = 'role_grant' AND a.target_id = (kept).id::text AND a.state = 'approved' AND a.decided_at = scope_now()
            AND a.municipality_id = coalesce(p.municipality_id, 0) AND a.office_id IS NOT DISTINCT FROM p.office_id
            AND a.payload->>'from' = p.role AND a.payload->>'to' = (kept).role
            AND 2 = (SELECT count(DISTINCT k.human_id) FROM people k WHERE k.id IN (a.requested_by, a.decided_by) AND k.state = 'active'
              AND k.office_id IS NOT DISTINCT FROM p.office_id AND k.municipality_id IS NOT DISTINCT FROM p.municipality_id
              AND k.role IN ('office_manager','municipality_admin'))))) $$;
-- +goose StatementEnd

-- Who the people of a request are. What was asked for before they were known is asked for anew.
ALTER TABLE approvals ADD COLUMN requester_human uuid, ADD COLUMN author_humans uuid[] NOT NULL DEFAULT '{}', ADD COLUMN decider_human uuid,
  ADD CONSTRAINT approvals_two_people_humans CHECK (state <> 'approved'
    OR requester_human IS NOT NULL AND decider_human IS NOT NULL AND decider_human <> requester_human AND NOT decider_human = ANY (author_humans)) NOT VALID;
GRANT UPDATE (decider_human) ON approvals TO mofasa_app;
-- Nobody says that they are another human than their row does.
ALTER POLICY platform_requests ON approvals WITH CHECK (scope_is_platform() AND state = 'open'
  AND (requester_human IS NULL OR requester_human = human_of(requested_by)));
ALTER POLICY municipality_requests ON approvals WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality() AND state = 'open'
  AND (requester_human IS NULL OR requester_human = human_of(requested_by)));
ALTER POLICY office_requests ON approvals WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'open'
  AND (requester_human IS NULL OR requester_human = human_of(requested_by)));
ALTER POLICY platform_decides ON approvals WITH CHECK (scope_is_platform()
  AND (decider_human IS NULL OR decider_human = human_of(decided_by)));
ALTER POLICY municipality_decides ON approvals WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality()
  AND (decider_human IS NULL OR decider_human = human_of(decided_by)));
ALTER POLICY office_decides ON approvals WITH CHECK (scope_kind() = 'office' AND office_id = scope_office()
  AND (decider_human IS NULL OR decider_human = human_of(decided_by)));

-- Who is invited; and whether the invitation waits for a second person, as that of a home's keeper by the platform does.
ALTER TABLE invitations ADD COLUMN human_id uuid REFERENCES humans, ADD COLUMN national_id_masked text CHECK (national_id_masked ~ '^\*{7}[0-9]{3}$'),
  ADD COLUMN waits boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT invitations_masked CHECK ((human_id IS NULL) = (national_id_masked IS NULL)),
  ADD CONSTRAINT invitations_waits CHECK (NOT waits OR accepted_at IS NULL);
CREATE INDEX invitations_inviter ON invitations (invited_by) WHERE accepted_at IS NULL;
GRANT UPDATE (waits) ON invitations TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
