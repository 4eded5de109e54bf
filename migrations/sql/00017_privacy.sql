-- +goose Up
-- Owners' mobile numbers, the blind index under keys that change, and what a program does for its office.

-- The mobile number of an owner: sealed beside name and ID, under the same key; absent of most.
ALTER TABLE owner_identities ADD COLUMN phone_enc bytea CHECK (length(phone_enc) > 31);
ALTER TABLE owner_identities DROP CONSTRAINT owner_identities_one_key;
ALTER TABLE owner_identities ADD CONSTRAINT owner_identities_one_key CHECK (substring(name_enc FROM 1 FOR 3) = substring(id_enc FROM 1 FOR 3)
  AND substring(coalesce(phone_enc, id_enc) FROM 1 FOR 3) = substring(id_enc FROM 1 FOR 3));
GRANT UPDATE (phone_enc) ON owner_identities TO mofasa_app;

-- index_key is the number of the key under which id_hash and phone_hash were made.
ALTER TABLE vehicle_owners ADD COLUMN index_key integer NOT NULL DEFAULT 1 CHECK (index_key BETWEEN 1 AND 65535),
  ADD COLUMN phone_hash bytea CHECK (length(phone_hash) = 32), ADD COLUMN phone_masked text CHECK (phone_masked ~ '^09[0-9]{2}[*]{3}[0-9]{4}$'),
  ADD CONSTRAINT vehicle_owners_phone CHECK (num_nonnulls(phone_hash, phone_masked) = 0 OR num_nulls(phone_hash, phone_masked, identity_id) = 0);
CREATE INDEX vehicle_owners_phone_hash ON vehicle_owners (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX vehicle_owners_index_key ON vehicle_owners (index_key);
GRANT UPDATE (index_key, phone_hash, phone_masked) ON vehicle_owners TO mofasa_app;

-- A superseded entry that refers to an identity needs no hash of the ID; one that stays for ever would outlive its key. The owner is under row-level security, too.
ALTER TABLE vehicle_corrections NO FORCE ROW LEVEL SECURITY;
UPDATE vehicle_corrections SET superseded = CASE WHEN superseded ? 'identity_id' THEN superseded - 'id_hash' ELSE superseded END,
  replacement = CASE WHEN replacement ? 'identity_id' THEN replacement - 'id_hash' ELSE replacement END
  WHERE history = 'owner' AND (superseded ? 'identity_id' OR replacement ? 'identity_id');
ALTER TABLE vehicle_corrections FORCE ROW LEVEL SECURITY;

-- What an office does at its counter is done by a person or by a program of its own: exactly one of them is named.
ALTER TABLE inquiries ALTER person_id DROP NOT NULL, ADD COLUMN client_id uuid,
  ADD CONSTRAINT inquiries_actor CHECK (num_nonnulls(person_id, client_id) = 1) NOT VALID; -- holds of every older row; the hottest table is not read for it
ALTER TABLE orders ALTER person_id DROP NOT NULL, ADD COLUMN client_id uuid REFERENCES api_clients,
  ADD CONSTRAINT orders_actor CHECK (num_nonnulls(person_id, client_id) = 1);
ALTER TABLE certificates ALTER issued_by DROP NOT NULL, ADD COLUMN issued_by_client uuid REFERENCES api_clients,
  ADD CONSTRAINT certificates_actor CHECK (num_nonnulls(issued_by, issued_by_client) = 1);

-- As before, and two who write of one human at the same time take turns, by the marks that both know. Whoever finds nobody looks whether somebody stores under a key
-- that they lack, after they have looked: then the human may stand under it, and the transaction is repeated with that key.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION know_human(fresh uuid, marks bytea[], key integer, envelope bytea) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DECLARE known uuid; mark bytea;
BEGIN
  FOR mark IN SELECT m FROM unnest(marks) m ORDER BY m LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('human ' || encode(mark, 'hex'), 0));
  END LOOP;
  SELECT h.id INTO known FROM humans h WHERE h.id_index = ANY (marks);
  IF known IS NOT NULL THEN
    RETURN known;
  END IF;
  IF (SELECT max(h.index_key) FROM humans h) > key THEN
    RAISE EXCEPTION 'a human is indexed under a newer key' USING ERRCODE = 'serialization_failure';
  END IF;
  INSERT INTO humans (id, id_index, index_key, id_enc, recorded_at) VALUES (fresh, marks[1], key, envelope, scope_now());
  RETURN fresh;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 'forward only'::no_down;
