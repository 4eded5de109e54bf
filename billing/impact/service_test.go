package impact_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/impact"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

// seeded holds the national tariffs, the municipalities, and the fleet that the tests reckon by hand.
var seeded = pgtest.Template{Seed: seed}

// today is 1405/02/10: a due of 1404 is one month late.
var today = time.Date(2026, 4, 30, 9, 0, 0, 0, time.UTC)

const officeID, personID = "00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"

// vehicle is the id of the n-th vehicle.
func vehicle(n int) uuid.UUID { return uuid.UUID{6: 0x70, 8: 0x80, 15: byte(n)} }

// The fleet: every vehicle is worth a milliard rial, but the motorcycle twenty million.
const (
	claimedCar  = iota + 1 // in Tehran; a claim that nobody pays yet, and an exemption that was ended
	farCar                 // in Isfahan
	motorcycle             // in Tehran
	paidCar                // in Tehran, paid outside
	payingCar              // in Isfahan, being paid
	homelessCar            // nowhere
	unlistedCar            // in Tehran, its type has no value
	exemptCar              // in Tehran, exempt by decision
	mergedCar              // counted as another
	scrappedCar            // in Tehran until 1403
	wrongCar               // scrapped before it was registered
	ambulance              // in Tehran
	bus                    // in Isfahan
	movedCar               // in Tehran until 1402, then in Isfahan; reported as paid outside, and withdrawn
	fleetSize   = movedCar
)

const fleetSQL = `
INSERT INTO vehicle_types VALUES ('car', 'خودرو'), ('bike', 'موتور'), ('rare', 'کمیاب');
INSERT INTO valuations (fiscal_year, type_code, base_rial) SELECT y, 'car', 1000000000 FROM generate_series(1390, 1405) y;
INSERT INTO valuations (fiscal_year, type_code, base_rial) SELECT y, 'bike', 20000000 FROM generate_series(1390, 1405) y;
INSERT INTO vehicles (id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered)
  SELECT format('00000000-0000-7000-8000-0000000000%s', lpad(to_hex(n), 2, '0'))::uuid, 'VIN' || n, CASE n WHEN 3 THEN 'motorcycle' WHEN 13 THEN 'bus' ELSE 'passenger_car' END, 'private', 'petrol',
    'domestic', 4, CASE n WHEN 3 THEN 'bike' WHEN 7 THEN 'rare' ELSE 'car' END, 1395, '2016-05-01' FROM generate_series(1, 14) n;
UPDATE vehicles SET category = 'ambulance' WHERE vin = 'VIN12';
UPDATE vehicles SET merged_into = (SELECT id FROM vehicles WHERE vin = 'VIN1') WHERE vin = 'VIN9';
INSERT INTO vehicle_residences (vehicle_id, valid_from, valid_to, residence)
  SELECT id, '2016-05-01', CASE vin WHEN 'VIN14' THEN date '2023-06-01' END, CASE WHEN vin IN ('VIN2', 'VIN5', 'VIN13') THEN 218 ELSE 520 END FROM vehicles WHERE vin <> 'VIN6';
INSERT INTO vehicle_residences (vehicle_id, valid_from, residence) SELECT id, '2023-06-01', 218 FROM vehicles WHERE vin = 'VIN14';
INSERT INTO vehicle_retirements (vehicle_id, retired_on, manner, reference, recorded_at)
  SELECT id, CASE vin WHEN 'VIN10' THEN date '2024-09-01' ELSE date '2010-01-01' END, 'scrapped', '-', now() FROM vehicles WHERE vin IN ('VIN10', 'VIN11');
INSERT INTO external_payments (municipality_id, id, vehicle_id, fiscal_year, number, amount_rial, paid_on, reference, reported_at)
  SELECT CASE vin WHEN 'VIN4' THEN 520 ELSE 218 END, gen_random_uuid(), id, 1404, 1, 1000, '2025-05-01', 'R', now() FROM vehicles WHERE vin IN ('VIN4', 'VIN14');
INSERT INTO external_payments (municipality_id, id, vehicle_id, fiscal_year, withdraws, reason, reported_at)
  SELECT 218, gen_random_uuid(), vehicle_id, fiscal_year, id, 'اشتباه', now() FROM external_payments WHERE municipality_id = 218;
INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES ('` + officeID + `', 520, 'دفتر', '1', '2020-01-01');
INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES ('` + personID + `', '` + officeID + `', 'p', '-', 'کاربر', 'office_clerk');
INSERT INTO inquiries SELECT id, '` + officeID + `', '` + personID + `', id, 'settlement', now(), '[]' FROM vehicles WHERE vin IN ('VIN1', 'VIN5');
INSERT INTO orders SELECT id, '` + officeID + `', '` + personID + `', id, id, 'x', 1000, 'open', now(), now() FROM vehicles WHERE vin IN ('VIN1', 'VIN5');
INSERT INTO due_claims SELECT CASE vin WHEN 'VIN1' THEN 520 ELSE 218 END, id, 1404, '` + officeID + `', id, CASE vin WHEN 'VIN1' THEN 'claimed' ELSE 'paying' END, 1000, '2026-04-30 09:20+00'
  FROM vehicles WHERE vin IN ('VIN1', 'VIN5');
INSERT INTO due_decisions (municipality_id, id, vehicle_id, kind, from_year, through_year, reason_fa, reason_en, valid_from, recorded_at, actor_kind)
  SELECT CASE vin WHEN 'VIN1' THEN 520 ELSE 0 END, id, id, 'exempt', 1400, 1405, 'ر', 'r', '2025-01-01', now(), 'system' FROM vehicles WHERE vin IN ('VIN1', 'VIN8');
INSERT INTO due_decisions (municipality_id, id, vehicle_id, ends, reason_fa, reason_en, valid_from, recorded_at, actor_kind)
  SELECT 520, gen_random_uuid(), vehicle_id, id, 'ر', 'r', '2026-04-30', now(), 'system' FROM due_decisions WHERE municipality_id = 520;`

func seed(appURL string) error {
	db, pool, err := scope.Open(appURL, 2)
	if err != nil {
		return err
	}
	defer pool.Close()
	run := scope.NewRunner(db, func() time.Time { return today }, uuid.New)
	ctx := scope.WithActor(context.Background(), scope.Actor{Kind: scope.ActorSystem})
	if _, err := (&municipalities.Importer{Runner: run}).Import(ctx, csvimport.Input{File: municipalities.Default(), Result: io.Discard}); err != nil {
		return err
	}
	return run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		if _, err := tariffs.SaveNational(tx); err != nil {
			return err
		}
		return tx.DB.Exec(fleetSQL).Error
	})
}

// desk is the service of one process over a seeded database.
type desk struct {
	*impact.Service
	t   *testing.T
	run *scope.Runner
	ctx context.Context
	url string
	db  *pgtest.DB
}

func newDesk(t *testing.T) desk {
	t.Helper()
	db := seeded.New(t)
	d := deskAt(t, db.AppURL, today)
	d.db = db
	return d
}

// deskAt is another process, in which it is another time.
func deskAt(t *testing.T, url string, now time.Time) desk {
	t.Helper()
	db, pool, err := scope.Open(url, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	began := time.Now()
	run := scope.NewRunner(db, func() time.Time { return now.Add(time.Since(began)) }, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	ctx := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: uuid.MustParse(personID)})
	return desk{Service: impact.NewService(run, slog.New(slog.DiscardHandler)), t: t, run: run, ctx: ctx, url: url}
}

// draft stores a draft of the scope's authority.
func (d desk) draft(sc scope.Scope, v tariffs.Version) uuid.UUID {
	d.t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		d.t.Fatal(err)
	}
	id := uuid.New()
	d.exec(sc, `INSERT INTO tariff_drafts (municipality_id, id, fiscal_year, body, reason, state, edited_by, drafted_at) VALUES (?, ?, ?, ?, 'آزمون', 'draft', ARRAY[CAST(? AS uuid)], now())`,
		sc.MunicipalityID(), id, int(v.FiscalYear), string(body), personID)
	return id
}

func (d desk) exec(sc scope.Scope, query string, args ...any) {
	d.t.Helper()
	if err := d.run.InTx(d.ctx, sc, func(tx *scope.Tx) error { return tx.DB.Exec(query, args...).Error }); err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) request(sc scope.Scope, drafts ...uuid.UUID) uuid.UUID {
	d.t.Helper()
	p, err := d.Request(d.ctx, sc, drafts, 2_000_000)
	if err != nil {
		d.t.Fatal(err)
	}
	return p.ID
}

func (d desk) runNext() {
	d.t.Helper()
	if ran, err := d.RunNext(d.ctx); !ran || err != nil {
		d.t.Fatalf("ran %v, %v", ran, err)
	}
}

func (d desk) find(id uuid.UUID) impact.Preview {
	d.t.Helper()
	p, err := d.Find(d.ctx, scope.Platform(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// done is the report of a preview that must be done.
func (d desk) done(id uuid.UUID) impact.Report {
	d.t.Helper()
	p := d.find(id)
	if p.State != impact.Done || p.Report == nil || p.FinishedAt.IsZero() {
		d.t.Fatalf("%+v", p)
	}
	return *p.Report
}

// reform doubles the duty of 1404 in law, exempts motorcycles and ambulances, forgets buses, and lists Tehran for the pollution levy without a rate.
func reform(v *tariffs.Version) {
	duty := tariffs.AnnualDuty
	v.Rules[0].Classes = slices.DeleteFunc(slices.Clone(v.Rules[0].Classes), func(c tariffs.Class) bool { return c == tariffs.Bus })
	v.Rules[0].Rate = 2000
	v.Exemptions = []tariffs.Exemption{
		{ID: "ambulance", Charge: duty, Scope: tariffs.Scope{Categories: []tariffs.Category{"ambulance"}}, Legal: law},
		{ID: "motorcycle", Charge: duty, Scope: tariffs.Scope{Classes: []tariffs.Class{tariffs.Motorcycle}}, Legal: law},
	}
	v.Levies = []tariffs.Levy{{Charge: tariffs.PollutionLevy, Municipalities: []int{tehran}, Legal: law}}
}

// Reckoned by hand: a due of a milliard at 1/1000 and one month late is 1,000,000 + 2 % = 1,020,000; the motorcycle's 20,400 rounds up to 21,000.
func TestTheReportOfASmallFleet(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.request(scope.Platform(), d.draft(scope.Platform(), nextVersion(t, 1404, "1405/02/01", reform)))
	d.runNext()
	total := impact.Sums{VehicleYears: 9, Changed: 6, Before: 5_121_000, After: 6_120_000, Difference: 999_000}
	change := func(n int, class tariffs.Class, typeCode string, city int, before, after int64, state dues.State) impact.Change {
		return impact.Change{VehicleID: vehicle(n), Class: class, TypeCode: typeCode, Year: 1404, MunicipalityID: city, Before: rial(before), After: rial(after),
			StateBefore: dues.Assessed, StateAfter: state}
	}
	car := tariffs.PassengerCar
	want := impact.Report{
		On: calendar.Date{Year: 1405, Month: 2, Day: 10}, Years: []calendar.FiscalYear{1404}, Threshold: 2_000_000,
		Vehicles: fleetSize - 1, VehicleYears: 9, Settled: 2, Total: total,
		ByClass: []impact.ClassSums{
			{Class: tariffs.Bus, Sums: impact.Sums{VehicleYears: 1, Changed: 1, Before: 1_020_000, Difference: -1_020_000}},
			{Class: tariffs.Motorcycle, Sums: impact.Sums{VehicleYears: 1, Changed: 1, Before: 21_000, Difference: -21_000}},
			{Class: car, Sums: impact.Sums{VehicleYears: 7, Changed: 4, Before: 4_080_000, After: 6_120_000, Difference: 2_040_000}},
		},
		ByYear: []impact.YearSums{{Year: 1404, Sums: total}},
		ByMunicipality: []impact.MunicipalitySums{
			{Municipality: impact.Municipality{ID: isfahan, NameFA: "اصفهان", NameEN: "Esfahan", ProvinceFA: "اصفهان", ProvinceEN: "Isfahan"},
				Sums: impact.Sums{VehicleYears: 3, Changed: 3, Before: 3_060_000, After: 4_080_000, Difference: 1_020_000}},
			{Municipality: impact.Municipality{ID: tehran, NameFA: "تهران", NameEN: "Tehran", ProvinceFA: "تهران", ProvinceEN: "Tehran"},
				Sums: impact.Sums{VehicleYears: 5, Changed: 3, Before: 2_061_000, After: 2_040_000, Difference: -21_000}},
		},
		Largest: []impact.Change{
			change(claimedCar, car, "car", tehran, 1_020_000, 2_040_000, dues.Assessed),
			change(farCar, car, "car", isfahan, 1_020_000, 2_040_000, dues.Assessed),
			change(ambulance, car, "car", tehran, 1_020_000, 0, dues.Exempt),
			change(bus, tariffs.Bus, "car", isfahan, 1_020_000, 0, dues.MissingTariff),
			change(movedCar, car, "car", isfahan, 1_020_000, 2_040_000, dues.Assessed),
			change(motorcycle, tariffs.Motorcycle, "bike", tehran, 21_000, 0, dues.Exempt),
		},
		NewlyZero: 2, NewlyAbove: 3,
		States: impact.StateCounts{Exempt: impact.Sides{Before: 1, After: 3}, MissingTariff: impact.Sides{After: 1}, MissingValuation: impact.Sides{Before: 1, After: 1},
			MissingResidence: impact.Sides{Before: 1, After: 1}, Unrated: impact.Sides{After: 3}},
		Contradicting: 1,
	}
	got := d.done(id)
	for i := range got.ByMunicipality { // the list's English spellings are its own
		got.ByMunicipality[i].NameEN, got.ByMunicipality[i].ProvinceEN = want.ByMunicipality[i].NameEN, want.ByMunicipality[i].ProvinceEN
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	p := d.find(id)
	if p.VehiclesDone != fleetSize-1 || p.VehiclesTotal != fleetSize-1 || p.Stale || p.RequestedBy.String() != personID || p.MunicipalityID != 0 || p.Threshold != 2_000_000 {
		t.Errorf("%+v", p)
	}
}

// A city sees the vehicles that live or have lived in it, its own residence rows, and only its own dues count. The levy of 1401 is listed without a rate.
func TestACityPreviewsItsOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	city := scope.Municipality(tehran)
	levy := tariffs.Version{ID: "520/1401/1", Authority: "520", FiscalYear: 1401, Number: 1, Rules: []tariffs.Rule{{Charge: tariffs.PollutionLevy,
		Scope: tariffs.Scope{Classes: tariffs.Classes(), Origins: tariffs.Origins()}, Rate: 500, Legal: law}}}
	draft := d.draft(city, levy)
	id := d.request(city, draft)
	if _, err := d.Request(d.ctx, scope.Platform(), []uuid.UUID{draft}, 1); code(err) != "preview_draft_unknown" {
		t.Errorf("the platform previews a city's draft as the nation's: %v", err)
	}
	d.runNext()
	r := d.done(id)
	if len(r.ByMunicipality) != 1 || r.ByMunicipality[0].ID != tehran || r.States.MissingResidence != (impact.Sides{}) {
		t.Errorf("other cities' dues: %+v", r)
	}
	// Of Tehran's vehicles (1, 3, 4, 7, 8, 10, 11, 12 and 14, which lived there in 1401) one contradicts itself, one has no value and one is exempt by decision. Of the
	// others, duty and levy of 1401 are 37 months late: 1,000,000 + 74 % and 500,000 + 74 %, and for the motorcycle 34,800 and 17,400, rounded up together.
	if r.Vehicles != 9 || r.VehicleYears != 8 || r.Contradicting != 1 || r.States.Unrated != (impact.Sides{Before: 6}) || r.States.Exempt != (impact.Sides{Before: 1, After: 1}) ||
		r.States.MissingValuation != (impact.Sides{Before: 1, After: 1}) || r.Total.Changed != 6 || r.Total.Before != 5*1_740_000+35_000 || r.Total.After != 5*2_610_000+53_000 {
		t.Errorf("%+v", r)
	}
	for _, c := range r.Largest {
		if c.MunicipalityID != tehran || c.VehicleID == vehicle(farCar) || c.VehicleID == vehicle(bus) {
			t.Errorf("another city's due: %+v", c)
		}
	}
	if _, err := d.Find(d.ctx, scope.Municipality(isfahan), id); code(err) != "preview_unknown" {
		t.Errorf("another city reads the preview: %v", err)
	}
	if err := d.Cancel(d.ctx, scope.Municipality(isfahan), id); code(err) != "preview_unknown" {
		t.Errorf("another city cancels the preview: %v", err)
	}
	if err := d.Cancel(d.ctx, scope.Platform(), id); code(err) != "preview_unknown" {
		t.Errorf("the nation cancels a city's preview: %v", err)
	}
	if p, err := d.Find(d.ctx, city, id); err != nil || p.MunicipalityID != tehran || p.Report == nil {
		t.Errorf("the city itself: %+v, %v", p, err)
	}
}

func code(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Code
	}
	return fmt.Sprint(err)
}

func TestARequestIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	here := scope.Platform()
	good := d.draft(here, nextVersion(t, 1404, "1405/02/01", doubled))
	withdrawn := d.draft(here, nextVersion(t, 1403, "1405/02/01", doubled))
	d.exec(here, `UPDATE tariff_drafts SET state = 'withdrawn' WHERE id = ?`, withdrawn)
	early := d.draft(here, nextVersion(t, 1402, "1402/01/05", doubled))
	for want, try := range map[string]struct {
		drafts    []uuid.UUID
		threshold int64
	}{
		"preview_no_drafts":     {nil, 1},
		"preview_threshold":     {[]uuid.UUID{good}, 0},
		"preview_draft_unknown": {[]uuid.UUID{good, uuid.New()}, 1},
		"preview_draft_state":   {[]uuid.UUID{good, withdrawn}, 1},
		"tariff_order":          {[]uuid.UUID{early}, 1},
	} {
		if _, err := d.Request(d.ctx, here, try.drafts, rial(try.threshold)); code(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := d.Request(d.ctx, here, []uuid.UUID{good, good}, 1); code(err) != "preview_no_drafts" {
		t.Errorf("a draft twice: %v", err)
	}
	if ran, err := d.RunNext(d.ctx); ran || err != nil {
		t.Errorf("something was queued: %v, %v", ran, err)
	}
	if _, err := d.Find(d.ctx, here, uuid.New()); code(err) != "preview_unknown" {
		t.Errorf("an unknown preview: %v", err)
	}
}

func TestPreviewsOfADraftAndStaleOnes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	here := scope.Platform()
	draft, other := d.draft(here, nextVersion(t, 1404, "1405/02/01", doubled)), d.draft(here, nextVersion(t, 1403, "1405/02/01", doubled))
	first := d.request(here, draft)
	d.runNext()
	second := d.request(here, other, draft)
	d.exec(here, `UPDATE tariff_drafts SET revision = revision + 1, body = body || '{"from": "1405/02/02"}' WHERE id = ?`, draft)
	third := d.request(here, other)
	list, err := d.OfDraft(d.ctx, here, draft)
	if err != nil || len(list) != 2 || list[0].ID != second || list[1].ID != first || !list[0].Stale || !list[1].Stale || list[1].Report == nil ||
		!slices.Equal(list[0].Drafts, []impact.DraftRevision{{ID: other, Revision: 1}, {ID: draft, Revision: 1}}) {
		t.Fatalf("%+v, %v", list, err)
	}
	if d.find(third).Stale {
		t.Error("a preview of another draft is stale")
	}
	d.runNext() // the second: what it was asked about is gone
	if p := d.find(second); p.State != impact.Failed || p.Failure != "preview_draft_revised" || p.Report != nil || !p.Finished() {
		t.Errorf("%+v", p)
	}
	d.exec(here, `UPDATE tariff_drafts SET state = 'withdrawn' WHERE id = ?`, other)
	d.runNext()
	if p := d.find(third); p.State != impact.Failed || p.Failure != "preview_draft_state" {
		t.Errorf("%+v", p)
	}
}

func TestTwoWorkersRunAPreviewOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.request(scope.Platform(), d.draft(scope.Platform(), nextVersion(t, 1404, "1405/02/01", doubled)))
	var ran [4]bool
	var all sync.WaitGroup
	for i := range ran {
		other := deskAt(t, d.url, today)
		all.Go(func() {
			var err error
			if ran[i], err = other.RunNext(d.ctx); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(slices.DeleteFunc(ran[:], func(did bool) bool { return !did })); n != 1 {
		t.Errorf("%d workers ran it", n)
	}
	d.done(id)
}

func rial(amount int64) money.Rial { return money.Rial(amount) }
