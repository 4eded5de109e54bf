package vehicles_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

func report(year int) vehicles.ExternalReport {
	return vehicles.ExternalReport{FiscalYear: year, AmountRial: 1_250_000, PaidOn: day("2022-01-01"), Reference: "ص-۱۲۳"}
}

func (d *desk) external(s scope.Scope) (found []vehicles.ExternalPayment) {
	d.t.Helper()
	d.ok(d.run.InTx(d.context(), s, func(tx *scope.Tx) (err error) {
		found, err = vehicles.ExternalPayments(tx, d.id(vinA))
		return err
	}))
	return found
}

func TestExternalPaymentIsReportedOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	city := scope.Municipality(1).NamingPlate(plateA)
	id, err := d.registry.RecordExternalPayment(d.context(), city, report(1400))
	d.ok(err)
	want := vehicles.ExternalPayment{ID: id, MunicipalityID: 1, VehicleID: d.id(vinA), ExternalReport: report(1400)}
	for name, s := range map[string]scope.Scope{"the platform": scope.Platform(), "the city": city, "an office": scope.Office(uuid.New()).NamingVIN(vinA)} {
		found := d.external(s)
		if len(found) == 1 && !found[0].ReportedAt.IsZero() {
			found[0].ReportedAt = time.Time{}
		}
		if len(found) != 1 || found[0] != want {
			t.Errorf("%s reads %+v, want %+v", name, found, want)
		}
	}
	for name, s := range map[string]scope.Scope{"another city": scope.Municipality(2), "an office that names another vehicle": scope.Office(uuid.New()).NamingVehicle(uuid.New()), "the public": scope.Public("")} {
		if found := d.external(s); len(found) != 0 {
			t.Errorf("%s reads %+v", name, found)
		}
	}
	d.refused("external_payment_reported", "fiscal_year", func() error {
		_, err := d.registry.RecordExternalPayment(d.context(), city, report(1400))
		return err
	})
	d.refused("external_payment_unknown", "report", func() error {
		return d.registry.WithdrawExternalPayment(d.context(), scope.Municipality(2), id, "x")
	})
	d.refused("reason_missing", "reason", func() error { return d.registry.WithdrawExternalPayment(d.context(), city, id, "") })
	d.refused("external_payment_scope", "", func() error {
		return d.registry.WithdrawExternalPayment(d.context(), scope.Platform(), id, "x")
	})
	d.ok(d.registry.WithdrawExternalPayment(d.context(), city, id, "چک برگشت خورد"))
	if found := d.external(city); len(found) != 0 {
		t.Errorf("withdrawn and still read: %+v", found)
	}
	d.refused("external_payment_withdrawn", "report", func() error {
		return d.registry.WithdrawExternalPayment(d.context(), city, id, "x")
	})
	for range 2 { // reported again, as often as it was withdrawn
		id, err = d.registry.RecordExternalPayment(d.context(), city, report(1400))
		d.ok(err)
		d.refused("external_payment_reported", "fiscal_year", func() error {
			_, err := d.registry.RecordExternalPayment(d.context(), city, report(1400))
			return err
		})
		d.ok(d.registry.WithdrawExternalPayment(d.context(), city, id, "x"))
	}
	same(t, "audit", d.strings(`SELECT DISTINCT action || ' ' || owner FROM audit_log ORDER BY 1`),
		[]string{"external_payment.reported municipality:1", "external_payment.withdrawn municipality:1"})
}

func TestExternalPaymentRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ok(d.registry.MoveResidence(d.context(), d.a(), vehicles.Move{Day: day("2020-03-21"), Residence: 2}))
	d.write(fill(money, vehicles.Merge{Duplicate: d.id(vinA)}))
	claim := func(year, state, until, paid string) {
		d.write(fill(`INSERT INTO due_claims VALUES (1, @dup, `+year+`, @office, @order, '`+state+`', 5, now() + interval '`+until+`', `+paid+`)`, vehicles.Merge{Duplicate: d.id(vinA)}))
	}
	claim("1394", "paid", "0", "now()")
	claim("1395", "paying", "-1 hour", "NULL")
	claim("1396", "claimed", "1 hour", "NULL")
	claim("1397", "claimed", "-1 hour", "NULL")
	claim("1398", "released", "1 hour", "NULL")
	city := scope.Municipality(1).NamingVIN(vinA)
	for name, c := range map[string]struct {
		code, field string
		in          scope.Scope
		change      func(*vehicles.ExternalReport)
	}{
		"by the platform":   {"external_payment_scope", "", d.a(), nil},
		"by an office":      {"external_payment_scope", "", scope.Office(uuid.New()).NamingVIN(vinA), nil},
		"unknown vehicle":   {"registered_vehicle_unknown", "vehicle", scope.Municipality(1).NamingVIN(vinB), nil},
		"never lived here":  {"registered_vehicle_unknown", "vehicle", scope.Municipality(3).NamingVIN(vinA), nil},
		"moved away":        {"external_payment_elsewhere", "fiscal_year", city, func(r *vehicles.ExternalReport) { r.FiscalYear = 1399 }},
		"not yet here":      {"external_payment_elsewhere", "fiscal_year", scope.Municipality(2).NamingVIN(vinA), nil},
		"next year":         {"external_payment_year", "fiscal_year", city, func(r *vehicles.ExternalReport) { r.FiscalYear = 1406 }},
		"a Gregorian year":  {"external_payment_year", "fiscal_year", city, func(r *vehicles.ExternalReport) { r.FiscalYear = 2019 }},
		"long ago":          {"external_payment_year", "fiscal_year", city, func(r *vehicles.ExternalReport) { r.FiscalYear = 1299 }},
		"nothing":           {"external_payment_amount", "amount", city, func(r *vehicles.ExternalReport) { r.AmountRial = 0 }},
		"less than nothing": {"external_payment_amount", "amount", city, func(r *vehicles.ExternalReport) { r.AmountRial = -5 }},
		"no reference":      {"reference_missing", "reference", city, func(r *vehicles.ExternalReport) { r.Reference = "" }},
		"no day":            {"day_missing", "paid_on", city, func(r *vehicles.ExternalReport) { r.PaidOn = time.Time{} }},
		"tomorrow":          {"day_future", "paid_on", city, func(r *vehicles.ExternalReport) { r.PaidOn = today.AddDate(0, 0, 1) }},
		"paid here":         {"external_payment_claimed", "fiscal_year", city, func(r *vehicles.ExternalReport) { r.FiscalYear = 1394 }},
		"being paid here":   {"external_payment_claimed", "fiscal_year", city, func(r *vehicles.ExternalReport) { r.FiscalYear = 1395 }},
		"in an order":       {"external_payment_claimed", "fiscal_year", city, func(r *vehicles.ExternalReport) { r.FiscalYear = 1396 }},
	} {
		t.Run(name, func(t *testing.T) {
			f := *d.fixture
			f.t = t
			on := *d
			on.fixture = &f
			v := report(1398)
			if c.change != nil {
				c.change(&v)
			}
			on.refused(c.code, c.field, func() error {
				_, err := d.registry.RecordExternalPayment(d.context(), c.in, v)
				return err
			})
		})
	}
	for _, year := range []int{1397, 1398} { // a lapsed and a released claim hold nothing
		if _, err := d.registry.RecordExternalPayment(d.context(), city, report(year)); err != nil {
			t.Errorf("%d: %v", year, err)
		}
	}
	if _, err := d.registry.RecordExternalPayment(d.context(), scope.Municipality(2).NamingVIN(vinA), report(1399)); err != nil {
		t.Errorf("the city of 1399: %v", err)
	}
}

func TestTwoReportsAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for round := range 5 {
		d.atOnce(4, func(int) error {
			_, err := d.registry.RecordExternalPayment(d.context(), scope.Municipality(1).NamingVIN(vinA), report(1400+round))
			return err
		}, "external_payment_reported")
	}
	if n := len(d.external(scope.Platform())); n != 5 {
		t.Errorf("%d reports stand", n)
	}
}

// TestRegistryTablesAreIsolated looks at every table of the registry in every scope.
func TestRegistryTablesAreIsolated(t *testing.T) {
	t.Parallel()
	d, m := twice(t)
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), m))
	d.ok(d.registry.TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: day("2020-05-01"), Owner: person(idA), Gap: "x"}))
	d.ok(d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.OwnerHistory, Entry: day("2020-05-01"), Owner: person(idB), Reason: "x"}))
	_, err := d.registry.RecordExternalPayment(d.context(), scope.Municipality(1).NamingVIN(vinA), report(1398))
	d.ok(err)
	d.ok(d.registry.Retire(d.context(), d.a(), vehicles.Retirement{Day: today, Manner: vehicles.Scrapped, Reference: "x"}))
	office := scope.Office(uuid.New())
	for table, sees := range map[string]struct{ platform, city, named int }{
		"vehicles":            {2, 1, 1}, // the duplicate itself is reached by nobody
		"vehicle_plates":      {2, 2, 2},
		"vehicle_residences":  {2, 2, 1},
		"vehicle_owners":      {1, 0, 1},
		"vehicle_gaps":        {2, 2, 2},
		"vehicle_corrections": {2, 0, 1},
		"vehicle_retirements": {1, 1, 1},
		"external_payments":   {1, 1, 1},
	} {
		for name, c := range map[string]struct {
			in   scope.Scope
			want int
		}{
			"platform": {scope.Platform(), sees.platform}, "its city": {scope.Municipality(1), sees.city}, "another city": {scope.Municipality(3), 0},
			"office": {office, 0}, "office that names it": {office.NamingVIN(vinA), sees.named}, "office that names another": {office.NamingVehicle(uuid.New()), 0},
			"public": {scope.Public("x"), 0},
		} {
			d.ok(d.run.InTx(d.context(), c.in, func(tx *scope.Tx) error {
				var n int
				if err := tx.DB.Raw(`SELECT count(*) FROM ` + table).Row().Scan(&n); err != nil || n != c.want {
					t.Errorf("%s sees %d rows of %s, want %d (%v)", name, n, table, c.want, err)
				}
				return nil
			}))
			writes := []string{`DELETE FROM ` + table, `INSERT INTO ` + table + ` SELECT * FROM ` + table}
			if name != "platform" {
				writes = append(writes, map[string]string{
					"vehicles": `UPDATE vehicles SET merged_into = NULL`, "vehicle_plates": `UPDATE vehicle_plates SET plate = 'x'`, "vehicle_residences": `UPDATE vehicle_residences SET residence = 3`,
					"vehicle_owners": `UPDATE vehicle_owners SET name_masked = 'x'`, "vehicle_gaps": `UPDATE vehicle_gaps SET valid_to = NULL`}[table])
			} else {
				writes = append(writes, map[string]string{"vehicle_corrections": `UPDATE vehicle_corrections SET reason = 'x'`, "vehicle_retirements": `UPDATE vehicle_retirements SET reference = 'x'`,
					"external_payments": `UPDATE external_payments SET amount_rial = 1`, "vehicle_gaps": `UPDATE vehicle_gaps SET reason = 'x'`, "vehicles": `UPDATE vehicles SET vin = 'x'`}[table])
			}
			for _, statement := range writes {
				if n := d.tries(c.in, statement); n > 0 {
					t.Errorf("%s runs %q on %d rows", name, statement, n)
				}
			}
		}
	}
}

var errUndo = errors.New("undone on purpose")

// tries counts the rows that a statement changes, or gives 0 where it is refused.
func (d *desk) tries(in scope.Scope, statement string) (n int64) {
	if statement == "" {
		return 0
	}
	_ = d.run.InTx(d.context(), in, func(tx *scope.Tx) error {
		done := tx.DB.Exec(statement)
		if done.Error == nil {
			n = done.RowsAffected
		}
		return errUndo
	})
	return n
}
