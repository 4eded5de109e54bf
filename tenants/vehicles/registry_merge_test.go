package vehicles_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// twice is a desk with the vehicle A registered again as B, of which an older plate and residence are known.
func twice(t *testing.T) (*desk, vehicles.Merge) {
	t.Helper()
	d := newDesk(t)
	d.register(vinB)
	d.write(`INSERT INTO vehicle_plates (vehicle_id, valid_from, valid_to, plate) SELECT id, '2010-01-01', '2015-01-01', '` + plateB + `' FROM vehicles WHERE vin = '` + vinB + `'`)
	d.write(`INSERT INTO vehicle_residences (vehicle_id, valid_from, residence) SELECT id, '2016-01-01', 1 FROM vehicles WHERE vin = '` + vinB + `'`)
	return d, vehicles.Merge{Keep: d.id(vinA), Duplicate: d.id(vinB), Reason: "دو بار ثبت شده"}
}

func TestMergeMovesHistory(t *testing.T) {
	t.Parallel()
	d, m := twice(t)
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), m))
	r := d.read(vinB)
	if r.Vehicle.ID != m.Keep || len(r.Merged) != 1 || r.Merged[0].ID != m.Duplicate {
		t.Errorf("the duplicate's VIN leads to %v, merged %v", r.Vehicle.ID, r.Merged)
	}
	same(t, "plates", show(r.Plates), []string{plateB + " 2010-01-01 2015-01-01", plateA + " 2015-01-01 -"})
	same(t, "residences", show(r.Residences), []string{"1 2015-01-01 -"}) // the duplicate says nothing that the kept one does not
	if len(r.Superseded) != 1 || r.Superseded[0].Cause != "merged" || r.Superseded[0].Reason != m.Reason || r.Superseded[0].Was.Plate != plateB {
		t.Errorf("superseded %+v", r.Superseded)
	}
	same(t, "audit", d.actions(), []string{"vehicle.merged_away", "vehicle.merged"})
	// A chain leads to its end, in any scope and by VIN, plate and id.
	last := d.register(vinC)
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), vehicles.Merge{Keep: last, Duplicate: m.Keep, Reason: "x"}))
	for name, s := range map[string]scope.Scope{
		"first VIN": scope.Office(uuid.New()).NamingVIN(vinB), "second VIN": scope.Platform().NamingVIN(vinA), "plate": scope.Office(uuid.New()).NamingPlate(plateA),
		"first id": scope.Office(uuid.New()).NamingVehicle(m.Duplicate), "second id": scope.Municipality(1).NamingVehicle(m.Keep), "its own VIN": scope.Platform().NamingVIN(vinC),
	} {
		d.ok(d.run.InTx(d.context(), s, func(tx *scope.Tx) error {
			if tx.VehicleID != last {
				t.Errorf("%s leads to %v, want %v", name, tx.VehicleID, last)
			}
			return nil
		}))
	}
	// A use case that names the duplicate works on the kept one.
	d.ok(d.registry.MoveResidence(d.context(), scope.Platform().NamingVIN(vinB), vehicles.Move{Day: today, Residence: 3}))
	same(t, "residences", show(d.read(vinC).Residences), []string{"1 2015-01-01 2026-11-20", "3 2026-11-20 -"})
	d.refused("vehicle_merged", "duplicate", func() error {
		return d.registry.MergeVehicles(d.context(), scope.Platform(), vehicles.Merge{Keep: last, Duplicate: m.Duplicate, Reason: "x"})
	})
	d.refused("vehicle_merged", "keep", func() error {
		return d.registry.MergeVehicles(d.context(), scope.Platform(), vehicles.Merge{Keep: m.Duplicate, Duplicate: last, Reason: "x"})
	})
}

func TestMergeNeedsADeclaredHole(t *testing.T) {
	t.Parallel()
	d, m := twice(t)
	d.write(`UPDATE vehicle_plates SET valid_to = '2014-01-01' WHERE plate = '` + plateB + `'`)
	d.refused("history_gap", "gap", func() error { return d.registry.MergeVehicles(d.context(), scope.Platform(), m) })
	m.Gap = "بایگانی ناقص"
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), m))
	same(t, "gaps", showGaps(d.read(vinA).Gaps), []string{"plate 2014-01-01 2015-01-01 بایگانی ناقص"})
}

func TestMergeAcceptsAnImportedHole(t *testing.T) {
	t.Parallel()
	d, m := twice(t)
	d.write(fill(`INSERT INTO vehicle_plates (vehicle_id, valid_from, valid_to, plate) VALUES (@dup, '2008-01-01', '2009-01-01', '`+plateC+`')`, m))
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), m))
	same(t, "plates", show(d.read(vinA).Plates), []string{plateC + " 2008-01-01 2009-01-01", plateB + " 2010-01-01 2015-01-01", plateA + " 2015-01-01 -"})
}

func TestMergeTakesDeclarationsAlong(t *testing.T) {
	t.Parallel()
	d, m := twice(t)
	d.write(`UPDATE vehicle_plates SET valid_to = '2014-01-01' WHERE plate = '` + plateB + `'`)
	d.ok(d.registry.DeclareGap(d.context(), scope.Platform().NamingVIN(vinB), vehicles.Gap{History: vehicles.PlateHistory, From: day("2014-01-01"), Reason: "فک پلاک"}))
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), m))
	same(t, "gaps", showGaps(d.read(vinA).Gaps), []string{"plate 2014-01-01 2015-01-01 فک پلاک"})
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare     string // SQL on the merge that would pass
		change      func(*vehicles.Merge)
		in          scope.Scope
		code, field string
	}{
		"by a city":     {in: scope.Municipality(1), code: "registry_scope"},
		"itself":        {change: func(m *vehicles.Merge) { m.Duplicate = m.Keep }, code: "merge_same_vehicle", field: "duplicate"},
		"no reason":     {change: func(m *vehicles.Merge) { m.Reason = "" }, code: "reason_missing", field: "reason"},
		"unknown":       {change: func(m *vehicles.Merge) { m.Duplicate = uuid.New() }, code: "registered_vehicle_unknown", field: "duplicate"},
		"into unknown":  {change: func(m *vehicles.Merge) { m.Keep = uuid.New() }, code: "registered_vehicle_unknown", field: "keep"},
		"other city":    {prepare: `UPDATE vehicle_residences SET residence = 2 WHERE vehicle_id = @dup`, code: "merge_overlap", field: "duplicate"},
		"same, earlier": {prepare: `UPDATE vehicle_residences SET valid_from = '2014-12-31' WHERE vehicle_id = @dup`, code: "merge_overlap", field: "duplicate"},
		"other plate":   {prepare: `UPDATE vehicle_plates SET valid_to = '2015-01-02' WHERE vehicle_id = @dup`, code: "merge_overlap", field: "duplicate"},
		"retired":       {prepare: `INSERT INTO vehicle_retirements VALUES (@dup, '2020-01-01', 'scrapped', 'x', now(), NULL)`, code: "vehicle_retired", field: "duplicate"},
		"keep retired":  {prepare: `INSERT INTO vehicle_retirements VALUES (@keep, '2020-01-01', 'scrapped', 'x', now(), NULL)`, code: "vehicle_retired", field: "keep"},
		"reported":      {prepare: `INSERT INTO external_payments VALUES (1, gen_random_uuid(), @dup, 1400, 1, 5, '2022-01-01', 'x', NULL, NULL, now(), NULL)`, code: "merge_has_money", field: "duplicate"},
		"claimed":       {prepare: money + `INSERT INTO due_claims VALUES (1, @dup, 1400, @office, @order, 'released', 5, now(), NULL)`, code: "merge_has_money", field: "duplicate"},
		"ordered":       {prepare: money, code: "merge_has_money", field: "duplicate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, m := twice(t)
			for _, statement := range strings.Split(c.prepare, ";") {
				if strings.TrimSpace(statement) != "" {
					d.write(fill(statement, m))
				}
			}
			if c.change != nil {
				c.change(&m)
			}
			in := c.in
			if in == (scope.Scope{}) {
				in = scope.Platform()
			}
			d.refused(c.code, c.field, func() error { return d.registry.MergeVehicles(d.context(), in, m) })
		})
	}
}

// money is an order for the duplicate.
const money = `INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES (@office, 1, 'دفتر', '1', '2020-01-01');
  INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES (@office, @office, 'u', '', 'م', 'cashier');
  INSERT INTO inquiries VALUES (@office, @office, @office, @dup, 'settlement', now(), '[]');
  INSERT INTO orders VALUES (@order, @office, @office, @dup, @office, 'x', 5, 'cancelled', now(), now());`

func fill(statement string, m vehicles.Merge) string {
	return strings.NewReplacer("@dup", "'"+m.Duplicate.String()+"'", "@keep", "'"+m.Keep.String()+"'", "@office", "'00000000-0000-7000-8000-000000000001'",
		"@order", "'00000000-0000-7000-8000-000000000002'").Replace(statement)
}

func TestImportRefusesAMergedVehicle(t *testing.T) {
	t.Parallel()
	d, m := twice(t)
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), m))
	before := d.all()
	report, result, err := d.importText(lines(vinB+","+car+",21ب14547,1396/01/01,,,,", vinB+","+car+",,,,2,1390/01/01,1391/01/01"))
	if err != nil || report != (csvimport.Report{Read: 2, Refused: 2}) {
		t.Errorf("report %+v, %v", report, err)
	}
	for _, row := range result[1:] {
		if row[1] != "vin" || row[2] != "vehicle_merged" {
			t.Errorf("refused as %q", row)
		}
	}
	same(t, "stored", d.all(), before)
}

func TestMergeAndReportTakeTurns(t *testing.T) {
	t.Parallel()
	for range 5 {
		d, m := twice(t)
		reported := make(chan error, 1)
		go func() {
			_, err := d.registry.RecordExternalPayment(d.context(), scope.Municipality(1).NamingVehicle(m.Duplicate), report(1400))
			reported <- err
		}()
		merged := d.registry.MergeVehicles(d.context(), scope.Platform(), m)
		if err := <-reported; err != nil {
			t.Errorf("reported: %v", err)
		}
		if on := d.strings(`SELECT vehicle_id::text FROM external_payments`); merged == nil && on[0] != m.Keep.String() {
			t.Errorf("merged, and the report is about %v", on)
		}
	}
}

// An order may start from an inquiry that named the duplicate before the merge: it holds the money of the vehicle that was kept, so that a report waits for it.
func TestAClaimOnADuplicateHoldsTheKeptVehicle(t *testing.T) {
	t.Parallel()
	d, m := twice(t)
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), m))
	d.ok(d.run.InTx(d.context(), scope.Office(uuid.New()), func(claim *scope.Tx) error {
		if err := vehicles.HoldMoney(claim, m.Duplicate); err != nil {
			return err
		}
		if claim.VehicleID != m.Keep {
			t.Errorf("the claim names %v, want %v", claim.VehicleID, m.Keep)
		}
		err := d.run.InTx(d.context(), scope.Platform().NamingVehicle(m.Keep), func(report *scope.Tx) error {
			if err := report.DB.Exec(`SET LOCAL lock_timeout = '50ms'`).Error; err != nil {
				return err
			}
			return vehicles.HoldVehicle(report)
		})
		if err == nil || !strings.Contains(err.Error(), "55P03") {
			t.Errorf("a report did not wait for the claim: %v", err)
		}
		return nil
	}))
}
