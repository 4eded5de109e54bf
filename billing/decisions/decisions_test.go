package decisions_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/decisions"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/fault"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

const (
	vin    = "NAS411100G1205277" // lives in city 1, lived in city 2, never in city 3
	plate  = "12ب14547"
	second = "NAAM01CA0ER123456" // lives in city 1
)

var (
	now     = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	today   = calendar.DateOf(now) // 1405/08/29
	because = fault.Text{FA: "رأی کمیسیون", EN: "ruling of the board"}
)

type fixture struct {
	t     *testing.T
	run   *scope.Runner
	svc   *decisions.Service
	clock *time.Time
	actor scope.Actor
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 6)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	clock := now
	f := &fixture{t: t, clock: &clock, actor: scope.Actor{Kind: scope.ActorPerson, ID: uuid.MustParse("00000000-0000-7000-8000-0000000000aa")}}
	f.run = scope.NewRunner(db, func() time.Time { return *f.clock }, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	f.svc = decisions.NewService(f.run)
	for i := range 3 {
		f.sql(fmt.Sprintf(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix) VALUES (%d, 'ش%d', 'C%d', 'ا', 'P', 'ش', 100, %d)`, i+1, i+1, i+1, i+1))
	}
	for _, v := range []string{vin, second} {
		f.sql(`INSERT INTO vehicles (id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered)
		  VALUES (gen_random_uuid(), '` + v + `', 'passenger_car', 'private', 'petrol', 'domestic', 4, 'pride-131', 1393, '2015-01-01')`)
		f.sql(`INSERT INTO vehicle_residences (vehicle_id, valid_from, residence) SELECT id, '2019-01-01', 1 FROM vehicles WHERE vin = '` + v + `'`)
	}
	f.sql(`INSERT INTO vehicle_residences (vehicle_id, valid_from, valid_to, residence) SELECT id, '2015-01-01', '2019-01-01', 2 FROM vehicles WHERE vin = '` + vin + `'`)
	f.sql(`INSERT INTO vehicle_plates (vehicle_id, valid_from, plate) SELECT id, '2015-01-01', '` + plate + `' FROM vehicles WHERE vin = '` + vin + `'`)
	return f
}

func (f *fixture) ctx() context.Context { return scope.WithActor(f.t.Context(), f.actor) }

func (f *fixture) sql(statement string) {
	f.t.Helper()
	if err := f.run.InTx(f.ctx(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(statement).Error }); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) strings(query string) (list []string) {
	f.t.Helper()
	if err := f.run.InTx(f.ctx(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query).Scan(&list).Error }); err != nil {
		f.t.Fatal(err)
	}
	return list
}

func (f *fixture) id(v string) uuid.UUID {
	f.t.Helper()
	return uuid.MustParse(f.strings(`SELECT id::text FROM vehicles WHERE vin = '` + v + `'`)[0])
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func city(code int) scope.Scope { return scope.Municipality(code).NamingVIN(vin) }

func discount() decisions.Request {
	return decisions.Request{Kind: dues.GrantDiscount, FromYear: 1400, ThroughYear: 1402, Rate: 250_000, Reason: because}
}

// refused expects a fault on a field ("" for none), and nothing written.
func (f *fixture) refused(code, field string, err error) {
	f.t.Helper()
	fa := fault.Of(err)
	if fa == nil || fa.Code != code {
		f.t.Errorf("got %v, want %s", err, code)
		return
	}
	var fields []string
	for _, x := range fa.Fields {
		fields = append(fields, x.Name)
	}
	if got := strings.Join(fields, ","); got != field {
		f.t.Errorf("%s blames %q, want %q", code, got, field)
	}
}

func TestDecideByEveryName(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.id(vin)
	for name, in := range map[string]scope.Scope{"VIN": city(1), "plate": scope.Municipality(1).NamingPlate(plate),
		"id": scope.Municipality(1).NamingVehicle(id), "a former city": city(2), "national": scope.Platform().NamingVIN(vin)} {
		d, err := f.svc.Decide(f.ctx(), in, discount())
		if err != nil || d.VehicleID != id || d.ValidFrom != today || !d.ValidTo.IsZero() || d.State != decisions.Holding || d.Actor != f.actor.ID.String() || d.MunicipalityID != in.MunicipalityID() {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	if n := f.strings(`SELECT count(*)::text || ' ' || min(actor_kind) FROM due_decisions WHERE rate_ppm = 250000 AND amount_rial IS NULL AND charge IS NULL`)[0]; n != "5 person" {
		t.Errorf("stored %s", n)
	}
	if n := f.strings(`SELECT count(*)::text FROM audit_log WHERE action = 'decision.granted' AND target_id = '` + id.String() + `' AND details->>'rate_ppm' = '250000'`)[0]; n != "5" {
		t.Errorf("audited %s", n)
	}
}

func TestDecideRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, c := range map[string]struct {
		in          scope.Scope
		change      func(*decisions.Request)
		code, field string
	}{
		"an office":               {in: scope.Office(uuid.New()).NamingVIN(vin), code: "decision_scope"},
		"the public":              {in: scope.Public("x"), code: "decision_scope"},
		"unknown VIN":             {in: scope.Platform().NamingVIN("NAAM01CA0ER999999"), code: "registered_vehicle_unknown", field: "vehicle"},
		"unknown id":              {in: scope.Platform().NamingVehicle(uuid.New()), code: "registered_vehicle_unknown", field: "vehicle"},
		"no vehicle":              {in: scope.Municipality(1), code: "registered_vehicle_unknown", field: "vehicle"},
		"never lived there":       {in: city(3), code: "registered_vehicle_unknown", field: "vehicle"},
		"kind":                    {change: func(r *decisions.Request) { r.Kind = "gift" }, code: "decision_kind", field: "kind"},
		"charge":                  {change: func(r *decisions.Request) { r.Charge = "toll" }, code: "decision_charge", field: "charge"},
		"charge of a whole due":   {change: func(r *decisions.Request) { r.Kind, r.Rate, r.Charge = dues.HoldForReview, 0, tariffs.AnnualDuty }, code: "decision_charge", field: "charge"},
		"no year":                 {change: func(r *decisions.Request) { r.FromYear = 0 }, code: "decision_years", field: "from_year"},
		"years turned round":      {change: func(r *decisions.Request) { r.ThroughYear = 1399 }, code: "decision_years", field: "through_year"},
		"no measure":              {change: func(r *decisions.Request) { r.Rate = 0 }, code: "decision_measure", field: "rate_ppm"},
		"both measures":           {change: func(r *decisions.Request) { r.Amount = 5 }, code: "decision_measure", field: "amount"},
		"more than all":           {change: func(r *decisions.Request) { r.Rate = money.One + 1 }, code: "decision_measure", field: "rate_ppm"},
		"less than nothing":       {change: func(r *decisions.Request) { r.Rate, r.Amount = 0, -5 }, code: "decision_measure", field: "amount"},
		"extra without an amount": {change: func(r *decisions.Request) { r.Kind, r.Rate = dues.AddExtra, 0 }, code: "decision_measure", field: "amount"},
		"too large":               {change: func(r *decisions.Request) { r.Kind, r.Rate, r.Amount = dues.GiveCredit, 0, 1_000_000_000_000_001 }, code: "decision_measure", field: "amount"},
		"exemption with a rate":   {change: func(r *decisions.Request) { r.Kind = dues.GrantExemption }, code: "decision_measure", field: "rate_ppm"},
		"reason in one language":  {change: func(r *decisions.Request) { r.Reason.EN = " \t" }, code: "decision_reason", field: "reason"},
		"long reason":             {change: func(r *decisions.Request) { r.Reason.FA = strings.Repeat("ر", 501) }, code: "decision_reason", field: "reason"},
		"reason with an escape":   {change: func(r *decisions.Request) { r.Reason.EN = "a\x1b[2J" }, code: "decision_reason", field: "reason"},
		"reason in no encoding":   {change: func(r *decisions.Request) { r.Reason.EN = "a\xff" }, code: "decision_reason", field: "reason"},
		"yesterday":               {change: func(r *decisions.Request) { r.ValidFrom = today.AddDays(-1) }, code: "decision_valid_from", field: "valid_from"},
		"no day":                  {change: func(r *decisions.Request) { r.ValidFrom = calendar.Date{Year: 1406, Month: 12, Day: 30} }, code: "decision_valid_from", field: "valid_from"},
		"ends as it begins":       {change: func(r *decisions.Request) { r.ValidTo = today }, code: "decision_valid_to", field: "valid_to"},
		"ends on no day":          {change: func(r *decisions.Request) { r.ValidTo = calendar.Date{Year: 1406, Month: 13, Day: 1} }, code: "decision_valid_to", field: "valid_to"},
	} {
		r, in := discount(), c.in
		if c.change != nil {
			c.change(&r)
		}
		if in == (scope.Scope{}) {
			in = city(1)
		}
		if _, err := f.svc.Decide(f.ctx(), in, r); fault.Of(err) == nil {
			t.Errorf("%s: %v", name, err)
		} else {
			f.refused(c.code, c.field, err)
		}
	}
	if n := f.strings(`SELECT count(*)::text || (SELECT count(*) FROM audit_log) FROM due_decisions`)[0]; n != "00" {
		t.Errorf("left %s", n)
	}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	decide := func(change func(*decisions.Request)) uuid.UUID {
		r := discount()
		change(&r)
		return uuid.MustParse(must(f.svc.Decide(f.ctx(), city(1), r)).ID)
	}
	open := decide(func(*decisions.Request) {})
	d, err := f.svc.End(f.ctx(), scope.Municipality(1), open, today.AddDays(3), because)
	if err != nil || d.ValidTo != today.AddDays(3) || d.State != decisions.Holding || d.End == nil || d.End.Day != d.ValidTo || d.End.Actor != f.actor.ID.String() {
		t.Fatalf("%+v, %v", d, err)
	}
	end := func(in scope.Scope, id uuid.UUID, day calendar.Date, reason fault.Text) error {
		_, err := f.svc.End(f.ctx(), in, id, day, reason)
		return err
	}
	f.refused("decision_ended", "decision", end(scope.Municipality(1), open, today, because))
	f.refused("decision_unknown", "decision", end(scope.Municipality(1), d.End.ID, today, because)) // the row that ends one is none
	dated := decide(func(r *decisions.Request) { r.ValidTo = today.AddDays(2) })
	f.refused("decision_ended", "decision", end(scope.Municipality(1), dated, today.AddDays(2), because))
	f.refused("decision_end_day", "day", end(scope.Municipality(1), dated, today.AddDays(-1), because))
	f.refused("decision_end_day", "day", end(scope.Municipality(1), dated, calendar.Date{Year: 1406, Month: 1, Day: 32}, because))
	f.refused("decision_reason", "reason", end(scope.Municipality(1), dated, today, fault.Text{FA: "x"}))
	for _, in := range []scope.Scope{scope.Municipality(2), scope.Platform()} { // another authority's
		f.refused("decision_unknown", "decision", end(in, dated, today, because))
	}
	f.refused("decision_scope", "", end(scope.Office(uuid.New()), dated, today, because))
	if d := must(f.svc.End(f.ctx(), scope.Municipality(1), dated, calendar.Date{}, because)); d.ValidTo != today || d.State != decisions.Ended {
		t.Errorf("ended today: %+v", d)
	}
	later := decide(func(r *decisions.Request) { r.ValidFrom = today.AddDays(10) })
	if d := must(f.svc.End(f.ctx(), scope.Municipality(1), later, today.AddDays(4), because)); d.State != decisions.Ended {
		t.Errorf("ended before it began: %+v", d)
	}
	corrected := decide(func(*decisions.Request) {})
	f.sql(`INSERT INTO due_decisions SELECT municipality_id, gen_random_uuid(), vehicle_id, kind, charge, from_year, through_year, rate_ppm, amount_rial, reason_fa, reason_en,
	  valid_from, valid_to, NULL, gen_random_uuid(), recorded_at, actor_kind, actor_id FROM due_decisions WHERE id = '` + corrected.String() + `'`)
	f.refused("decision_of_correction", "decision", end(scope.Municipality(1), uuid.MustParse(f.strings(`SELECT id::text FROM due_decisions WHERE correction_id IS NOT NULL`)[0]), today, because))
	if n := f.strings(`SELECT count(*)::text FROM audit_log WHERE action = 'decision.ended'`)[0]; n != "3" {
		t.Errorf("audited %s", n)
	}
}

func TestStatesFollowTheDay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, days := range [][2]int{{0, 0}, {0, 5}, {5, 0}, {5, 9}} {
		r := discount()
		r.ValidFrom = today.AddDays(days[0])
		if days[1] > 0 {
			r.ValidTo = today.AddDays(days[1])
		}
		must(f.svc.Decide(f.ctx(), city(1), r))
	}
	must(f.svc.Decide(f.ctx(), scope.Platform().NamingVIN(vin), discount()))
	must(f.svc.Decide(f.ctx(), city(2), discount()))
	states := func(in scope.Scope) (list []decisions.State) {
		for _, d := range must(f.svc.OfVehicle(f.ctx(), in, "a question")) {
			list = append(list, d.State)
		}
		return list
	}
	for after, want := range map[int]string{0: "[holding holding scheduled scheduled holding]", 4: "[holding holding scheduled scheduled holding]",
		5: "[holding ended holding holding holding]", 9: "[holding ended holding ended holding]"} {
		*f.clock = now.AddDate(0, 0, after)
		if got := fmt.Sprint(states(city(1))); got != want {
			t.Errorf("after %d days: %s, want %s", after, got, want)
		}
	}
	if own, all := len(states(city(2))), len(states(scope.Platform().NamingVIN(vin))); own != 2 || all != 6 {
		t.Errorf("city 2 sees %d, the platform %d", own, all)
	}
	_, err := f.svc.OfVehicle(f.ctx(), city(3), "a question")
	f.refused("registered_vehicle_unknown", "vehicle", err)
	_, err = f.svc.OfVehicle(f.ctx(), city(1), "")
	f.refused("decision_purpose", "purpose", err)
	if n := f.strings(`SELECT count(*)::text FROM audit_log WHERE action = 'decision.listed' AND purpose = 'a question'`)[0]; n != "6" {
		t.Errorf("audited %s", n)
	}
}

func TestTwoEndsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := uuid.MustParse(must(f.svc.Decide(f.ctx(), city(1), discount())).ID)
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = f.svc.End(f.ctx(), scope.Municipality(1), id, today, because) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, decisions.ErrEnded) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d ended it", won)
	}
}

func TestOnceIsOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	key := scope.Key{Value: "12345678", Operation: "decide", Hash: []byte{1}}
	first := must(f.svc.Once(key).Decide(f.ctx(), city(1), discount()))
	again := must(f.svc.Once(key).Decide(f.ctx(), city(1), discount()))
	if first.ID != again.ID || again.Decision != first.Decision || again.State != first.State || len(f.strings(`SELECT id::text FROM due_decisions`)) != 1 {
		t.Errorf("%+v, then %+v", first, again)
	}
}

// TestDecisionsFollowAMerge merges while a decision waits for the duplicate's lock, and before and after.
func TestDecisionsFollowAMerge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keep, duplicate := f.id(vin), f.id(second)
	r := discount()
	r.ValidFrom = today.AddDays(1)
	before := must(f.svc.Decide(f.ctx(), scope.Municipality(1).NamingVIN(second), r))
	must(f.svc.End(f.ctx(), scope.Municipality(1), uuid.MustParse(before.ID), today.AddDays(9), because))
	registry := vehicles.NewRegistry(f.run, privacytest.NewKeyring(t), vehicles.Days{Today: func(time.Time) time.Time { return now.Truncate(24 * time.Hour) }, FiscalYear: func(d time.Time) int { return d.Year() - 621 }})
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := f.svc.Decide(f.ctx(), scope.Municipality(1).NamingVehicle(duplicate), discount()); err != nil {
			t.Errorf("decide: %v", err)
		}
	})
	both.Go(func() {
		if err := registry.MergeVehicles(f.ctx(), scope.Platform(), vehicles.Merge{Keep: keep, Duplicate: duplicate, Reason: "دو بار ثبت شده"}); err != nil {
			t.Errorf("merge: %v", err)
		}
	})
	both.Wait()
	after := must(f.svc.Decide(f.ctx(), scope.Municipality(1).NamingVIN(second), discount()))
	if after.VehicleID != keep {
		t.Errorf("decided about %v", after.VehicleID)
	}
	if left := f.strings(`SELECT id::text FROM due_decisions WHERE vehicle_id <> '` + keep.String() + `'`); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	list := must(f.svc.OfVehicle(f.ctx(), city(1), "a question"))
	if len(list) != 3 || list[0].ID != before.ID || list[0].End == nil {
		t.Errorf("%+v", list)
	}
}
