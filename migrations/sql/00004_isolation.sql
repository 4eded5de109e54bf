-- +goose Up
-- Names the scope of the running transaction, and resolves the one vehicle that it may see. VIN and plate reach the
-- database only here; the function runs as the owner because the scope that would let the application look does not exist yet.
-- It answers the vehicle's id, or null.
CREATE POLICY owner_reads ON vehicles FOR SELECT TO mofasa_owner USING (true);
CREATE POLICY owner_reads ON vehicle_plates FOR SELECT TO mofasa_owner USING (true);
-- +goose StatementBegin
CREATE FUNCTION enter_scope(kind text, municipality integer, office uuid, vehicle uuid, by_vin text, by_plate text, certificate text, at timestamptz)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE named uuid := vehicle;
BEGIN
  IF kind NOT IN ('municipality','office','platform','public') THEN
    RAISE EXCEPTION 'unknown scope' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF named IS NULL AND by_vin IS NOT NULL THEN
    SELECT v.id INTO named FROM vehicles v WHERE v.vin = by_vin;
  ELSIF named IS NULL AND by_plate IS NOT NULL THEN
    SELECT p.vehicle_id INTO named FROM vehicle_plates p WHERE p.plate = by_plate AND p.valid_to IS NULL;
  END IF;
  PERFORM set_config('mofasa.scope', kind, true),
          set_config('mofasa.municipality', coalesce(municipality::text, ''), true),
          set_config('mofasa.office', coalesce(office::text, ''), true),
          set_config('mofasa.vehicle', coalesce(named::text, ''), true),
          set_config('mofasa.certificate', coalesce(certificate, ''), true),
          set_config('mofasa.now', at::text, true);
  RETURN named;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION enter_scope FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_scope TO mofasa_app;

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['municipalities','offices','people','vehicle_types','vehicles','vehicle_plates','vehicle_residences','valuations','tariff_versions',
    'municipality_accounts','agreements','audit_log','idempotency_keys','inquiries','orders','due_claims','bill_serials','bills','bill_dues','payments','payment_bills',
    'receipts','ledger_entries','certificates','certificate_events','certificate_dues'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON %I TO mofasa_app USING (scope_is_platform()) WITH CHECK (scope_is_platform())', t);
    -- Append-only is the default; what may change is granted below, column by column.
    EXECUTE format('GRANT SELECT, INSERT ON %I TO mofasa_app', t);
  END LOOP;
  -- Public reference data.
  FOREACH t IN ARRAY ARRAY['municipalities','vehicle_types','valuations','tariff_versions'] LOOP
    EXECUTE format('CREATE POLICY everybody_reads ON %I FOR SELECT TO mofasa_app USING (scope_kind() IS NOT NULL)', t);
  END LOOP;
  -- A city reads its own rows; it gets a writing policy with the first use case that needs one.
  FOREACH t IN ARRAY ARRAY['municipality_accounts','agreements','due_claims','bill_serials','bills','bill_dues','payment_bills','ledger_entries','certificate_dues'] LOOP
    EXECUTE format('CREATE POLICY municipality ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''municipality'' AND municipality_id = scope_municipality())', t);
  END LOOP;
  -- An office reads its own rows, and writes two kinds of them freely; the rest of what it may write stands below.
  FOREACH t IN ARRAY ARRAY['orders','bills','payments','payment_bills','receipts','certificates','certificate_events','certificate_dues'] LOOP
    EXECUTE format('CREATE POLICY office ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''office'' AND office_id = scope_office())', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['inquiries','bill_dues'] LOOP
    EXECUTE format('CREATE POLICY office ON %I TO mofasa_app USING (scope_kind() = ''office'' AND office_id = scope_office())
                    WITH CHECK (scope_kind() = ''office'' AND office_id = scope_office())', t);
  END LOOP;
  -- What an office sees of the one vehicle that it names, in every city.
  FOREACH t IN ARRAY ARRAY['vehicle_plates','vehicle_residences','due_claims','bills','bill_dues'] LOOP
    EXECUTE format('CREATE POLICY named_vehicle ON %I FOR SELECT TO mofasa_app USING (scope_kind() = ''office'' AND vehicle_id = scope_vehicle())', t);
  END LOOP;
END $$;
-- +goose StatementEnd

CREATE POLICY named_vehicle ON vehicles FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND id = scope_vehicle());
CREATE POLICY office ON offices FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND id = scope_office());
CREATE POLICY office ON people FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY office ON agreements FOR SELECT TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office());
CREATE POLICY partner ON offices FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality'
  AND EXISTS (SELECT 1 FROM agreements a WHERE a.office_id = offices.id AND a.municipality_id = scope_municipality()));

-- An office works for a city only under an agreement of theirs, and then needs the city's accounts.
CREATE POLICY agreed_office ON municipality_accounts FOR SELECT TO mofasa_app USING (scope_kind() = 'office'
  AND EXISTS (SELECT 1 FROM agreements a WHERE a.municipality_id = municipality_accounts.municipality_id AND a.office_id = scope_office()));

-- A serial is drawn, never set: nobody can make a city issue a number twice.
CREATE POLICY owner_draws ON bill_serials TO mofasa_owner USING (true) WITH CHECK (true);
-- +goose StatementBegin
CREATE FUNCTION draw_bill_serial(city integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ UPDATE bill_serials SET next = next + 1 WHERE municipality_id = city RETURNING next - 1 $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION draw_bill_serial FROM PUBLIC;
GRANT EXECUTE ON FUNCTION draw_bill_serial TO mofasa_app;

-- An office may take, hold and give back. That something is paid, captured or receipted only the platform's scope says, which has asked the bank.
-- Orders: USING also decides what FOR UPDATE may lock.
CREATE POLICY office_orders ON orders FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'open');
CREATE POLICY office_cancels ON orders FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office())
  WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'cancelled');

-- A claim may be made, or taken over once it has lapsed, for the named vehicle and in the office's own name; never taken from a payment in flight,
-- never freed once paid, and never kept for longer than a payment can take.
CREATE POLICY office_claims ON due_claims FOR INSERT TO mofasa_app
  WITH CHECK (scope_kind() = 'office' AND vehicle_id = scope_vehicle() AND office_id = scope_office() AND state = 'claimed'
    AND claimed_until <= scope_now() + interval '1 hour'
    AND EXISTS (SELECT 1 FROM agreements a WHERE a.municipality_id = due_claims.municipality_id AND a.office_id = scope_office()));
CREATE POLICY office_takes_over ON due_claims FOR UPDATE TO mofasa_app
  USING (scope_kind() = 'office' AND vehicle_id = scope_vehicle() AND state <> 'paid'
    AND (office_id = scope_office() OR state = 'released' OR (state = 'claimed' AND claimed_until < scope_now())))
  WITH CHECK (scope_kind() = 'office' AND vehicle_id = scope_vehicle() AND office_id = scope_office() AND state <> 'paid'
    AND claimed_until <= scope_now() + interval '3 hours');

CREATE POLICY office_issues ON bills FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'open'
  AND EXISTS (SELECT 1 FROM agreements a WHERE a.municipality_id = bills.municipality_id AND a.office_id = scope_office()));
CREATE POLICY office_cancels ON bills FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office() AND state = 'open')
  WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'cancelled');

CREATE POLICY office_attempts ON payments FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state = 'created');
CREATE POLICY office_opens ON payments FOR UPDATE TO mofasa_app USING (scope_kind() = 'office' AND office_id = scope_office() AND state = 'created')
  WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND state IN ('sent','unknown','failed'));
-- Money goes only to the city's own account, and only while the attempt is being made.
CREATE POLICY office_splits ON payment_bills FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office()
  AND EXISTS (SELECT 1 FROM municipality_accounts a WHERE a.municipality_id = payment_bills.municipality_id AND a.iban = payment_bills.iban)
  AND EXISTS (SELECT 1 FROM payments p WHERE p.id = payment_bills.payment_id AND p.state = 'created'));

-- I4 in the database: a certificate stands over a paid order, and over paid claims alone.
CREATE POLICY office_certifies ON certificates FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office()
  AND EXISTS (SELECT 1 FROM orders o WHERE o.id = certificates.order_id AND o.vehicle_id = certificates.vehicle_id AND o.state = 'paid'));
CREATE POLICY office_certifies ON certificate_dues FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office()
  AND EXISTS (SELECT 1 FROM due_claims c WHERE c.municipality_id = certificate_dues.municipality_id AND c.vehicle_id = scope_vehicle()
    AND c.fiscal_year = certificate_dues.fiscal_year AND c.state = 'paid'));
CREATE POLICY office_certifies ON certificate_events FOR INSERT TO mofasa_app WITH CHECK (scope_kind() = 'office' AND office_id = scope_office() AND number = 1);

-- Anybody who holds a certificate's number may read that one certificate.
CREATE POLICY public_check ON certificates FOR SELECT TO mofasa_app USING (scope_kind() = 'public' AND serial = scope_certificate());
CREATE POLICY public_check ON certificate_events FOR SELECT TO mofasa_app USING (scope_kind() = 'public' AND serial = scope_certificate());

CREATE POLICY own_rows ON audit_log TO mofasa_app USING (owner = scope_owner()) WITH CHECK (owner = scope_owner());
CREATE POLICY own_rows ON idempotency_keys TO mofasa_app USING (owner = scope_owner()) WITH CHECK (owner = scope_owner());

GRANT UPDATE (name_fa, name_en, province_fa, province_en, county_fa, stage, bill_company, bill_prefix) ON municipalities TO mofasa_app;
GRANT UPDATE (iban) ON municipality_accounts TO mofasa_app;
GRANT UPDATE (valid_to, state, name_fa) ON offices TO mofasa_app;
GRANT UPDATE (password_hash, name_fa, role, state) ON people TO mofasa_app;
GRANT UPDATE (valid_to) ON agreements, vehicle_plates, vehicle_residences TO mofasa_app;
GRANT UPDATE (name_fa) ON vehicle_types TO mofasa_app;
GRANT UPDATE (class, usage, fuel, origin, cylinders, type_code, model_year, first_registered) ON vehicles TO mofasa_app;
GRANT UPDATE (base_rial) ON valuations TO mofasa_app;
GRANT UPDATE (answer) ON idempotency_keys TO mofasa_app;
GRANT UPDATE (state, valid_until) ON orders TO mofasa_app;
GRANT UPDATE (office_id, order_id, state, amount_rial, claimed_until, paid_at) ON due_claims TO mofasa_app;
GRANT UPDATE (state, paid_at) ON bills TO mofasa_app;
GRANT UPDATE (state, token, redirect_url, reference, rrn, masked_pan, reason, next_check_at, checks, captured_at, expires_at) ON payments TO mofasa_app;
GRANT SELECT ON ledger_postings TO mofasa_app;
GRANT USAGE ON SCHEMA public TO mofasa_app;
-- Readiness compares the schema with the binary.
GRANT SELECT ON goose_db_version TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
