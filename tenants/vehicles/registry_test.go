package vehicles_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/privacy"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// today is what the registry of these tests takes for the present: 1405/08/29, in a test calendar that counts the fiscal year from 21 March.
var today = day("2026-11-20")

func day(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func fiscalYear(d time.Time) int {
	if d.Format("01-02") < "03-21" {
		return d.Year() - 622
	}
	return d.Year() - 621
}

func plate(text string) identifiers.Plate {
	p, err := identifiers.ParsePlate(text)
	if err != nil {
		panic(err)
	}
	return p
}

func person(id string) vehicles.Owner {
	n, err := identifiers.ParseNationalID(id)
	if err != nil {
		panic(err)
	}
	o, err := vehicles.NewPerson(n, "  علی‌رضا  موسوی ")
	if err != nil {
		panic(err)
	}
	return o
}

const (
	plateA = "12ب14547"
	plateB = "13ب14547"
	plateC = "14ب14547"
	idA    = "0499370899"
	idB    = "0790419904"
	idC    = "0084575948"
)

// desk is a registry over a database with the vehicle A, which has worn plateA and lived in city 1 since 2015-01-01.
type desk struct {
	*fixture
	registry *vehicles.Registry
	keys     *privacytest.Keys
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	f := newFixture(t)
	keys := privacytest.NewKeys()
	registry := vehicles.NewRegistry(f.run, keys.Ring(t), vehicles.Days{Today: func(time.Time) time.Time { return today }, FiscalYear: fiscalYear})
	d := &desk{fixture: f, registry: registry, keys: keys}
	d.register(vinA)
	d.write(`INSERT INTO vehicle_plates (vehicle_id, valid_from, plate) SELECT id, '2015-01-01', '` + plateA + `' FROM vehicles`)
	d.write(`INSERT INTO vehicle_residences (vehicle_id, valid_from, residence) SELECT id, '2015-01-01', 1 FROM vehicles`)
	return d
}

func (d *desk) register(vin string) uuid.UUID {
	d.t.Helper()
	id := uuid.Must(uuid.NewV7())
	d.write(`INSERT INTO vehicles (id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered)
	  VALUES ('` + id.String() + `', '` + vin + `', 'passenger_car', 'private', 'petrol', 'domestic', 4, 'pride-131', 1393, '2015-01-01')`)
	return id
}

func (d *desk) a() scope.Scope { return scope.Platform().NamingVIN(vinA) }

func (d *desk) id(vin string) uuid.UUID {
	d.t.Helper()
	return uuid.MustParse(d.strings(`SELECT id::text FROM vehicles WHERE vin = '` + vin + `'`)[0])
}

func (d *desk) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// refused expects a fault with a code on a field ("" for none), and nothing written.
func (d *desk) refused(code, field string, fn func() error) {
	d.t.Helper()
	before := d.everything()
	err := fn()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code {
		d.t.Errorf("got %v, want %s", err, code)
		return
	}
	var fields []string
	for _, x := range f.Fields {
		fields = append(fields, x.Name)
	}
	if got := strings.Join(fields, ","); got != field {
		d.t.Errorf("%s blames %q, want %q", code, got, field)
	}
	same(d.t, code+" leaves", d.everything(), before)
}

// everything is all that a use case may write, in order.
func (d *desk) everything() []string {
	d.t.Helper()
	var all []string
	for _, table := range []string{"vehicles", "vehicle_plates", "vehicle_residences", "vehicle_owners", "owner_identities", "vehicle_gaps", "vehicle_corrections", "vehicle_retirements", "external_payments", "audit_log"} {
		all = append(all, d.strings(`SELECT '`+table+` ' || row_to_json(x)::text FROM `+table+` x ORDER BY 1`)...)
	}
	return all
}

func (d *desk) read(vin string) vehicles.Record {
	d.t.Helper()
	record, err := d.registry.Read(d.context(), scope.Platform().NamingVIN(vin), "test")
	d.ok(err)
	return record
}

// actions are the audit records but those of reading, oldest first.
func (d *desk) actions() []string {
	d.t.Helper()
	return d.strings(`SELECT action FROM audit_log WHERE action <> 'vehicle.read' ORDER BY id`)
}

func show(periods []vehicles.Period) []string {
	var out []string
	for _, p := range periods {
		value := p.Plate + p.Owner.ID
		if p.Residence != 0 {
			value = string(rune('0' + p.Residence))
		}
		out = append(out, value+" "+p.From.Format(time.DateOnly)+" "+end(p.To))
	}
	return out
}

func showGaps(gaps []vehicles.Gap) []string {
	var out []string
	for _, g := range gaps {
		out = append(out, string(g.History)+" "+g.From.Format(time.DateOnly)+" "+end(g.To)+" "+g.Reason)
	}
	return out
}

func end(d time.Time) string {
	if d.IsZero() {
		return "-"
	}
	return d.Format(time.DateOnly)
}

func TestTransferEndsAndBegins(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ok(d.registry.TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: day("2020-05-01"), Owner: person(idA), Plate: plate(plateB), Residence: 2}))
	// The plate stays with the seller, so it may go on another vehicle of his; a move within the city is still a new residence.
	d.register(vinB)
	d.ok(d.registry.ChangePlate(d.context(), scope.Platform().NamingVIN(vinB), vehicles.NewPlate{Day: day("2020-05-01"), Plate: plate(plateA)}))
	d.ok(d.registry.TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: today, Owner: person(idB), Plate: plate(plateC), Residence: 2}))
	r := d.read(vinA)
	same(t, "owners", show(r.Owners), []string{"*******899 2020-05-01 2026-11-20", "*******904 2026-11-20 -"})
	same(t, "plates", show(r.Plates), []string{plateA + " 2015-01-01 2020-05-01", plateB + " 2020-05-01 2026-11-20", plateC + " 2026-11-20 -"})
	same(t, "residences", show(r.Residences), []string{"1 2015-01-01 2020-05-01", "2 2020-05-01 2026-11-20", "2 2026-11-20 -"})
	same(t, "audit", d.actions(), []string{"vehicle.transferred", "vehicle.plate_changed", "vehicle.transferred"})
	same(t, "gaps", showGaps(r.Gaps), nil)
	if len(r.Superseded) != 0 {
		t.Errorf("a transfer supersedes %v", r.Superseded)
	}
}

func TestTransferWithoutPlateAndResidence(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	without := vehicles.Transfer{Day: day("2020-05-01"), Owner: person(idA)}
	d.refused("history_gap", "gap", func() error { return d.registry.TransferOwnership(d.context(), d.a(), without) })
	without.Gap = "سند در راه است"
	d.ok(d.registry.TransferOwnership(d.context(), d.a(), without))
	same(t, "declared", showGaps(d.read(vinA).Gaps), []string{"plate 2020-05-01 - سند در راه است", "residence 2020-05-01 - سند در راه است"})
	// What begins later ends the declaration.
	d.ok(d.registry.MoveResidence(d.context(), d.a(), vehicles.Move{Day: day("2020-06-01"), Residence: 3}))
	d.ok(d.registry.ChangePlate(d.context(), d.a(), vehicles.NewPlate{Day: day("2020-05-01"), Plate: plate(plateB)}))
	r := d.read(vinA)
	same(t, "closed", showGaps(r.Gaps), []string{"residence 2020-05-01 2020-06-01 سند در راه است"})
	same(t, "residences", show(r.Residences), []string{"1 2015-01-01 2020-05-01", "3 2020-06-01 -"})
	same(t, "plates", show(r.Plates), []string{plateA + " 2015-01-01 2020-05-01", plateB + " 2020-05-01 -"})
	// An ended declaration does not cover a later hole.
	d.refused("history_gap", "gap", func() error {
		return d.registry.TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: day("2021-05-01"), Owner: person(idB), Plate: plate(plateC)})
	})
}

func TestOwnersAreKeptMasked(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ok(d.registry.TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: day("2020-05-01"), Owner: person(idA), Plate: plate(plateB), Residence: 2}))
	legalID, err := identifiers.ParseLegalID("10380284790")
	d.ok(err)
	company, err := vehicles.NewLegalPerson(legalID, "شرکت نمونه")
	d.ok(err)
	d.ok(d.registry.TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: day("2021-05-01"), Owner: company, Plate: plate(plateC), Residence: 2}))
	owners := d.read(vinA).Owners
	if o := owners[0].Owner; o.Kind != vehicles.Person || o.ID != "*******899" || o.Name != "ع*** م***" {
		t.Errorf("person %+v", o)
	}
	if o := owners[1].Owner; o.Kind != vehicles.LegalPerson || o.ID != "********790" || o.Name != "ش*** ن***" || o.Same(owners[0].Owner) {
		t.Errorf("company %+v", o)
	}
	for _, row := range d.everything() {
		for _, clear := range []string{idA, "10380284790", "موسوی", "نمونه"} {
			if strings.Contains(row, clear) {
				t.Errorf("%q is stored in clear: %s", clear, row)
			}
		}
	}
	// The hash is keyed: another key gives another one, the same key the same.
	other := newDesk(t)
	for key, equal := range map[string]bool{privacytest.Index: true, strings.Repeat("q", 32): false} {
		ring, err := privacy.NewKeyring(func() (map[privacy.KeyID][]byte, error) { return map[privacy.KeyID][]byte{1: []byte(key)}, nil }, d.keys.All, rand.Reader)
		other.ok(err)
		registry := vehicles.NewRegistry(other.run, ring, vehicles.Days{Today: func(time.Time) time.Time { return today }, FiscalYear: fiscalYear})
		vin := map[bool]string{true: vinA, false: vinB}[equal]
		if vin == vinB {
			other.register(vinB)
		}
		other.ok(registry.TransferOwnership(other.context(), scope.Platform().NamingVIN(vin), vehicles.Transfer{Day: day("2020-05-01"), Owner: person(idA), Plate: plate(map[bool]string{true: plateB, false: plateC}[equal]), Residence: 2}))
		if got := other.read(vin).Owners[0].Owner.Same(owners[0].Owner); got != equal {
			t.Errorf("key %q gives the same hash: %t", key, got)
		}
	}
	if _, err := vehicles.NewPerson("0499370899", " ۱۲ "); fault.Of(err) == nil || fault.Of(err).Code != "owner_name" {
		t.Errorf("a name without letters: %v", err)
	}
	if text := person(idA).String(); text != "[redacted]" {
		t.Errorf("an owner prints %q", text)
	}
}

func TestRegistryRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.register(vinB)
	d.ok(d.registry.ChangePlate(d.context(), scope.Platform().NamingVIN(vinB), vehicles.NewPlate{Day: day("2016-01-01"), Plate: plate("99ق99999")}))
	d.ok(d.registry.TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: day("2020-05-01"), Owner: person(idA), Plate: plate(plateB), Residence: 2}))
	retired := d.register(vinC)
	d.ok(d.registry.Retire(d.context(), scope.Platform().NamingVIN(vinC), vehicles.Retirement{Day: day("2020-01-01"), Manner: vehicles.Scrapped, Reference: "S-1"}))
	transfer := func(change func(*vehicles.Transfer)) func(scope.Scope) error {
		v := vehicles.Transfer{Day: day("2022-01-01"), Owner: person(idB), Plate: plate(plateC), Residence: 3}
		change(&v)
		return func(s scope.Scope) error { return d.registry.TransferOwnership(d.context(), s, v) }
	}
	move := func(on string, city int) func(scope.Scope) error {
		return func(s scope.Scope) error {
			return d.registry.MoveResidence(d.context(), s, vehicles.Move{Day: day(on), Residence: city})
		}
	}
	gap := func(g vehicles.Gap) func(scope.Scope) error {
		return func(s scope.Scope) error { return d.registry.DeclareGap(d.context(), s, g) }
	}
	retire := func(r vehicles.Retirement) func(scope.Scope) error {
		return func(s scope.Scope) error { return d.registry.Retire(d.context(), s, r) }
	}
	fix := func(c vehicles.Correction) func(scope.Scope) error {
		return func(s scope.Scope) error { return d.registry.CorrectEntry(d.context(), s, c) }
	}
	for name, c := range map[string]struct {
		code, field string
		in          scope.Scope
		do          func(scope.Scope) error
	}{
		"transfer by a city":          {"registry_scope", "", scope.Municipality(1).NamingVIN(vinA), transfer(func(*vehicles.Transfer) {})},
		"transfer by an office":       {"registry_scope", "", scope.Office(uuid.New()).NamingVIN(vinA), transfer(func(*vehicles.Transfer) {})},
		"unknown vehicle":             {"registered_vehicle_unknown", "vehicle", scope.Platform().NamingVIN("NAAM01CA9EH000000"), transfer(func(*vehicles.Transfer) {})},
		"no vehicle":                  {"registered_vehicle_unknown", "vehicle", scope.Platform(), transfer(func(*vehicles.Transfer) {})},
		"no owner":                    {"owner_required", "owner", d.a(), transfer(func(v *vehicles.Transfer) { v.Owner = vehicles.Owner{} })},
		"the same owner":              {"entry_unchanged", "owner", d.a(), transfer(func(v *vehicles.Transfer) { v.Owner = person(idA) })},
		"the seller's plate":          {"entry_unchanged", "plate", d.a(), transfer(func(v *vehicles.Transfer) { v.Plate = plate(plateB) })},
		"another vehicle's plate":     {"plate_taken", "plate", d.a(), transfer(func(v *vehicles.Transfer) { v.Plate = plate("99ق99999") })},
		"an unknown city":             {"municipality_unknown", "residence", d.a(), transfer(func(v *vehicles.Transfer) { v.Residence = 999 })},
		"no day":                      {"day_missing", "day", d.a(), transfer(func(v *vehicles.Transfer) { v.Day = time.Time{} })},
		"tomorrow":                    {"day_future", "day", d.a(), transfer(func(v *vehicles.Transfer) { v.Day = today.AddDate(0, 0, 1) })},
		"before the running period":   {"day_before_period", "day", d.a(), transfer(func(v *vehicles.Transfer) { v.Day = day("2019-01-01") })},
		"on the running period's day": {"day_before_period", "day", d.a(), transfer(func(v *vehicles.Transfer) { v.Day = day("2020-05-01") })},
		"no plate, no reason":         {"history_gap", "gap", d.a(), transfer(func(v *vehicles.Transfer) { v.Plate = identifiers.Plate{} })},
		"a retired vehicle":           {"vehicle_retired", "vehicle", scope.Platform().NamingVehicle(retired), transfer(func(*vehicles.Transfer) {})},
		"move to nowhere":             {"residence_missing", "residence", d.a(), move("2022-01-01", 0)},
		"move to the same city":       {"entry_unchanged", "residence", d.a(), move("2022-01-01", 2)},
		"move too early":              {"day_before_period", "day", d.a(), move("2020-04-30", 3)},
		"no new plate": {"plate_missing", "plate", d.a(), func(s scope.Scope) error {
			return d.registry.ChangePlate(d.context(), s, vehicles.NewPlate{Day: today})
		}},
		"gap of nothing":               {"history_unknown", "history", d.a(), gap(vehicles.Gap{History: "colour", From: today, Reason: "x"})},
		"gap without a reason":         {"reason_missing", "reason", d.a(), gap(vehicles.Gap{History: vehicles.PlateHistory, From: today})},
		"gap that ends first":          {"period_order", "to", d.a(), gap(vehicles.Gap{History: vehicles.PlateHistory, From: day("2012-01-01"), To: day("2012-01-01"), Reason: "x"})},
		"gap over a period":            {"gap_covered", "from", d.a(), gap(vehicles.Gap{History: vehicles.PlateHistory, From: day("2014-12-01"), To: day("2015-01-02"), Reason: "x"})},
		"gap before a running period":  {"day_before_period", "day", d.a(), gap(vehicles.Gap{History: vehicles.PlateHistory, From: day("2015-01-01"), Reason: "x"})},
		"retire somehow":               {"retirement_manner", "manner", d.a(), retire(vehicles.Retirement{Day: today, Manner: "sold", Reference: "x"})},
		"retire without paper":         {"reference_missing", "reference", d.a(), retire(vehicles.Retirement{Day: today, Manner: vehicles.Exported})},
		"retire under a residence":     {"period_later", "day", d.a(), retire(vehicles.Retirement{Day: day("2019-01-01"), Manner: vehicles.Exported, Reference: "x"})},
		"retire twice":                 {"vehicle_retired", "vehicle", scope.Platform().NamingVIN(vinC), retire(vehicles.Retirement{Day: today, Manner: vehicles.Exported, Reference: "x"})},
		"correct nothing":              {"entry_unknown", "entry", d.a(), fix(vehicles.Correction{History: vehicles.PlateHistory, Entry: day("2015-01-02"), Reason: "x"})},
		"correct some history":         {"history_unknown", "history", d.a(), fix(vehicles.Correction{History: "colour", Entry: day("2015-01-01"), Reason: "x"})},
		"correct without reason":       {"reason_missing", "reason", d.a(), fix(vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2020-05-01"), Residence: 3})},
		"correct to the same":          {"entry_unchanged", "residence", d.a(), fix(vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2020-05-01"), Residence: 2, Reason: "x"})},
		"correct to end first":         {"period_order", "to", d.a(), fix(vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2020-05-01"), To: day("2020-05-01"), Reason: "x"})},
		"correct into the future":      {"day_future", "to", d.a(), fix(vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2020-05-01"), To: day("2027-01-01"), Reason: "x"})},
		"correct to begin tomorrow":    {"day_future", "from", d.a(), fix(vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2020-05-01"), From: day("2027-01-01"), Reason: "x"})},
		"correct over the whole":       {"period_overlap", "residence", d.a(), fix(vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2020-05-01"), From: day("2015-01-01"), Reason: "x"})},
		"correct the first to go on":   {"period_overlap", "residence", d.a(), fix(vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2015-01-01"), Reason: "x"})},
		"correct into a hole":          {"history_gap", "gap", d.a(), fix(vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2020-05-01"), To: day("2021-05-01"), Reason: "x"})},
		"correct to an unknown city":   {"municipality_unknown", "residence", d.a(), fix(vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2020-05-01"), Residence: 999, Reason: "x"})},
		"correct to a plate of others": {"plate_taken", "plate", d.a(), fix(vehicles.Correction{History: vehicles.PlateHistory, Entry: day("2015-01-01"), To: day("2020-05-01"), Plate: plate("99ق99999"), Reason: "x"})},
	} {
		t.Run(name, func(t *testing.T) {
			on := *d
			f := *d.fixture
			f.t = t
			on.fixture = &f
			on.refused(c.code, c.field, func() error { return c.do(c.in) })
		})
	}
}

func TestLaterPeriodsRefuse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.write(`UPDATE vehicle_residences SET valid_to = '2020-01-01'`)
	move := func(on string) func() error {
		return func() error {
			return d.registry.MoveResidence(d.context(), d.a(), vehicles.Move{Day: day(on), Residence: 2})
		}
	}
	d.refused("period_later", "day", move("2019-06-01"))
	d.refused("period_later", "day", move("2014-06-01"))
	d.refused("history_gap", "gap", move("2020-06-01")) // nothing says where the owner lived in between
	d.ok(move("2020-01-01")())
}

func TestDeclaredGaps(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	off := vehicles.Gap{History: vehicles.PlateHistory, From: day("2019-01-01"), Reason: "فک پلاک"}
	d.ok(d.registry.DeclareGap(d.context(), d.a(), off))
	same(t, "plates", show(d.read(vinA).Plates), []string{plateA + " 2015-01-01 2019-01-01"})
	d.refused("gap_declared", "from", func() error {
		return d.registry.DeclareGap(d.context(), d.a(), vehicles.Gap{History: vehicles.PlateHistory, From: day("2020-01-01"), To: day("2020-02-01"), Reason: "x"})
	})
	d.refused("gap_covered", "from", func() error {
		return d.registry.DeclareGap(d.context(), d.a(), vehicles.Gap{History: vehicles.PlateHistory, From: day("2018-01-01"), To: day("2018-02-01"), Reason: "x"})
	})
	d.ok(d.registry.ChangePlate(d.context(), d.a(), vehicles.NewPlate{Day: day("2021-01-01"), Plate: plate(plateB)}))
	// Neither side may reach over the declared days into the other.
	over := vehicles.Correction{History: vehicles.PlateHistory, Entry: day("2015-01-01"), To: day("2021-06-01"), Reason: "x"}
	d.refused("period_overlap", "plate", func() error { return d.registry.CorrectEntry(d.context(), d.a(), over) })
	over = vehicles.Correction{History: vehicles.PlateHistory, Entry: day("2021-01-01"), From: day("2018-06-01"), Reason: "x"}
	d.refused("period_overlap", "plate", func() error { return d.registry.CorrectEntry(d.context(), d.a(), over) })
	// Days before the first period are declared for the sake of a merge or of an import.
	d.ok(d.registry.DeclareGap(d.context(), d.a(), vehicles.Gap{History: vehicles.OwnerHistory, From: day("2015-01-01"), To: day("2016-01-01"), Reason: "بایگانی سوخته"}))
	same(t, "gaps", showGaps(d.read(vinA).Gaps), []string{"owner 2015-01-01 2016-01-01 بایگانی سوخته", "plate 2019-01-01 2021-01-01 فک پلاک"})
	same(t, "audit", d.actions(), []string{"vehicle.gap_declared", "vehicle.plate_changed", "vehicle.gap_declared"})
}

func TestCorrectionKeepsTheWrongEntry(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	clerk := uuid.Must(uuid.NewV7())
	as := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: clerk})
	d.ok(d.registry.TransferOwnership(as, d.a(), vehicles.Transfer{Day: day("2020-05-01"), Owner: person(idA), Plate: plate(plateB), Residence: 2}))
	// A wrong day moves the neighbour along.
	d.ok(d.registry.CorrectEntry(as, d.a(), vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2020-05-01"), From: day("2019-05-01"), Reason: "روز اشتباه"}))
	// A wrong value, and one of which nothing else is known.
	d.ok(d.registry.CorrectEntry(as, d.a(), vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2015-01-01"), To: day("2018-05-01"), Residence: 3, Reason: "شهر اشتباه", Gap: ""}))
	d.ok(d.registry.CorrectEntry(as, d.a(), vehicles.Correction{History: vehicles.OwnerHistory, Entry: day("2020-05-01"), Owner: person(idC), Reason: "کد ملی اشتباه"}))
	d.ok(d.registry.CorrectEntry(as, d.a(), vehicles.Correction{History: vehicles.PlateHistory, Entry: day("2020-05-01"), Plate: plate(plateC), Reason: "پلاک اشتباه"}))
	r := d.read(vinA)
	same(t, "residences", show(r.Residences), []string{"3 2015-01-01 2018-05-01", "2 2018-05-01 -"})
	same(t, "owners", show(r.Owners), []string{"*******948 2020-05-01 -"})
	same(t, "plates", show(r.Plates), []string{plateA + " 2015-01-01 2020-05-01", plateC + " 2020-05-01 -"})
	var old []string
	for _, s := range r.Superseded {
		old = append(old, string(s.History)+" "+strings.Join(show([]vehicles.Period{s.Was}), "")+" → "+strings.Join(show([]vehicles.Period{s.Now}), "")+" "+s.Reason)
		if s.Actor != clerk || s.Cause != "corrected" || s.At.IsZero() {
			t.Errorf("superseded by %v at %v: %s", s.Actor, s.At, s.Cause)
		}
	}
	same(t, "superseded", old, []string{
		"residence 1 2015-01-01 2020-05-01 → 1 2015-01-01 2019-05-01 روز اشتباه",
		"residence 2 2020-05-01 - → 2 2019-05-01 - روز اشتباه",
		"residence 2 2019-05-01 - → 2 2018-05-01 - شهر اشتباه",
		"residence 1 2015-01-01 2019-05-01 → 3 2015-01-01 2018-05-01 شهر اشتباه",
		"owner *******899 2020-05-01 - → *******948 2020-05-01 - کد ملی اشتباه",
		"plate " + plateB + " 2020-05-01 - → " + plateC + " 2020-05-01 - پلاک اشتباه",
	})
	// A corrected plate is free again.
	d.register(vinB)
	d.ok(d.registry.ChangePlate(d.context(), scope.Platform().NamingVIN(vinB), vehicles.NewPlate{Day: day("2020-05-01"), Plate: plate(plateB)}))
	// An entry shortened for a stated reason leaves declared days.
	d.ok(d.registry.CorrectEntry(as, d.a(), vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2018-05-01"), To: day("2021-05-01"), Reason: "x", Gap: "خارج از کشور"}))
	same(t, "gaps", showGaps(d.read(vinA).Gaps), []string{"residence 2021-05-01 - خارج از کشور"})
	if got := d.strings(`SELECT DISTINCT actor_id::text FROM audit_log WHERE action = 'vehicle.entry_corrected'`); !slices.Equal(got, []string{clerk.String()}) {
		t.Errorf("audited as %v", got)
	}
}

func TestRetire(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ok(d.registry.Retire(d.context(), d.a(), vehicles.Retirement{Day: day("2024-02-01"), Manner: vehicles.Exported, Reference: "گمرک ۱۲"}))
	r := d.read(vinA)
	if r.Retired == nil || *r.Retired != (vehicles.Retirement{Day: day("2024-02-01"), Manner: vehicles.Exported, Reference: "گمرک ۱۲"}) {
		t.Errorf("retired %+v", r.Retired)
	}
	same(t, "plates", show(r.Plates), []string{plateA + " 2015-01-01 2024-02-01"})
	same(t, "residences", show(r.Residences), []string{"1 2015-01-01 -"})
	same(t, "audit", d.actions(), []string{"vehicle.retired"})
	fix := vehicles.Correction{History: vehicles.PlateHistory, Entry: day("2015-01-01"), Reason: "x"}
	d.refused("vehicle_retired", "to", func() error { return d.registry.CorrectEntry(d.context(), d.a(), fix) })
	// Old entries can still be put right, and after the retirement nothing is missing.
	d.ok(d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2015-01-01"), To: day("2024-02-01"), Reason: "x"}))
	d.refused("history_gap", "gap", func() error {
		return d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2015-01-01"), To: day("2024-01-31"), Reason: "x"})
	})
	d.ok(d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2015-01-01"), Residence: 2, Reason: "x"}))
}

// atOnce runs n rivals and expects one winner; the others get one of the codes.
func (d *desk) atOnce(n int, rival func(i int) error, codes ...string) {
	d.t.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = rival(i) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if f := fault.Of(err); f == nil || !slices.Contains(codes, f.Code) {
			d.t.Errorf("a loser gets %v", err)
		}
	}
	if won != 1 {
		d.t.Errorf("%d of %d won", won, n)
	}
}

func TestTwoTransfersAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owners := []vehicles.Owner{person(idA), person(idB), person(idC)}
	for round := range 10 {
		on := day("2020-05-01").AddDate(0, round, 0)
		d.atOnce(4, func(i int) error {
			worn := plate(fmt.Sprintf("%d%dب14547", 1+round%9, 1+i))
			return d.registry.TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: on, Owner: owners[i%3], Plate: worn, Residence: 2})
		}, "day_before_period", "entry_unchanged")
	}
	if r := d.read(vinA); len(r.Owners) != 10 || len(r.Plates) != 11 || len(r.Residences) != 11 {
		t.Errorf("%+v", r)
	}
	if n := len(d.actions()); n != 10 {
		t.Errorf("%d audit records", n)
	}
}

// holdCorrections stops every correction where it writes what it supersedes; the answer lets go once so many transactions wait for somebody.
func (d *desk) holdCorrections() (release func(waiting int)) {
	d.t.Helper()
	owner := pgtest.Open(d.t, d.db.OwnerURL)
	tx, err := owner.BeginTx(d.t.Context(), nil)
	d.ok(err)
	_, err = tx.ExecContext(d.t.Context(), `LOCK TABLE vehicle_corrections IN SHARE MODE`)
	d.ok(err)
	return func(waiting int) {
		for range 500 {
			var n int
			err := tx.QueryRowContext(d.t.Context(), `SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&n)
			if err != nil || n >= waiting {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		_ = tx.Rollback()
	}
}

func TestVehiclesWantOnePlate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	vins := []string{"NAS00000000000001", "NAS00000000000002", "NAS00000000000003"}
	for i, vin := range vins {
		d.register(vin)
		for n, begin := range []string{"2016-01-01", "2017-01-01"} {
			d.ok(d.registry.ChangePlate(d.context(), scope.Platform().NamingVIN(vin), vehicles.NewPlate{Day: day(begin), Plate: plate(fmt.Sprintf("9%dب1454%d", 1+i, 1+n))}))
		}
	}
	for round := range 5 {
		wanted := plate(fmt.Sprintf("5%dب14547", 1+round))
		release := d.holdCorrections()
		go release(3)
		d.atOnce(3, func(i int) error {
			return d.registry.CorrectEntry(d.context(), scope.Platform().NamingVIN(vins[i]), vehicles.Correction{History: vehicles.PlateHistory, Entry: day("2016-01-01"), To: day("2017-01-01"), Plate: wanted, Reason: "x"})
		}, "plate_taken")
		wanted = plate(fmt.Sprintf("6%dب14547", 1+round))
		d.atOnce(3, func(i int) error {
			return d.registry.ChangePlate(d.context(), scope.Platform().NamingVIN(vins[i]), vehicles.NewPlate{Day: day("2018-01-01").AddDate(0, round, 0), Plate: wanted})
		}, "plate_taken")
	}
}

func TestReadNeedsAPurpose(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	read := func(s scope.Scope, purpose string) func() error {
		return func() error { _, err := d.registry.Read(d.context(), s, purpose); return err }
	}
	d.refused("reason_missing", "purpose", read(d.a(), ""))
	d.refused("registered_vehicle_unknown", "vehicle", read(scope.Platform().NamingVIN(vinB), "x"))
	d.refused("registered_vehicle_unknown", "vehicle", read(scope.Municipality(2).NamingVIN(vinA), "x"))
	d.ok(read(scope.Municipality(1).NamingVIN(vinA), "اعتراض مالک")())
	same(t, "audit", d.strings(`SELECT action || ' ' || owner || ' ' || purpose || ' ' || target_id FROM audit_log`),
		[]string{"vehicle.read municipality:1 اعتراض مالک " + d.id(vinA).String()})
}

// TestCorrectionLetsTheNeighbourTakeTheOldDay moves a period so far back that the next one begins on the very day on which the wrong one did.
func TestCorrectionLetsTheNeighbourTakeTheOldDay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, move := range []vehicles.Move{{Day: day("2018-05-01"), Residence: 2}, {Day: day("2020-05-01"), Residence: 3}} {
		d.ok(d.registry.MoveResidence(d.context(), d.a(), move))
	}
	d.ok(d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2018-05-01"), From: day("2016-05-01"), To: day("2018-05-01"), Reason: "x"}))
	same(t, "residences", show(d.read(vinA).Residences), []string{"1 2015-01-01 2016-05-01", "2 2016-05-01 2018-05-01", "3 2018-05-01 -"})
}
