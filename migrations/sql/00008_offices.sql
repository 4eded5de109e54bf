-- +goose Up
-- Offices: licences, branches, classes and their history; devices with keys of their own; agreements that two people of a city offer and the office accepts; fees.

ALTER TABLE offices ADD COLUMN parent_id uuid REFERENCES offices CHECK (parent_id <> id);
ALTER TABLE offices ADD COLUMN class text NOT NULL DEFAULT 'standard' CHECK (class ~ '^[a-z0-9_]{1,40}$');
ALTER TABLE offices ADD CONSTRAINT offices_licence_days CHECK (valid_to > valid_from);
CREATE INDEX offices_parent ON offices (parent_id) WHERE parent_id IS NOT NULL;

-- Append-only: the life of an office, with who wanted it and why.
CREATE TABLE office_events (
  id         uuid PRIMARY KEY,
  office_id  uuid NOT NULL REFERENCES offices,
  kind       text NOT NULL CHECK (kind IN ('opened','renewed','suspended','reinstated','closed','reclassified')),
  at         timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id   uuid,
  reason     text,
  valid_to   date,
  class      text NOT NULL,
  CONSTRAINT office_events_reason CHECK (kind IN ('opened','renewed') OR reason <> '' AND reason IS NOT NULL)
);
CREATE INDEX office_events_office ON office_events (office_id, at);

-- A till or a terminal agent. Its code is 80 random bits, used once and soon; only its hash is here.
CREATE TABLE devices (
  id              uuid PRIMARY KEY,
  office_id       uuid NOT NULL REFERENCES offices,
  name            text NOT NULL CHECK (name <> ''),
  kind            text NOT NULL CHECK (kind IN ('till','terminal_agent')),
  state           text NOT NULL CHECK (state IN ('invited','enrolled','revoked')),
  code_hash       bytea NOT NULL CHECK (length(code_hash) = 32),
  code_expires_at timestamptz NOT NULL,
  public_key      bytea CHECK (length(public_key) = 32),
  invited_by      uuid NOT NULL REFERENCES people,
  invited_at      timestamptz NOT NULL,
  enrolled_at     timestamptz,
  revoked_by      uuid REFERENCES people,
  revoked_at      timestamptz,
  reason          text,
  CONSTRAINT devices_code UNIQUE (code_hash),
  CONSTRAINT devices_enrolled CHECK ((public_key IS NULL) = (enrolled_at IS NULL) AND (state <> 'enrolled' OR public_key IS NOT NULL)),
  CONSTRAINT devices_revoked CHECK ((state = 'revoked') = (revoked_at IS NOT NULL))
);
CREATE INDEX devices_office ON devices (office_id);
CREATE UNIQUE INDEX devices_key ON devices (public_key) WHERE state = 'enrolled';

-- Append-only: the wordings that a city offers.
CREATE TABLE agreement_texts (
  municipality_id integer NOT NULL REFERENCES municipalities,
  version         text NOT NULL CHECK (version ~ '^[A-Za-z0-9._-]{1,40}$'),
  body_fa         text NOT NULL CHECK (body_fa <> ''),
  offered_by      uuid NOT NULL REFERENCES people,
  offered_at      timestamptz NOT NULL,
  PRIMARY KEY (municipality_id, version)
);

-- What one person of a city proposes and another approves; terms wait then for the office's word. The terms themselves never change: no grant lets them.
CREATE TABLE agreement_proposals (
  municipality_id    integer NOT NULL REFERENCES municipalities,
  id                 uuid NOT NULL,
  office_id          uuid NOT NULL REFERENCES offices,
  kind               text NOT NULL CHECK (kind IN ('terms','end')),
  valid_from         date NOT NULL,
  valid_to           date CHECK (valid_to > valid_from),
  charges            text[], -- null: every charge
  methods            text[], -- null: every method
  fee_share_ppm      integer CHECK (fee_share_ppm BETWEEN 0 AND 1000000),
  order_ceiling_rial bigint CHECK (order_ceiling_rial > 0),
  day_ceiling_rial   bigint CHECK (day_ceiling_rial > 0),
  text_version       text,
  reason             text NOT NULL CHECK (reason <> ''),
  proposed_by        uuid NOT NULL REFERENCES people,
  proposed_at        timestamptz NOT NULL,
  expires_at         timestamptz NOT NULL,
  state              text NOT NULL CHECK (state IN ('proposed','approved','accepted','refused')),
  decided_by         uuid REFERENCES people,
  decided_at         timestamptz,
  remark             text, -- why it was refused
  accepted_by        uuid REFERENCES people,
  accepted_at        timestamptz,
  PRIMARY KEY (municipality_id, id),
  FOREIGN KEY (municipality_id, text_version) REFERENCES agreement_texts (municipality_id, version),
  CONSTRAINT agreement_proposals_two_people CHECK (state NOT IN ('approved','accepted') OR decided_by IS NOT NULL AND decided_by <> proposed_by),
  CONSTRAINT agreement_proposals_shape CHECK (CASE kind WHEN 'terms' THEN num_nulls(fee_share_ppm, text_version) = 0
    ELSE num_nonnulls(valid_to, charges, methods, fee_share_ppm, order_ceiling_rial, day_ceiling_rial, text_version, accepted_at) = 0 END),
  CONSTRAINT agreement_proposals_some CHECK (cardinality(charges) > 0 AND cardinality(methods) > 0),
  CONSTRAINT agreement_proposals_accepted CHECK ((state = 'accepted') = (accepted_at IS NOT NULL) AND (accepted_at IS NULL) = (accepted_by IS NULL))
);
CREATE INDEX agreement_proposals_office ON agreement_proposals (office_id);

-- Agreements are numbered and append-only: from its first day on, a number prevails over all before it, and one that ends leaves nothing in force. What has no
-- proposal was made by the platform and covers every charge, by every method, without a ceiling.
-- The owner is under row-level security, too, which would hide every row from the statement.
ALTER TABLE agreements ADD COLUMN number smallint CHECK (number > 0);
ALTER TABLE agreements NO FORCE ROW LEVEL SECURITY;
UPDATE agreements a SET number = n.number FROM (SELECT municipality_id, office_id, valid_from,
    row_number() OVER (PARTITION BY municipality_id, office_id ORDER BY valid_from) AS number FROM agreements) n
  WHERE (a.municipality_id, a.office_id, a.valid_from) = (n.municipality_id, n.office_id, n.valid_from);
ALTER TABLE agreements FORCE ROW LEVEL SECURITY;
ALTER TABLE agreements ALTER COLUMN number SET NOT NULL, DROP CONSTRAINT agreements_pkey, ADD PRIMARY KEY (municipality_id, office_id, number),
  ADD COLUMN ends boolean NOT NULL DEFAULT false, ADD COLUMN proposal_id uuid,
  ADD CONSTRAINT agreements_proposal UNIQUE (municipality_id, proposal_id),
  ADD FOREIGN KEY (municipality_id, proposal_id) REFERENCES agreement_proposals (municipality_id, id),
  ADD CONSTRAINT agreements_ends CHECK (NOT ends OR proposal_id IS NOT NULL AND valid_to IS NULL);
REVOKE UPDATE (valid_to) ON agreements FROM mofasa_app;

-- What holds on the fiscal day of the transaction, at most one row per office and municipality.
CREATE VIEW holding_agreements WITH (security_invoker = true) AS
  SELECT a.municipality_id, a.office_id, a.number, a.valid_from, a.valid_to, a.proposal_id, p.charges, p.methods, coalesce(p.fee_share_ppm, 0) AS fee_share_ppm,
    p.order_ceiling_rial, p.day_ceiling_rial, p.text_version
  FROM (SELECT DISTINCT ON (municipality_id, office_id) * FROM agreements WHERE valid_from <= scope_today() ORDER BY municipality_id, office_id, number DESC) a
  LEFT JOIN agreement_proposals p ON p.municipality_id = a.municipality_id AND p.id = a.proposal_id
  WHERE NOT a.ends AND (a.valid_to IS NULL OR a.valid_to > scope_today());

-- What an office may ask the payer for its service, apart from the duty. Append-only: an amount holds until the next day of its service and class, so nothing
-- overlaps and nothing is left out; of the amounts of one day the last revision holds.
CREATE TABLE fee_schedule (
  service      text NOT NULL CHECK (service IN ('clearance','inquiry')),
  office_class text NOT NULL CHECK (office_class ~ '^[a-z0-9_]{1,40}$'),
  valid_from   date NOT NULL,
  revision     smallint NOT NULL CHECK (revision > 0),
  amount_rial  bigint NOT NULL CHECK (amount_rial >= 0),
  reference    text NOT NULL CHECK (reference <> ''), -- the decree
  set_by       uuid REFERENCES people,
  set_at       timestamptz NOT NULL,
  PRIMARY KEY (service, office_class, valid_from, revision)
);

-- The fee that the payer was shown with the order; null where none was published.
ALTER TABLE orders ADD COLUMN fee_service text, ADD COLUMN fee_rial bigint CHECK (fee_rial >= 0);
-- What an office has taken for a city on a day, for the ceiling of their agreement.
CREATE INDEX bills_office_day ON bills (municipality_id, office_id, issued_at);
ALTER TABLE orders ADD CONSTRAINT orders_fee CHECK ((fee_service IS NULL) = (fee_rial IS NULL));

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['office_events','devices','agreement_texts','agreement_proposals','fee_schedule'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['agreement_texts','agreement_proposals'] LOOP
    EXECUTE format('CREATE POLICY municipality ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''municipality'' AND municipality_id = scope_municipality())', t);
  END LOOP;
END $$;
-- +goose StatementEnd

CREATE POLICY everybody_reads ON fee_schedule FOR SELECT TO mofasa_app USING (scope_kind() IS NOT NULL);

-- An office reads its branches; a city the offices that stand in it and those to which it has proposed an agreement.
CREATE POLICY branches ON offices FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND parent_id = scope_office());
CREATE POLICY standing ON offices FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality());
CREATE POLICY proposed ON offices FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality'
  AND EXISTS (SELECT 1 FROM agreement_proposals p WHERE p.office_id = offices.id AND p.municipality_id = scope_municipality()));
CREATE POLICY office ON office_events FOR SELECT TO mofasa_app USING (scope_kind() = 'office'
  AND EXISTS (SELECT 1 FROM offices o WHERE o.id = office_events.office_id AND scope_office() IN (o.id, o.parent_id)));

-- Whether an office is active under a licence that is valid today. A branch asks it about its parent, which its scope does not see.
CREATE POLICY owner_reads ON offices FOR SELECT TO mofasa_owner USING (true);
-- +goose StatementBegin
CREATE FUNCTION office_works(office uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM offices o WHERE o.id = office AND o.state = 'active' AND o.valid_from <= scope_today() AND (o.valid_to IS NULL OR o.valid_to > scope_today())) $$;
-- +goose StatementEnd
-- The id of an office by the number of its licence: a city may propose an agreement to an office that stands elsewhere, and sees nothing else of it before.
-- +goose StatementBegin
CREATE FUNCTION office_of_licence(licence text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT o.id FROM offices o WHERE o.licence_no = licence AND o.state <> 'closed' AND (scope_is_platform() OR scope_kind() = 'municipality') $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION office_works, office_of_licence FROM PUBLIC;
GRANT EXECUTE ON FUNCTION office_works, office_of_licence TO mofasa_app;

-- An office invites its devices and revokes them, for ever; that one has shown its key only the platform's scope says, which has checked the signature.
CREATE POLICY office ON devices FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY office_invites ON devices FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'invited');
CREATE POLICY office_revokes ON devices FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office() AND state <> 'revoked')
  WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'revoked');

-- A city words, proposes and decides; the office sees what was approved, with its wording, and accepts it.
CREATE POLICY municipality_words ON agreement_texts FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality());
CREATE POLICY office ON agreement_texts FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND EXISTS (SELECT 1 FROM agreement_proposals p
  WHERE p.municipality_id = agreement_texts.municipality_id AND p.text_version = agreement_texts.version AND p.office_id = scope_office() AND p.state IN ('approved','accepted')));
CREATE POLICY municipality_proposes ON agreement_proposals FOR INSERT TO mofasa_app
  WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality() AND state = 'proposed');
CREATE POLICY municipality_decides ON agreement_proposals FOR UPDATE TO mofasa_app
  USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality() AND state IN ('proposed','approved'))
  WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality() AND state IN ('approved','refused'));
CREATE POLICY office ON agreement_proposals FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office() AND state IN ('approved','accepted'));
CREATE POLICY office_accepts ON agreement_proposals FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office() AND kind = 'terms' AND state = 'approved'
    AND expires_at > scope_now())
  WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'accepted');
-- Terms come into force by the office's word on them, never before the day that was approved, and never once a later word of the city has; an end by the city's
-- second person.
CREATE POLICY office_accepts ON agreements FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND NOT ends
  AND EXISTS (SELECT 1 FROM agreement_proposals p WHERE p.municipality_id = agreements.municipality_id AND p.id = agreements.proposal_id AND p.office_id = scope_office()
    AND p.kind = 'terms' AND p.state = 'accepted' AND p.valid_from <= agreements.valid_from AND p.valid_to IS NOT DISTINCT FROM agreements.valid_to
    AND NOT EXISTS (SELECT 1 FROM agreement_proposals later WHERE later.municipality_id = p.municipality_id AND later.office_id = p.office_id
      AND later.decided_at > p.decided_at AND (later.state = 'accepted' OR later.kind = 'end' AND later.state = 'approved'))));
CREATE POLICY municipality_ends ON agreements FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'municipality' AND municipality_id = scope_municipality() AND ends
  AND EXISTS (SELECT 1 FROM agreement_proposals p WHERE p.municipality_id = scope_municipality() AND p.id = agreements.proposal_id AND p.office_id = agreements.office_id
    AND p.kind = 'end' AND p.state = 'approved' AND p.valid_from = agreements.valid_from));

GRANT UPDATE (class) ON offices TO mofasa_app;
GRANT UPDATE (state, public_key, enrolled_at, revoked_by, revoked_at, reason) ON devices TO mofasa_app;
GRANT UPDATE (state, decided_by, decided_at, remark, accepted_by, accepted_at) ON agreement_proposals TO mofasa_app;
GRANT SELECT ON holding_agreements TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
