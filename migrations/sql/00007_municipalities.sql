-- +goose Up
-- The municipality as a tenant: how it moved through its life, every configuration that it ever had, and which offices a pilot reaches.

-- What the newest configuration says that a request needs: rollout {"districts": [county, …], "share_ppm": n} and order_validity_minutes.
ALTER TABLE municipalities ADD COLUMN settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object');

-- Append-only: each step of a city's life. number counts them, so that of two at once one loses.
CREATE TABLE municipality_stages (
  municipality_id integer NOT NULL REFERENCES municipalities,
  number          integer NOT NULL CHECK (number > 0),
  was             text NOT NULL,
  stage           text NOT NULL,
  reason          text NOT NULL CHECK (reason <> ''),
  at              timestamptz NOT NULL,
  actor_kind      text NOT NULL CHECK (actor_kind IN ('person','system')),
  actor_id        uuid,
  PRIMARY KEY (municipality_id, number),
  CONSTRAINT municipality_stages_edge CHECK ((was, stage) IN (('draft','pilot'), ('pilot','active'), ('pilot','paused'), ('active','paused'),
    ('paused','pilot'), ('paused','active'), ('paused','closed')))
);

-- Append-only: every configuration of a city. Going back to an older one is a new number with the same body.
CREATE TABLE municipality_configs (
  municipality_id integer NOT NULL REFERENCES municipalities,
  number          integer NOT NULL CHECK (number > 0),
  body            jsonb NOT NULL,
  restores        integer CHECK (restores < number), -- the number whose body this is
  tariff_draft    uuid, -- the draft that stands for the tariff part of the body
  reason          text NOT NULL CHECK (reason <> ''),
  at              timestamptz NOT NULL,
  actor_kind      text NOT NULL CHECK (actor_kind IN ('person','system')),
  actor_id        uuid,
  PRIMARY KEY (municipality_id, number),
  CONSTRAINT municipality_configs_restores FOREIGN KEY (municipality_id, restores) REFERENCES municipality_configs (municipality_id, number)
);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['municipality_stages','municipality_configs'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    EXECUTE format('CREATE POLICY municipality ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''municipality'' AND municipality_id = scope_municipality())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
END $$;
-- +goose StatementEnd

-- Where an office stands among a million in the rollout of a city: the same for ever, on every machine and version of PostgreSQL, and for each city another.
-- +goose StatementBegin
CREATE FUNCTION rollout_place(city integer, office uuid) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ((('x' || left(encode(sha256(convert_to(city::text || ':' || office::text, 'UTF8')), 'hex'), 8))::bit(32)::bigint * 1000000) >> 32)::integer $$;
-- +goose StatementEnd

-- Whether a rollout reaches an office: it stands in one of the counties, or its place is below the share. Widening either drops nobody. It runs as its caller,
-- who sees only his own office.
-- +goose StatementBegin
CREATE FUNCTION rollout_reaches(city integer, rollout jsonb, office uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce((SELECT rollout->'districts' ? h.county_fa OR rollout_place(city, o.id) < (rollout->>'share_ppm')::integer
     FROM public.offices o JOIN public.municipalities h ON h.id = o.municipality_id WHERE o.id = office), false) $$;
-- +goose StatementEnd

-- Whether the office of this transaction may collect for a city now. What guards a policy names its tables with their schema: a session's temporary
-- table would come first.
-- +goose StatementBegin
CREATE FUNCTION city_takes(city integer) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT EXISTS (SELECT 1 FROM public.municipalities m WHERE m.id = city
     AND (m.stage = 'active' OR m.stage = 'pilot' AND rollout_reaches(m.id, m.settings->'rollout', scope_office()))) $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION scope_resident(vehicle uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT EXISTS (SELECT 1 FROM public.vehicle_residences r WHERE r.vehicle_id = vehicle AND r.residence = scope_municipality()) $$;
-- +goose StatementEnd

-- Every order writes a bill and every attempt to pay writes its split; restrictive, so that no other policy lets either past a city that takes nothing. What
-- is in flight needs neither.
CREATE POLICY city_takes ON bills AS RESTRICTIVE FOR INSERT TO mofasa_app WITH CHECK (scope_kind() <> 'office' OR city_takes(municipality_id));
CREATE POLICY city_takes ON payment_bills AS RESTRICTIVE FOR INSERT TO mofasa_app WITH CHECK (scope_kind() <> 'office' OR city_takes(municipality_id));

GRANT UPDATE (settings) ON municipalities TO mofasa_app;
-- A configuration names all accounts of its city; the old ones stand in the configurations before it. Only the platform's policy lets a row be deleted.
GRANT DELETE ON municipality_accounts TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
