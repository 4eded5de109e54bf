package payments_test

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/calendar"
	"mofasa/billing/deposits"
	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/tariffs"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// noon is when every test begins.
var noon = time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)

const cars = 40

func vin(i int) string { return fmt.Sprintf("NAS422100H%07d", i) }

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func system(ctx context.Context) context.Context {
	return scope.WithActor(ctx, scope.Actor{Kind: scope.ActorSystem})
}

var counters = pgtest.Template{Seed: func(appURL string) error {
	db, pool, err := scope.Open(appURL, 2)
	if err != nil {
		return err
	}
	defer pool.Close()
	run := scope.NewRunner(db, func() time.Time { return noon.AddDate(0, 0, -1) }, newID)
	ctx := system(context.Background())
	if err := run.InTx(ctx, scope.Platform(), valued); err != nil {
		return err
	}
	for _, file := range []struct {
		into interface {
			Import(context.Context, csvimport.Input) (csvimport.Report, error)
		}
		body string
	}{
		{&municipalities.Importer{Runner: run}, cityRows()},
		{&vehicles.Importer{Runner: run, ParseDay: parseDay}, vehicleRows()},
	} {
		var refused strings.Builder
		if report, err := file.into.Import(ctx, csvimport.Input{File: strings.NewReader(file.body), Result: &refused}); err != nil || report.Refused > 0 {
			return fmt.Errorf("import %T: %+v %w %s", file.into, report, err, refused.String())
		}
	}
	return run.InTx(ctx, scope.Platform(), seedPeople)
}}

// people who act in the tests: two counters with a cashier each, and three operators of the platform.
var (
	counterA, counterB            = uuid.MustParse("00000000-0000-7000-8000-00000000000a"), uuid.MustParse("00000000-0000-7000-8000-00000000000b")
	cashierA, cashierB            = uuid.MustParse("00000000-0000-7000-8000-0000000000a1"), uuid.MustParse("00000000-0000-7000-8000-0000000000b1")
	asks, decides                 = uuid.MustParse("00000000-0000-7000-8000-0000000000c1"), uuid.MustParse("00000000-0000-7000-8000-0000000000c2")
	counterOf                     = map[uuid.UUID]uuid.UUID{cashierA: counterA, cashierB: counterB}
	openingDeposit     money.Rial = 50_000_000
)

func seedPeople(tx *scope.Tx) error {
	if _, err := tariffs.SaveNational(tx); err != nil {
		return err
	}
	for cashier, office := range counterOf {
		if _, err := offices.Open(tx, offices.Office{ID: office, MunicipalityID: 520, NameFA: "دفتر", LicenceNo: "72-" + office.String()[34:], ValidFrom: tx.Now.AddDate(-1, 0, 0)}); err != nil {
			return err
		}
		if err := offices.AgreeWithAll(tx, office); err != nil {
			return err
		}
		if err := tx.DB.Exec(`INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES (?, ?, ?, 'x', 'کارمند', 'office_cashier')`, cashier, office, cashier.String()[34:]).Error; err != nil {
			return err
		}
		if err := deposits.TakeOver(tx, office, openingDeposit); err != nil {
			return err
		}
	}
	for _, person := range []uuid.UUID{asks, decides} {
		// Two user names of two humans: four eyes ask which.
		err := tx.DB.Exec(`WITH h AS (INSERT INTO humans (id, id_index, index_key, id_enc, recorded_at) VALUES (?, sha256(?::text::bytea), 1, decode(repeat('01', 40), 'hex'), ?) RETURNING id)
		  INSERT INTO people (id, username, password_hash, name_fa, role, human_id, national_id_masked) SELECT ?, ?, 'x', 'بهره‌بردار', 'platform_operator', h.id, '*******123' FROM h`,
			newID(), person.String(), tx.Now, person, person.String()[34:]).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func cityRows() string {
	var b strings.Builder
	for lines := bufio.NewScanner(municipalities.Default()); lines.Scan(); {
		code, _, _ := strings.Cut(lines.Text(), ",")
		if b.Len() == 0 || code == "520" || code == "218" {
			b.WriteString(lines.Text() + "\n")
		}
	}
	return b.String()
}

// valued publishes the base value of the one type of cars.
func valued(tx *scope.Tx) error {
	if err := tx.DB.Exec(`INSERT INTO vehicle_types (code, name_fa) VALUES ('pride-131', 'پراید ۱۳۱')`).Error; err != nil {
		return err
	}
	return tx.DB.Exec(`INSERT INTO valuations (fiscal_year, type_code, base_rial) SELECT y, 'pride-131', 2000123456 FROM generate_series(1402, 1405) y`).Error
}

// vehicleRows are cars that owe Kerman from 1402 and Qom from 1404 on.
func vehicleRows() string {
	var b strings.Builder
	b.WriteString("vin,class,usage,fuel,origin,cylinders,type_code,model_year,first_registered,plate,plate_from,plate_to,municipality_code,residence_from,residence_to\n")
	for i := range cars {
		car := vin(i) + ",passenger_car,private,petrol,domestic,4,pride-131,1402,1402/02/01,"
		fmt.Fprintf(&b, "%s%d%dد%d%d%d52,1402/02/01,,520,1402/02/01,1404/01/20\n", car, i%9+1, i/9%9+1, i%7+1, i%5+1, i/35+1)
		fmt.Fprintf(&b, "%s,,,218,1404/01/20,\n", car)
	}
	return b.String()
}

func parseDay(cell string) (time.Time, error) {
	d, err := calendar.Parse(cell)
	if err != nil {
		return time.Time{}, err
	}
	year, month, day := d.Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC), nil
}

// counter is a database with its services, a clock that the test moves, and a bank that does what it is told.
type counter struct {
	*testing.T
	run       *scope.Runner
	inquiries *inquiries.Service
	bills     *bills.Service
	payments  *payments.Service
	bank      *till
	owner     string // of the tables: its connection string
	mu        sync.Mutex
	now       time.Time
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{T: t, now: noon, bank: &till{}}
	base := counters.New(t)
	c.owner = base.OwnerURL
	db, pool, err := scope.Open(base.AppURL, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	c.run = scope.NewRunner(db, c.present, newID)
	books := tariffs.NewCatalogue(c.run, c.present)
	c.inquiries = inquiries.NewService(c.run, books)
	c.bills = bills.NewService(c.run, books, c.inquiries)
	c.payments = payments.NewService(c.run, payments.Only(c.bank), "http://counter/", slog.New(slog.DiscardHandler))
	return c
}

func (c *counter) present() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *counter) wait(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *counter) as(person uuid.UUID) context.Context {
	return scope.WithActor(c.Context(), scope.Actor{Kind: scope.ActorPerson, ID: person})
}

func (c *counter) system() context.Context { return system(c.Context()) }

// platform runs SQL in the platform's scope.
func (c *counter) platform(fn func(*scope.Tx) error) {
	c.Helper()
	if err := c.run.InTx(c.system(), scope.Platform(), fn); err != nil {
		c.Fatal(err)
	}
}

func (c *counter) one(query string, args ...any) (text string) {
	c.Helper()
	c.platform(func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT coalesce((`+query+`)::text, '')`, args...).Row().Scan(&text)
	})
	return text
}

func key(operation string) scope.Key {
	return scope.Key{Value: newID().String(), Operation: operation, Hash: []byte("x")}
}

// order takes all the dues of a car.
func (c *counter) order(cashier uuid.UUID, car int) bills.Order {
	c.Helper()
	o, err := c.tryOrder(cashier, car)
	if err != nil {
		c.Fatal(err)
	}
	return o
}

func (c *counter) tryOrder(cashier uuid.UUID, car int) (bills.Order, error) {
	c.Helper()
	q, err := c.inquiries.Inquire(c.as(cashier), inquiries.Question{OfficeID: counterOf[cashier], VIN: vin(car), Purpose: "settlement"})
	if err != nil {
		return bills.Order{}, err
	}
	r := bills.Request{OfficeID: counterOf[cashier], InquiryID: q.ID, Key: key("order")}
	for _, city := range q.Cities {
		for _, d := range city.Dues {
			if city.State == inquiries.Answered && d.State == dues.Assessed {
				r.Dues = append(r.Dues, bills.Selection{MunicipalityID: d.MunicipalityID, FiscalYear: d.FiscalYear})
			}
		}
	}
	return c.bills.CreateOrder(c.as(cashier), r)
}

func (c *counter) start(cashier uuid.UUID, order uuid.UUID, method payments.Method) payments.Payment {
	c.Helper()
	p, err := c.payments.Start(c.as(cashier), payments.Request{OfficeID: counterOf[cashier], OrderID: order, Method: method, Key: key("pay")})
	if err != nil {
		c.Fatal(err)
	}
	return p
}

// verified fails where mofasa verify finds something.
func (c *counter) verified() {
	c.Helper()
	rule, row, err := c.payments.Verify(c.system())
	if err != nil || rule != "" {
		c.Fatalf("%s: %s, %v", rule, row, err)
	}
}

// file writes a return file of layout A with a line for each of some bills of one company.
func file(traces int, paid ...bills.Bill) string {
	var b strings.Builder
	var total money.Rial
	for i, bill := range paid {
		total += bill.Amount
		fmt.Fprintf(&b, "00000159050828%013s%013s%06d\r\n", bill.Pair.Bill, bill.Pair.Payment, traces+i)
	}
	return header(total, len(paid)) + strings.NewReplacer(" ", "0").Replace(b.String())
}

// header is that of company 218, whose lines may still be of others.
func header(total money.Rial, lines int) string {
	return fmt.Sprintf("621817050829%010d%08d\r\n", total/1000, lines)
}

func (c *counter) read(name, body string) payments.BankFile {
	c.Helper()
	f, err := c.payments.ImportBankFile(c.as(asks), name, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	return f
}

// till is a gateway whose answers a test decides.
type till struct {
	mu       sync.Mutex
	paid     bool       // the payer has paid
	wrong    money.Rial // of the answer to the claim
	short    money.Rial // of the answer to the inquiry
	terminal string     // of the answer to the claim, if not ours
	silent   bool
	silentOn int // claims that get no answer: all from the first (1), or none (0)
	reversed int
	back     gateway.State // what a reversal answers
	gone     string        // our number of the last sale that it has reversed, heard or not
	claim    gateway.State // what the claim answers, if nothing better
	number   string        // the reference of every sale, if they have one together
}

func (t *till) Provider() string { return "till" }
func (t *till) Terminal() string { return "1" }
func (t *till) Limits() gateway.Limits {
	return gateway.Limits{MaxSplits: 9, Windows: gateway.Windows{Pay: 20 * time.Minute, Verify: 30 * time.Minute, Reverse: 50 * time.Minute, Closed: time.Hour}}
}

func (t *till) Start(context.Context, gateway.StartRequest) (gateway.Session, error) {
	return gateway.Session{Token: newID().String(), RedirectURL: "http://till/", ExpiresIn: time.Hour}, nil
}

func (t *till) answer(state gateway.State, s gateway.Sale) (gateway.Answer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.silent {
		return gateway.Answer{}, &gateway.Uncertain{Err: io.ErrUnexpectedEOF}
	}
	if !t.paid {
		return gateway.Answer{State: gateway.Pending}, nil
	}
	if state == gateway.Verified && t.gone == s.MerchantReference {
		state = gateway.Reversed
	}
	return gateway.Answer{State: state, Reference: cmp.Or(t.number, "R"+s.MerchantReference), Terminal: "1", Amount: s.Amount, Affective: s.Amount, RRN: "123456789012"}, nil
}

func (t *till) Inquire(_ context.Context, _ string, s gateway.Sale) (gateway.Answer, error) {
	a, err := t.answer(gateway.Paid, s)
	if a.State == gateway.Paid {
		a.Amount, a.Affective = a.Amount-t.short, a.Affective-t.short
	}
	return a, err
}

func (t *till) Verify(_ context.Context, _ string, s gateway.Sale) (gateway.Answer, error) {
	a, err := t.answer(gateway.Verified, s)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.silentOn > 0 {
		return gateway.Answer{}, &gateway.Uncertain{Err: io.ErrUnexpectedEOF}
	}
	if t.claim != "" {
		return gateway.Answer{State: t.claim}, nil
	}
	if a.Affective += t.wrong; err == nil && t.terminal != "" {
		a.Terminal = t.terminal
	}
	return a, err
}

// silentAt makes the claims get no answer, or answers again.
func (t *till) silentAt(n int) { t.silentOn = n }

func (t *till) Reverse(_ context.Context, _ string, s gateway.Sale) (gateway.Answer, error) {
	t.mu.Lock()
	t.reversed++
	state := t.back
	if state == gateway.Reversed {
		t.gone = s.MerchantReference
	}
	t.mu.Unlock()
	return t.answer(state, s)
}
