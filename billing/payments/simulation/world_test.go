package simulation

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"mofasa/billing/bills"
	"mofasa/billing/calendar"
	"mofasa/billing/deposits"
	"mofasa/billing/inquiries"
	"mofasa/billing/payments"
	"mofasa/billing/tariffs"
	"mofasa/billing/valuations"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// A world holds so many seeds, each with vehicles and offices of its own; then a fresh one is made.
const (
	seedsPerWorld   = 200
	vehiclesPerSeed = 2
	officesPerSeed  = 2
)

// opening is when every seed begins.
var opening = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// cities are where every vehicle has lived, one after the other.
var cities = []string{"520", "218", "122"}

var seeded = pgtest.Template{Seed: seedWorld}

func vin(i int) string { return fmt.Sprintf("NAS422100H%07d", i) }

func systemContext(ctx context.Context) context.Context {
	return scope.WithActor(ctx, scope.Actor{Kind: scope.ActorSystem})
}

func seedWorld(appURL string) error {
	db, pool, err := scope.Open(appURL, 2)
	if err != nil {
		return err
	}
	defer pool.Close()
	run := scope.NewRunner(db, func() time.Time { return opening.AddDate(0, 0, -1) }, newID)
	ctx := systemContext(context.Background())
	if err := importAll(ctx, run); err != nil {
		return err
	}
	return run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		if _, err := tariffs.SaveNational(tx); err != nil {
			return err
		}
		for i := range seedsPerWorld * officesPerSeed {
			if err := openOffice(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// openOffice opens an office with one cashier, agreements with every city and a little in its deposit.
func openOffice(tx *scope.Tx, i int) error {
	office, err := offices.Open(tx, offices.Office{ID: newID(), MunicipalityID: 520, NameFA: "دفتر", LicenceNo: fmt.Sprintf("72-%05d", i), ValidFrom: tx.Now.AddDate(-1, 0, 0)})
	if err != nil {
		return err
	}
	if err := offices.AgreeWithAll(tx, office); err != nil {
		return err
	}
	cheap := identity.Enrolment{Cost: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}, Humans: identitytest.Humans()}
	name := fmt.Sprintf("cashier-%05d", i)
	_, err = identity.Enrol(tx, identity.NewPerson{Home: identity.Home{Kind: identity.AtOffice, OfficeID: office}, Username: name, NameFA: "کارمند",
		Password: "correct horse battery", NationalID: identitytest.NationalID(name), Role: identity.OfficeCashier}, cheap)
	if err != nil {
		return err
	}
	return deposits.TakeOver(tx, office, 12_000_000)
}

func importAll(ctx context.Context, run *scope.Runner) error {
	for _, file := range []struct {
		into interface {
			Import(context.Context, csvimport.Input) (csvimport.Report, error)
		}
		body string
	}{
		{&municipalities.Importer{Runner: run}, cityRows()},
		{&valuations.Importer{Runner: run}, valuationRows()},
		{&vehicles.Importer{Runner: run, ParseDay: day}, vehicleRows()},
	} {
		var refused strings.Builder
		report, err := file.into.Import(ctx, csvimport.Input{File: strings.NewReader(file.body), Result: &refused})
		if err != nil || report.Refused > 0 {
			return fmt.Errorf("import %T: %+v %w %s", file.into, report, err, refused.String())
		}
	}
	return nil
}

func day(cell string) (time.Time, error) {
	d, err := calendar.Parse(cell)
	if err != nil {
		return time.Time{}, err
	}
	year, month, day := d.Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC), nil
}

// cityRows are the lines of the built-in list that the vehicles need.
func cityRows() string {
	var b strings.Builder
	for lines := bufio.NewScanner(municipalities.Default()); lines.Scan(); {
		code, _, _ := strings.Cut(lines.Text(), ",")
		if b.Len() == 0 || strings.Contains(strings.Join(cities, " ")+" ", code+" ") && len(code) == 3 {
			b.WriteString(lines.Text() + "\n")
		}
	}
	return b.String()
}

func valuationRows() string {
	var b strings.Builder
	b.WriteString("fiscal_year,type_code,type_name_fa,base_rial\n")
	for year := 1400; year <= 1405; year++ {
		fmt.Fprintf(&b, "%d,pride-131,پراید ۱۳۱,%d\n", year, 200_123_456+int64(year-1393)*250_000_000)
	}
	return b.String()
}

func vehicleRows() string {
	var b strings.Builder
	b.WriteString("vin,class,usage,fuel,origin,cylinders,type_code,model_year,first_registered,plate,plate_from,plate_to,municipality_code,residence_from,residence_to\n")
	for i := range seedsPerWorld * vehiclesPerSeed {
		car := vin(i) + ",passenger_car,private,petrol,domestic,4,pride-131,1402,1402/02/01,"
		fmt.Fprintf(&b, "%s%d%dد%d%d%d%d2,1402/02/01,,%s,1402/02/01,1403/05/01\n", car, i%9+1, i/9%9+1, i/81%9+1, i/729%9+1, 3, 5, cities[0])
		fmt.Fprintf(&b, "%s,,,%s,1403/05/01,1404/05/01\n", car, cities[1])
		fmt.Fprintf(&b, "%s,,,%s,1404/05/01,\n", car, cities[2])
	}
	return b.String()
}

// desk is an office's counter: who works there.
type desk struct{ office, person uuid.UUID }

func (d desk) actor(ctx context.Context) context.Context {
	return scope.WithActor(ctx, scope.Actor{Kind: scope.ActorPerson, ID: d.person})
}

// world is one database with what is the same for every seed in it.
type world struct {
	db    *pgtest.DB
	gorm  *gorm.DB      // traced: every statement asks the scheduler
	plain *scope.Runner // for what is only looked at
	watch *pgx.Conn     // sees who waits for whom
	books *tariffs.Catalogue
	desks []desk
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{db: seeded.New(t)}
	config, err := pgx.ParseConfig(w.db.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	if w.watch, err = pgx.ConnectConfig(t.Context(), config.Copy()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.watch.Close(context.Background()) })
	w.plain = scope.NewRunner(openPool(t, config), func() time.Time { return opening }, newID)
	config.Tracer = hook{}
	w.gorm = openPool(t, config)
	w.books = tariffs.NewCatalogue(w.plain, func() time.Time { return opening })
	w.loadDesks(t)
	return w
}

func openPool(t testing.TB, config *pgx.ConnConfig) *gorm.DB {
	t.Helper()
	pool := stdlib.OpenDB(*config.Copy())
	pool.SetMaxOpenConns(8)
	pool.SetMaxIdleConns(8)
	t.Cleanup(func() { _ = pool.Close() })
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{SkipDefaultTransaction: true, DisableAutomaticPing: true, Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func (w *world) loadDesks(t testing.TB) {
	t.Helper()
	var rows []struct{ ID, OfficeID uuid.UUID }
	err := w.plain.InTx(systemContext(t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id, office_id FROM people WHERE username LIKE 'cashier-%' ORDER BY username`).Scan(&rows).Error
	})
	if err != nil || len(rows) != seedsPerWorld*officesPerSeed {
		t.Fatalf("%d desks, %v", len(rows), err)
	}
	for _, r := range rows {
		w.desks = append(w.desks, desk{office: r.OfficeID, person: r.ID})
	}
}

// services are one process's.
type services struct {
	inquiries *inquiries.Service
	bills     *bills.Service
	payments  *payments.Service
}

func (w *world) services(bank payments.Providers, clock func() time.Time, ids func() uuid.UUID) services {
	run := scope.NewRunner(w.gorm, clock, ids)
	asked := inquiries.NewService(run, w.books)
	return services{inquiries: asked, bills: bills.NewService(run, w.books, asked), payments: payments.NewService(run, bank, "http://sim/", slog.New(slog.DiscardHandler))}
}

// verify holds the whole database against what must never be false.
func (w *world) verify(t testing.TB) (rule, row string) {
	t.Helper()
	rule, row, err := w.services(nil, func() time.Time { return opening.Add(24 * time.Hour) }, newID).payments.Verify(systemContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return rule, row
}
