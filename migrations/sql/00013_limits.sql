-- +goose Up
-- What a limit is for one city, office, person or API client instead of what is shipped. A row is never changed but to say that it was removed, so the rows
-- themselves tell what held when; at most one stands for a subject.
CREATE TABLE limit_overrides (
  id             uuid PRIMARY KEY,
  limit_name     text NOT NULL CHECK (limit_name ~ '^[a-z][a-z0-9_-]{0,63}$'),
  subject_kind   text NOT NULL,
  subject        text NOT NULL, -- code of the municipality, else the id
  requests       integer NOT NULL CHECK (requests BETWEEN 1 AND 1000000),
  window_seconds integer NOT NULL CHECK (window_seconds BETWEEN 1 AND 2678400),
  valid_from     timestamptz NOT NULL,
  valid_to       timestamptz CHECK (valid_to > valid_from),
  reason         text NOT NULL CHECK (reason <> ''),
  written_by     uuid NOT NULL REFERENCES people,
  written_at     timestamptz NOT NULL,
  removed_by     uuid REFERENCES people,
  removed_at     timestamptz,
  CONSTRAINT limit_overrides_subject CHECK (CASE subject_kind WHEN 'municipality' THEN subject ~ '^[1-9][0-9]{0,2}$'
    WHEN 'office' THEN subject::uuid::text = subject WHEN 'person' THEN subject::uuid::text = subject WHEN 'client' THEN subject::uuid::text = subject ELSE false END),
  CONSTRAINT limit_overrides_removed CHECK ((removed_at IS NULL) = (removed_by IS NULL))
);
CREATE UNIQUE INDEX limit_overrides_one ON limit_overrides (limit_name, subject_kind, subject) WHERE removed_at IS NULL;

ALTER TABLE limit_overrides ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON limit_overrides TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform());
GRANT SELECT, INSERT ON limit_overrides TO mofasa_app;
GRANT UPDATE (removed_by, removed_at) ON limit_overrides TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
