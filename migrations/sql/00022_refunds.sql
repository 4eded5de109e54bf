-- +goose Up
-- Money that goes back to payers. One request may be about several bills of a payment, each a city's own row; the fee's row is the platform's (0).

CREATE TABLE refunds (
  municipality_id integer NOT NULL CHECK (municipality_id BETWEEN 0 AND 999),
  id           uuid NOT NULL,
  group_id     uuid NOT NULL,                             -- of one request, which one decision grants: the id of its first refund
  payment_id   uuid NOT NULL REFERENCES payments,
  bill_id      uuid,                                      -- null: the fee
  office_id    uuid NOT NULL REFERENCES offices,
  kind         text NOT NULL CHECK (kind IN ('refund','chargeback')),
  amount_rial  bigint NOT NULL CHECK (amount_rial > 0),
  state        text NOT NULL CHECK (state IN ('waiting','granted','paid','refused')),
  whole        boolean NOT NULL DEFAULT false,            -- with it all of the bill has been given back: it is owed again
  channel      text CHECK (channel IN ('reverse','payout','deposit','bank')),
  reason       text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
  payer_iban   text CHECK (payer_iban ~ '^IR[0-9]{24}$'),
  requested_by uuid NOT NULL REFERENCES people,
  requested_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,                      -- from then on nobody grants what still waits
  approval_id  uuid,
  granted_at   timestamptz,
  asked_at     timestamptz,                               -- when the provider was last asked to reverse; stored before it is asked
  doubted_at   timestamptz,                               -- since when nobody can tell by asking whether the provider reversed it
  verdict_id   uuid,                                      -- the approval of two people's word about that
  paid_at      timestamptz,
  paid_by      uuid REFERENCES people,
  reference    text CHECK (reference <> ''),              -- the bank's number of the transfer, or of the money that it took
  PRIMARY KEY (municipality_id, id),
  CONSTRAINT refunds_part CHECK ((bill_id IS NULL) = (municipality_id = 0)),
  CONSTRAINT refunds_granted CHECK ((state IN ('granted','paid')) = (granted_at IS NOT NULL) AND (granted_at IS NULL) = (channel IS NULL)),
  CONSTRAINT refunds_paid CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
  CONSTRAINT refunds_doubted CHECK (doubted_at IS NULL OR asked_at IS NOT NULL),
  CONSTRAINT refunds_verdict CHECK (verdict_id IS NULL OR doubted_at IS NOT NULL),
  CONSTRAINT refunds_chargeback CHECK (kind = 'refund' OR reference IS NOT NULL)
);
-- What is asked for waits once.
CREATE UNIQUE INDEX refunds_waiting ON refunds (municipality_id, payment_id) WHERE state = 'waiting';
-- A transfer pays one refund of a city, and a chargeback takes a payment's money once.
CREATE UNIQUE INDEX refunds_reference ON refunds (municipality_id, reference) WHERE reference IS NOT NULL AND state <> 'refused';
-- No other home's refund can have the id that a request goes by.
CREATE UNIQUE INDEX refunds_id ON refunds (id);
CREATE INDEX refunds_payment ON refunds (payment_id);
CREATE INDEX refunds_group ON refunds (group_id);
CREATE INDEX refunds_city ON refunds (municipality_id, state, requested_at);
CREATE INDEX refunds_office ON refunds (office_id, requested_at);
CREATE INDEX refunds_bill ON refunds (municipality_id, bill_id) WHERE bill_id IS NOT NULL;
-- What corrections of tariffs have made of a bill is asked for whenever its money goes back.
CREATE INDEX correction_items_bill ON correction_items (municipality_id, bill_id);

-- +goose StatementBegin
DO $$
BEGIN
  ALTER TABLE refunds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY platform ON refunds TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform());
  CREATE POLICY municipality ON refunds FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality());
  CREATE POLICY office ON refunds FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office());
  -- An office asks, for bills of its own payments, each in a request of its own; that money goes back only the platform's scope says.
  CREATE POLICY office_asks ON refunds FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'waiting' AND kind = 'refund' AND group_id = id
    AND EXISTS (SELECT 1 FROM payment_bills x WHERE x.payment_id = refunds.payment_id AND x.municipality_id = refunds.municipality_id AND x.bill_id = refunds.bill_id
      AND x.office_id = scope_office()));
  GRANT SELECT, INSERT ON refunds TO mofasa_app;
  IF to_regprocedure('policies_ask_once()') IS NOT NULL THEN
    PERFORM policies_ask_once();
  END IF;
END $$;
-- +goose StatementEnd
GRANT UPDATE (state, whole, channel, approval_id, granted_at, asked_at, doubted_at, verdict_id, paid_at, paid_by, reference) ON refunds TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
