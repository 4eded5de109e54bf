-- +goose Up
-- A payment's life as edges of one graph, each written down; money that fits nothing has a desk.

ALTER TABLE payments
  ADD COLUMN person_id uuid REFERENCES people,           -- who took it; null: nobody at a counter
  ADD COLUMN device_id uuid,                             -- the till or agent that it was sent to
  ADD COLUMN version   integer NOT NULL DEFAULT 0,       -- counts the edges taken; who read another version judged another payment
  ADD COLUMN refunded_rial bigint NOT NULL DEFAULT 0,    -- given back, or promised to be
  DROP CONSTRAINT payments_method_check,
  DROP CONSTRAINT payments_state_check,
  DROP CONSTRAINT payments_check,
  DROP CONSTRAINT payments_check1,
  ADD CONSTRAINT payments_method CHECK (method IN ('gateway','terminal','deposit','bank')),
  ADD CONSTRAINT payments_state CHECK (state IN ('created','sent','unknown','confirmed','captured','reversed','refunded','failed','suspense')),
  ADD CONSTRAINT payments_captured_at CHECK (CASE state WHEN 'captured' THEN captured_at IS NOT NULL WHEN 'reversed' THEN true WHEN 'refunded' THEN true ELSE captured_at IS NULL END),
  ADD CONSTRAINT payments_checks CHECK (next_check_at IS NULL OR state NOT IN ('captured','reversed','refunded','failed','suspense')),
  ADD CONSTRAINT payments_refunded CHECK (refunded_rial BETWEEN 0 AND amount_rial);
GRANT UPDATE (version, refunded_rial) ON payments TO mofasa_app;

-- Append-only: the story of each payment. What was sent, what came, who judged it.
CREATE TABLE payment_events (
  payment_id uuid NOT NULL REFERENCES payments,
  number     integer NOT NULL,                            -- the payment's version after it
  office_id  uuid NOT NULL REFERENCES offices,
  at         timestamptz NOT NULL,
  event      text NOT NULL,
  from_state text,                                        -- null: its beginning
  to_state   text NOT NULL,
  actor_kind text NOT NULL,
  actor_id   uuid,
  reason     text,
  said       jsonb NOT NULL DEFAULT '{}',                 -- the other side's words, without secrets
  PRIMARY KEY (payment_id, number)
);
CREATE INDEX payment_events_office ON payment_events (office_id, at);

-- What a person must decide: money, or the word of it, that fits nothing.
CREATE TABLE suspense_items (
  id          uuid PRIMARY KEY,
  source_kind text NOT NULL CHECK (source_kind IN ('payment','bank_line','topup')),
  source_id   uuid NOT NULL,
  office_id   uuid REFERENCES offices,                    -- null: no office had a hand in it
  provider    text NOT NULL,
  reason      text NOT NULL,
  amount_rial bigint NOT NULL CHECK (amount_rial >= 0),   -- what stands in the suspense account for it; 0: not known to be ours
  said        jsonb NOT NULL DEFAULT '{}',
  opened_at   timestamptz NOT NULL,
  closed_at   timestamptz,
  remedy      text,
  approval_id uuid,
  CONSTRAINT suspense_items_closed CHECK ((closed_at IS NULL) = (remedy IS NULL))
);
CREATE UNIQUE INDEX suspense_items_open ON suspense_items (source_kind, source_id) WHERE closed_at IS NULL;
CREATE INDEX suspense_items_opened ON suspense_items (opened_at, id);
CREATE INDEX suspense_items_office ON suspense_items (office_id, opened_at);

-- What each city sees of an item: its own bill, and what came for that. The item itself tells of all cities together.
CREATE TABLE suspense_parts (
  municipality_id integer NOT NULL REFERENCES municipalities,
  item_id     uuid NOT NULL REFERENCES suspense_items,
  bill_id     uuid NOT NULL,
  source_kind text NOT NULL,
  source_id   uuid NOT NULL,
  office_id   uuid REFERENCES offices,
  provider    text NOT NULL,
  reason      text NOT NULL,
  amount_rial bigint NOT NULL CHECK (amount_rial >= 0),   -- for this bill, by the payment's split or the bank's line
  opened_at   timestamptz NOT NULL,
  closed_at   timestamptz,
  remedy      text,
  PRIMARY KEY (municipality_id, item_id, bill_id),
  CONSTRAINT suspense_parts_bill FOREIGN KEY (municipality_id, bill_id) REFERENCES bills (municipality_id, id),
  CONSTRAINT suspense_parts_closed CHECK ((closed_at IS NULL) = (remedy IS NULL))
);
CREATE INDEX suspense_parts_opened ON suspense_parts (municipality_id, opened_at, item_id);
CREATE INDEX suspense_parts_item ON suspense_parts (item_id);

-- What was paid and given back in whole is owed again: the bill stays, with both days in the books.
ALTER TABLE bills DROP CONSTRAINT bills_state_check, DROP CONSTRAINT bills_check,
  ADD CONSTRAINT bills_state CHECK (state IN ('open','paid','cancelled','refunded')),
  ADD CONSTRAINT bills_paid_at CHECK ((state IN ('paid','refunded')) = (paid_at IS NOT NULL));
ALTER TABLE orders DROP CONSTRAINT orders_state_check,
  ADD CONSTRAINT orders_state CHECK (state IN ('open','part_paid','paid','cancelled','expired','refunded'));

-- On the way of every capture. A function in SQL that cannot be inlined is parsed and planned in every statement that calls it; one in PL/pgSQL keeps its plan. They
-- answer what they answered.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION city_takes(city integer) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS
$$ BEGIN RETURN EXISTS (SELECT 1 FROM public.municipalities m WHERE m.id = city_takes.city
     AND (m.stage = 'active' OR m.stage = 'pilot' AND public.rollout_reaches(m.id, m.settings->'rollout', public.scope_office()))); END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION session_is_open(session uuid, person uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN RETURN EXISTS (SELECT 1 FROM sessions s WHERE s.id = session_is_open.session AND s.person_id = session_is_open.person AND s.ended_at IS NULL); END $$;
-- +goose StatementEnd
-- Room on each page for the new version of a claim that is taken or paid, and of an order, so that no index has to learn of it.
ALTER TABLE due_claims SET (fillfactor = 60);
ALTER TABLE orders SET (fillfactor = 80);
ALTER TABLE bills SET (fillfactor = 80);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['payment_events','suspense_items'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('CREATE POLICY office ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''office'' AND office_id = scope_office())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
END $$;
-- +goose StatementEnd
-- An office begins and opens; that money came or stays only the platform's scope says.
CREATE POLICY office_begins ON payment_events FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office()
  AND to_state IN ('created','sent','unknown','failed')
  AND EXISTS (SELECT 1 FROM payments p WHERE p.id = payment_events.payment_id AND p.office_id = scope_office() AND p.state = payment_events.to_state));
-- The amount: of money that is confirmed while people decide already.
GRANT UPDATE (amount_rial, closed_at, remedy, approval_id) ON suspense_items TO mofasa_app;
ALTER TABLE suspense_parts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON suspense_parts TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform());
CREATE POLICY municipality ON suspense_parts FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality());
GRANT SELECT, INSERT ON suspense_parts TO mofasa_app;
GRANT UPDATE (closed_at, remedy) ON suspense_parts TO mofasa_app;

-- What stood in suspense before has an item from now on. The owner is under row security, too, and lifts it for this.
ALTER TABLE payments NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payment_bills NO FORCE ROW LEVEL SECURITY;
ALTER TABLE suspense_items NO FORCE ROW LEVEL SECURITY;
ALTER TABLE suspense_parts NO FORCE ROW LEVEL SECURITY;
INSERT INTO suspense_items (id, source_kind, source_id, office_id, provider, reason, amount_rial, opened_at)
  SELECT gen_random_uuid(), 'payment', id, office_id, provider, coalesce(reason, 'unknown'), 0, created_at FROM payments WHERE state = 'suspense';
INSERT INTO suspense_parts (municipality_id, item_id, bill_id, source_kind, source_id, office_id, provider, reason, amount_rial, opened_at)
  SELECT x.municipality_id, i.id, x.bill_id, i.source_kind, i.source_id, i.office_id, i.provider, i.reason, sum(x.amount_rial), i.opened_at
  FROM suspense_items i JOIN payment_bills x ON x.payment_id = i.source_id WHERE i.source_kind = 'payment' GROUP BY x.municipality_id, i.id, x.bill_id;
ALTER TABLE suspense_parts FORCE ROW LEVEL SECURITY;
ALTER TABLE suspense_items FORCE ROW LEVEL SECURITY;
ALTER TABLE payment_bills FORCE ROW LEVEL SECURITY;
ALTER TABLE payments FORCE ROW LEVEL SECURITY;

SELECT policies_ask_once();

-- +goose Down
SELECT 'forward only'::no_down;
