-- +goose Up
-- Policies ask for their scope once a statement, not once a row; and the serials of bills are the owner's to draw, no more.

-- A drawing reads and changes a row. Nothing that runs as the owner makes one or takes one away.
DROP POLICY owner_draws ON bill_serials;
CREATE POLICY owner_reads ON bill_serials FOR SELECT TO mofasa_owner USING (true);
CREATE POLICY owner_draws ON bill_serials FOR UPDATE TO mofasa_owner USING (true) WITH CHECK (true);

-- As (SELECT scope_kind()), PostgreSQL asks before the first row and keeps the answer, which nothing changes while a statement runs. It counts 100,000 rows
-- in a half to a ninth of the time. The function rewrites every policy that asks otherwise, so a migration that makes policies ends with a call of it; it means
-- the same to PostgreSQL, to the byte of the rest.
-- +goose StatementBegin
CREATE FUNCTION policies_ask_once() RETURNS integer LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  -- A call that no SELECT stands before. Those that take an argument ask about a row.
  bare constant text := '(?<!SELECT )(scope_(?:kind|is_platform|municipality|office|vehicle|certificate|now|today|owner)\(\))';
  p record;
  rewritten integer := 0;
BEGIN
  FOR p IN SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname = 'public' AND (qual ~ bare OR with_check ~ bare) LOOP
    EXECUTE format('ALTER POLICY %I ON %I', p.policyname, p.tablename)
      || coalesce(' USING (' || regexp_replace(p.qual, bare, '(SELECT \1)', 'g') || ')', '')
      || coalesce(' WITH CHECK (' || regexp_replace(p.with_check, bare, '(SELECT \1)', 'g') || ')', '');
    rewritten := rewritten + 1;
  END LOOP;
  RETURN rewritten;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION policies_ask_once FROM PUBLIC;
SELECT policies_ask_once();

-- +goose Down
SELECT 'forward only'::no_down;
