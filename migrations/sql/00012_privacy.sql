-- +goose Up
-- Who an owner is, readable by those who hold a key that the database does not: AES-256-GCM envelopes (version, key, nonce, ciphertext), bound to the
-- table, the column and the row. A period and what superseded it refer to the row, so that nothing but this table is encrypted anew when the key changes.
CREATE TABLE owner_identities (
  id          uuid PRIMARY KEY,
  name_enc    bytea NOT NULL CHECK (length(name_enc) > 31),
  id_enc      bytea NOT NULL CHECK (length(id_enc) > 31),
  recorded_at timestamptz NOT NULL,
  CONSTRAINT owner_identities_one_key CHECK (substring(name_enc FROM 1 FOR 3) = substring(id_enc FROM 1 FOR 3))
);

-- The number of the key that an envelope is sealed with: its second and third byte.
-- +goose StatementBegin
CREATE FUNCTION envelope_key(envelope bytea) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT get_byte(envelope, 1) * 256 + get_byte(envelope, 2) $$;
-- +goose StatementEnd
CREATE INDEX owner_identities_key ON owner_identities (envelope_key(id_enc), id);

-- Absent where the period was written before identities were kept.
ALTER TABLE vehicle_owners ADD COLUMN identity_id uuid REFERENCES owner_identities;

ALTER TABLE owner_identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON owner_identities TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform());
GRANT SELECT, INSERT ON owner_identities TO mofasa_app;
GRANT UPDATE (name_enc, id_enc) ON owner_identities TO mofasa_app;
GRANT UPDATE (identity_id) ON vehicle_owners TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
