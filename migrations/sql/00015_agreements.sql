-- +goose Up
-- What an agreement collects and where it goes: a city's account for each charge, wordings from packs, numbers that nobody chooses, and the fee as a part of what
-- is paid, in books of the platform's own.

-- A bill's part of a payment goes to as many accounts as its charges have.
ALTER TABLE payment_bills DROP CONSTRAINT payment_bills_pkey, ADD PRIMARY KEY (municipality_id, payment_id, bill_id, iban);

-- A licence holds from valid_from until the day before valid_to: one that ends on its first day held on none.
ALTER TABLE offices DROP CONSTRAINT offices_licence_days, ADD CONSTRAINT offices_licence_days CHECK (valid_to >= valid_from);

-- An agreement takes the next number of its office and city; nobody leaves one out, or uses them up. The function tells the number to the two alone; it runs as
-- the owner, since a policy cannot read its own table, and in the snapshot of the statement.
CREATE POLICY owner_reads ON agreements FOR SELECT TO mofasa_owner USING (true);
-- +goose StatementBegin
CREATE FUNCTION next_agreement_number(city integer, office uuid) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT 1 + coalesce(max(a.number), 0) FROM agreements a WHERE a.municipality_id = city AND a.office_id = office
     AND (scope_is_platform() OR scope_kind() = 'municipality' AND scope_municipality() = city OR scope_kind() = 'office' AND scope_office() = office) $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION next_agreement_number FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_agreement_number TO mofasa_app;
CREATE POLICY numbered ON agreements AS RESTRICTIVE FOR INSERT TO mofasa_app WITH CHECK (scope_is_platform() OR number = next_agreement_number(municipality_id, office_id));

-- A wording has a number, by which the last one is the city's present text, and the SHA-256 of its UTF-8, by which two versions say the same. The template of a
-- city's pack becomes one; the owner is under row-level security, too, which would hide every row from the statements.
ALTER TABLE agreement_texts ALTER COLUMN offered_by DROP NOT NULL, -- null: the system applied the pack
  ADD COLUMN number integer CHECK (number > 0), ADD COLUMN hash bytea, ADD COLUMN config integer; -- whose template it is
ALTER TABLE agreement_texts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE municipality_configs NO FORCE ROW LEVEL SECURITY;
INSERT INTO agreement_texts (municipality_id, version, body_fa, offered_by, offered_at, config)
  SELECT c.municipality_id, 'pack-' || c.number, c.body->>'agreement_template', CASE c.actor_kind WHEN 'person' THEN c.actor_id END, c.at, c.number
  FROM (SELECT DISTINCT ON (municipality_id) * FROM municipality_configs ORDER BY municipality_id, number DESC) c
  WHERE btrim(coalesce(c.body->>'agreement_template', ''), E' \t\n\r') <> '' ON CONFLICT DO NOTHING;
UPDATE agreement_texts t SET number = n.number, hash = sha256(convert_to(t.body_fa, 'UTF8')) FROM (SELECT municipality_id, version,
    row_number() OVER (PARTITION BY municipality_id ORDER BY offered_at, version) AS number FROM agreement_texts) n
  WHERE (t.municipality_id, t.version) = (n.municipality_id, n.version);
ALTER TABLE municipality_configs FORCE ROW LEVEL SECURITY;
ALTER TABLE agreement_texts FORCE ROW LEVEL SECURITY;
ALTER TABLE agreement_texts ALTER COLUMN number SET NOT NULL, ALTER COLUMN hash SET NOT NULL,
  ADD CONSTRAINT agreement_texts_number UNIQUE (municipality_id, number),
  ADD CONSTRAINT agreement_texts_hash CHECK (hash = sha256(convert_to(body_fa, 'UTF8'))),
  ADD CONSTRAINT agreement_texts_author CHECK (num_nonnulls(offered_by, config) > 0),
  ADD FOREIGN KEY (municipality_id, config) REFERENCES municipality_configs (municipality_id, number);
-- An office reads every wording of a city that it has an agreement with, so that it sees what its own has been followed by.
CREATE POLICY partner ON agreement_texts FOR SELECT TO mofasa_app USING (scope_kind() = 'office'
  AND EXISTS (SELECT 1 FROM agreements a WHERE a.municipality_id = agreement_texts.municipality_id AND a.office_id = scope_office()));

-- Append-only: where fees go; the last number holds. Another account takes two people; without them a seed set it.
CREATE TABLE fee_accounts (
  number      integer PRIMARY KEY CHECK (number > 0),
  iban        text NOT NULL CHECK (iban ~ '^IR[0-9]{24}$'),
  reason      text NOT NULL CHECK (reason <> ''),
  asked_by    uuid REFERENCES people,
  approved_by uuid REFERENCES people,
  at          timestamptz NOT NULL,
  CONSTRAINT fee_accounts_two_people CHECK (coalesce(asked_by <> approved_by, num_nonnulls(asked_by, approved_by) = 0))
);

-- What is charged today, by service and class: nothing, while there is no account that it could go to.
CREATE VIEW holding_fees WITH (security_invoker = true) AS
  SELECT DISTINCT ON (service, office_class) service, office_class, valid_from, revision, amount_rial, reference FROM fee_schedule
  WHERE valid_from <= scope_today() AND EXISTS (SELECT 1 FROM fee_accounts) ORDER BY service, office_class, valid_from DESC, revision DESC;

-- An order fixes its fee with the line of the schedule that it cites, and what of it is the office's. One without the citation only showed its fee.
ALTER TABLE orders ADD COLUMN fee_class text, ADD COLUMN fee_from date, ADD COLUMN fee_revision smallint, ADD COLUMN fee_office_rial bigint,
  ADD FOREIGN KEY (fee_service, fee_class, fee_from, fee_revision) REFERENCES fee_schedule (service, office_class, valid_from, revision),
  ADD CONSTRAINT orders_fee_office CHECK (fee_office_rial BETWEEN 0 AND fee_rial),
  ADD CONSTRAINT orders_fee_cited CHECK (num_nonnulls(fee_class, fee_from, fee_revision, fee_office_rial) = CASE WHEN fee_class IS NULL OR fee_rial IS NULL THEN 0 ELSE 4 END);

-- Append-only: the fee's part of a payment, beside the rows of its cities.
CREATE TABLE payment_fees (
  payment_id  uuid PRIMARY KEY REFERENCES payments,
  order_id    uuid NOT NULL REFERENCES orders,
  office_id   uuid NOT NULL REFERENCES offices,
  iban        text NOT NULL,
  amount_rial bigint NOT NULL CHECK (amount_rial > 0)
);
CREATE INDEX payment_fees_order ON payment_fees (order_id);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['fee_accounts','payment_fees'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
END $$;
-- +goose StatementEnd
GRANT SELECT ON holding_fees TO mofasa_app;
CREATE POLICY everybody_reads ON fee_accounts FOR SELECT TO mofasa_app USING (scope_kind() IS NOT NULL);
CREATE POLICY office ON payment_fees FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office());
-- The fee of the order, to the account of fees, and only while the attempt is being made.
CREATE POLICY office_splits ON payment_fees FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office()
  AND iban = (SELECT f.iban FROM fee_accounts f ORDER BY f.number DESC LIMIT 1)
  AND EXISTS (SELECT 1 FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = payment_fees.payment_id AND p.state = 'created'
    AND o.id = payment_fees.order_id AND o.fee_class IS NOT NULL AND o.fee_rial = payment_fees.amount_rial));
-- An office's order bears the fee that holds, no other and not none, and the office's share is none that no agreement gives. Restrictive, so that no other policy
-- lets one past.
CREATE POLICY fee_holds ON orders AS RESTRICTIVE FOR INSERT TO mofasa_app WITH CHECK (scope_kind() <> 'office'
  OR NOT EXISTS (SELECT 1 FROM offices o LEFT JOIN holding_fees f ON f.service = 'clearance' AND f.office_class = o.class WHERE o.id = scope_office()
      AND (f.service IS DISTINCT FROM orders.fee_service OR f.office_class IS DISTINCT FROM orders.fee_class OR f.valid_from IS DISTINCT FROM orders.fee_from
        OR f.revision IS DISTINCT FROM orders.fee_revision OR f.amount_rial IS DISTINCT FROM orders.fee_rial))
    AND (coalesce(fee_office_rial, 0) = 0 OR fee_office_rial::numeric * 1000000 <= fee_rial::numeric
      * (SELECT coalesce(max(h.fee_share_ppm), 0) FROM holding_agreements h WHERE h.office_id = scope_office())));

-- Books under 0 are the platform's own; the fee is entered there and never among a city's money.
ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_municipality_id_fkey,
  ADD CONSTRAINT ledger_entries_books CHECK (municipality_id BETWEEN 0 AND 999),
  ADD CONSTRAINT ledger_entries_fee CHECK (kind <> 'fee' OR municipality_id = 0);

-- +goose Down
SELECT 'forward only'::no_down;
