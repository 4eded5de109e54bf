-- +goose Up
-- The scope of a transaction, read by every row-level security policy. Settings are made by enter_scope with is_local,
-- so they end with the transaction and never leak through a pool.

-- +goose StatementBegin
CREATE FUNCTION scope_kind() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('mofasa.scope', true) $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION scope_is_platform() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('mofasa.scope', true) = 'platform', false) $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION scope_municipality() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('mofasa.municipality', true), '')::integer $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION scope_office() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('mofasa.office', true), '')::uuid $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION scope_vehicle() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('mofasa.vehicle', true), '')::uuid $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION scope_certificate() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('mofasa.certificate', true), '') $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION scope_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('mofasa.now', true), '')::timestamptz $$;
-- +goose StatementEnd
-- The fiscal day of the transaction: dates begin in Tehran, whatever the server's TimeZone.
-- +goose StatementBegin
CREATE FUNCTION scope_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (nullif(current_setting('mofasa.now', true), '')::timestamptz AT TIME ZONE 'Asia/Tehran')::date $$;
-- +goose StatementEnd
-- Who owns an idempotency key or an audit row of this transaction: 'office:<id>', 'municipality:<id>', 'platform', 'public'.
-- +goose StatementBegin
CREATE FUNCTION scope_owner() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CASE current_setting('mofasa.scope', true)
     WHEN 'office' THEN 'office:' || current_setting('mofasa.office', true)
     WHEN 'municipality' THEN 'municipality:' || current_setting('mofasa.municipality', true)
     ELSE current_setting('mofasa.scope', true) END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 'forward only'::no_down;
