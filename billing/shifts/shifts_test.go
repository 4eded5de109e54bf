package shifts_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/billing/shifts"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// till is an office with two cashiers and a manager, and the program in one process.
type till struct {
	*scope.Runner
	t                         *testing.T
	ctx                       context.Context
	service                   *shifts.Service
	office                    uuid.UUID
	cashier, another, manager uuid.UUID
}

func open(t *testing.T, url string) *scope.Runner {
	t.Helper()
	gorm, pool, err := scope.Open(url, 12)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return scope.NewRunner(gorm, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
}

func newTill(t *testing.T, url string) till {
	t.Helper()
	c := till{Runner: open(t, url), t: t, ctx: scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem}), office: uuid.New()}
	c.service = shifts.NewService(c.Runner)
	c.platform(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix) VALUES (1, 'a', 'a', 'a', 'a', 'a', 1, 1)`)
	c.platform(`INSERT INTO offices (id, municipality_id, licence_no, name_fa, valid_from) VALUES (?, 1, '72-1', 'دفتر', '2024-01-01')`, c.office)
	for _, p := range []struct {
		id   *uuid.UUID
		role string
	}{{&c.cashier, "office_cashier"}, {&c.another, "office_cashier"}, {&c.manager, "office_manager"}} {
		*p.id = uuid.New()
		c.platform(`INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES (?, ?, ?, 'x', 'x', ?)`, *p.id, c.office, p.id.String(), p.role)
	}
	return c
}

func (c till) platform(statement string, args ...any) {
	c.t.Helper()
	err := c.InTx(c.ctx, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(statement, args...).Error })
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c till) as(person uuid.UUID) context.Context {
	return scope.WithActor(c.ctx, scope.Actor{Kind: scope.ActorPerson, ID: person})
}

func (c till) own(person uuid.UUID) shifts.Viewer {
	return shifts.Viewer{OfficeID: c.office, PersonID: person, Manages: person == c.manager}
}

func (c till) opens(person uuid.UUID, float money.Rial) shifts.Shift {
	c.t.Helper()
	return must[shifts.Shift](c.t)(c.service.Open(c.as(person), c.office, float))
}

// attempt begins a payment of somebody as package payments does, in the shift that Of says.
func (c till) attempt(run *scope.Runner, person uuid.UUID, method string, amount money.Rial) (payment, shift uuid.UUID, err error) {
	payment = uuid.New()
	err = run.InTx(c.as(person), scope.Office(c.office), func(tx *scope.Tx) error {
		var err error
		if shift, err = shifts.Of(tx, c.office); err != nil {
			return err
		}
		var known *uuid.UUID
		if shift != uuid.Nil {
			known = &shift
		}
		return tx.As(scope.Platform(), func() error {
			return tx.DB.Exec(`INSERT INTO payments (id, office_id, person_id, shift_id, method, provider, terminal, merchant_ref, amount_rial, state, created_at, expires_at)
			  VALUES (?, ?, ?, ?, ?, 'sep', '1', ?, ?, 'created', now(), now())`, payment, c.office, person, known, method, payment.String(), amount).Error
		})
	})
	return payment, shift, err
}

func capture(run *scope.Runner, ctx context.Context, payment uuid.UUID) error {
	return run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE payments SET state = 'captured', captured_at = ? WHERE id = ?`, tx.Now, payment).Error
	})
}

func (c till) broken() (rule string) {
	c.t.Helper()
	err := c.InTx(c.ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		rule, _, err = scope.FirstBroken(tx, shifts.Checks())
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return rule
}

func must[T any](t *testing.T) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

// tell writes totals so that two can be compared.
func tell(totals []shifts.Total) (text string) {
	for _, s := range totals {
		counted, difference := "-", "-"
		if s.Counted != nil {
			counted, difference = fmt.Sprint(int64(*s.Counted)), fmt.Sprint(int64(*s.Difference()))
		}
		text += fmt.Sprintf("%s %d %d %d %s %s; ", s.Method, s.Taken.Payments, int64(s.Taken.Amount), int64(s.Expected), counted, difference)
	}
	return text
}

func TestAShift(t *testing.T) {
	t.Parallel()
	c := newTill(t, pgtest.New(t).AppURL)
	_, err := c.service.Open(c.as(c.cashier), c.office, -1)
	wantCode(t, err, "shift_float")
	_, err = c.service.Current(c.as(c.cashier), c.own(c.cashier))
	wantCode(t, err, "shift_not_open")
	sh := c.opens(c.cashier, 200_000)
	_, err = c.service.Open(c.as(c.cashier), c.office, 0)
	wantCode(t, err, "shift_open")
	other := c.opens(c.another, 0)
	if sh.Number != 1 || other.Number != 2 {
		t.Errorf("numbers %d and %d", sh.Number, other.Number)
	}
	var paid []uuid.UUID
	for _, amount := range []money.Rial{100_000, 250_000, 40_000, 1_000} {
		payment, in, err := c.attempt(c.Runner, c.cashier, "gateway", amount)
		if err != nil || in != sh.ID {
			t.Fatalf("attempt in shift %s, %v", in, err)
		}
		paid = append(paid, payment)
	}
	for _, p := range paid[:2] {
		if err := capture(c.Runner, c.ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	c.platform(`UPDATE payments SET state = 'failed' WHERE id = ?`, paid[3])
	now := must[shifts.Shift](t)(c.service.Current(c.as(c.cashier), c.own(c.cashier)))
	if got := tell(now.Totals); got != "gateway 2 350000 350000 - -; deposit 0 0 200000 - -; " || now.InFlight != (shifts.Sum{Payments: 1, Amount: 40_000}) || now.Later != nil {
		t.Errorf("so far %q, %+v, %+v", got, now.InFlight, now.Later)
	}

	for code, wrong := range map[string]shifts.Closing{
		"shift_count_missing": {Counts: []shifts.Count{{"deposit", 200_000}}},
		"shift_count":         {Counts: []shifts.Count{{"deposit", 1}, {"deposit", 1}, {"gateway", 1}}},
		"shift_note":          {Note: string(make([]byte, 501))},
	} {
		_, err := c.service.Close(c.as(c.cashier), c.own(c.cashier), sh.ID, wrong)
		wantCode(t, err, code)
	}
	for _, wrong := range []shifts.Count{{"gateway", -1}, {"cheque", 1}} {
		_, err := c.service.Close(c.as(c.cashier), c.own(c.cashier), sh.ID, shifts.Closing{Counts: []shifts.Count{wrong}})
		wantCode(t, err, "shift_count")
	}
	_, err = c.service.Close(c.as(c.another), c.own(c.another), sh.ID, shifts.Closing{})
	wantCode(t, err, "shift_unknown")

	counts := shifts.Closing{Counts: []shifts.Count{{"gateway", 350_000}, {"deposit", 195_000}, {"terminal", 7}}, Note: " a note is torn "}
	closed := must[shifts.Shift](t)(c.service.Close(c.as(c.cashier), c.own(c.cashier), sh.ID, counts))
	want := "gateway 2 350000 350000 350000 0; deposit 0 0 200000 195000 -5000; terminal 0 0 0 7 7; "
	if got := tell(closed.Totals); got != want || closed.InFlight != (shifts.Sum{Payments: 1, Amount: 40_000}) || closed.Note != "a note is torn" || closed.ClosedBy != c.cashier {
		t.Errorf("closed %q, %+v", got, closed)
	}
	_, err = c.service.Close(c.as(c.cashier), c.own(c.cashier), sh.ID, counts)
	wantCode(t, err, "shift_closed")

	// What is decided later stands apart, and no total moves.
	if err := capture(c.Runner, c.ctx, paid[2]); err != nil {
		t.Fatal(err)
	}
	again := must[shifts.Shift](t)(c.service.Find(c.as(c.manager), c.own(c.manager), sh.ID))
	want = "deposit 0 0 200000 195000 -5000; gateway 2 350000 350000 350000 0; terminal 0 0 0 7 7; "
	if got := tell(again.Totals); got != want || tell(again.Later) != "gateway 1 40000 0 - -; " || again.InFlight != closed.InFlight {
		t.Errorf("later %q, %q, %+v", got, tell(again.Later), again.InFlight)
	}
	_, in, err := c.attempt(c.Runner, c.cashier, "gateway", 5)
	if err != nil || in != uuid.Nil {
		t.Errorf("an attempt after the closing is in shift %s, %v", in, err)
	}
	if rule := c.broken(); rule != "" {
		t.Error(rule)
	}
	c.wantViews(sh, other)
}

// wantViews holds that a cashier sees their own shifts, and the manager everybody's, and closes for whoever has gone.
func (c till) wantViews(closed, open shifts.Shift) {
	c.t.Helper()
	for person, want := range map[uuid.UUID]int{c.cashier: 1, c.another: 1, c.manager: 2} {
		if list := must[[]shifts.Shift](c.t)(c.service.List(c.as(person), c.own(person), 0)); len(list) != want {
			c.t.Errorf("%s sees %d shifts", person, len(list))
		}
	}
	if list := must[[]shifts.Shift](c.t)(c.service.List(c.as(c.manager), c.own(c.manager), 2)); len(list) != 1 || list[0].ID != closed.ID {
		c.t.Errorf("below 2: %+v", list)
	}
	_, err := c.service.Find(c.as(c.cashier), c.own(c.cashier), open.ID)
	wantCode(c.t, err, "shift_unknown")
	done := must[shifts.Shift](c.t)(c.service.Close(c.as(c.manager), c.own(c.manager), open.ID, shifts.Closing{}))
	if done.PersonID != c.another || done.ClosedBy != c.manager {
		c.t.Errorf("%+v", done)
	}
}

func TestTheRule(t *testing.T) {
	t.Parallel()
	c := newTill(t, pgtest.New(t).AppURL)
	begin := func() (uuid.UUID, error) {
		_, in, err := c.attempt(c.Runner, c.cashier, "gateway", 5)
		return in, err
	}
	if in, err := begin(); err != nil || in != uuid.Nil {
		t.Errorf("without a rule: %s, %v", in, err)
	}
	for _, required := range []bool{true, false, true} {
		if err := c.service.Require(c.as(c.manager), c.office, required); err != nil {
			t.Fatal(err)
		}
		if got := must[bool](t)(c.service.Required(c.as(c.cashier), c.office)); got != required {
			t.Errorf("required is %t", got)
		}
		if _, err := begin(); errors.Is(err, shifts.ErrNeeded) != required {
			t.Errorf("required %t: %v", required, err)
		}
	}
	sh := c.opens(c.cashier, 0)
	if in, err := begin(); err != nil || in != sh.ID {
		t.Errorf("in an open shift: %s, %v", in, err)
	}
	// A program has no till.
	program := scope.WithActor(c.ctx, scope.Actor{Kind: scope.ActorClient, ID: uuid.New()})
	err := c.InTx(program, scope.Office(c.office), func(tx *scope.Tx) error {
		in, err := shifts.Of(tx, c.office)
		if in != uuid.Nil {
			t.Errorf("a program is in shift %s", in)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestTwoClosings lets two processes open and close the same shifts at once.
func TestTwoClosings(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	c := newTill(t, db.AppURL)
	twin := shifts.NewService(open(t, db.AppURL))
	for round := range 10 {
		var both sync.WaitGroup
		var errs [2]error
		var opened [2]shifts.Shift
		both.Go(func() { opened[0], errs[0] = c.service.Open(c.as(c.cashier), c.office, 5) })
		both.Go(func() { opened[1], errs[1] = twin.Open(c.as(c.cashier), c.office, 7) })
		both.Wait()
		winner := 0
		if errs[0] != nil {
			winner = 1
		}
		wantCode(t, errs[1-winner], "shift_open")
		if errs[winner] != nil || opened[winner].Number != round+1 {
			t.Fatalf("round %d: %+v, %v", round, opened[winner], errs[winner])
		}
		id := opened[winner].ID
		var closed [2]shifts.Shift
		both.Go(func() {
			closed[0], errs[0] = c.service.Close(c.as(c.cashier), c.own(c.cashier), id, shifts.Closing{Counts: []shifts.Count{{"deposit", 1}}})
		})
		both.Go(func() {
			closed[1], errs[1] = twin.Close(c.as(c.manager), c.own(c.manager), id, shifts.Closing{Counts: []shifts.Count{{"deposit", 2}}})
		})
		both.Wait()
		winner = 0
		if errs[0] != nil {
			winner = 1
		}
		wantCode(t, errs[1-winner], "shift_closed")
		found := must[shifts.Shift](t)(c.service.Find(c.as(c.manager), c.own(c.manager), id))
		if errs[winner] != nil || tell(found.Totals) != tell(closed[winner].Totals) {
			t.Fatalf("round %d: %+v, %v", round, found, errs[winner])
		}
	}
	if rule := c.broken(); rule != "" {
		t.Error(rule)
	}
}

// TestEveryCaptureLandsOnOneSide begins and captures payments in two processes while the shift is closed: each is in the closed totals or apart from them, and what had been begun
// and was not captured then was in flight.
func TestEveryCaptureLandsOnOneSide(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	c := newTill(t, db.AppURL)
	runs := []*scope.Runner{c.Runner, open(t, db.AppURL)}
	both, before, after, flew := 0, 0, 0, 0
	for round := range 6 {
		sh := c.opens(c.cashier, 0)
		var mu sync.Mutex
		var begun, captured money.Rial
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range 12 {
			all.Go(func() {
				<-start
				for n := range 3 {
					amount := money.Rial(1 + i + 100*n)
					payment, in, err := c.attempt(runs[i%2], c.cashier, "gateway", amount)
					if err != nil {
						t.Error(err)
						return
					}
					if in == uuid.Nil {
						return
					}
					mu.Lock()
					begun += amount
					mu.Unlock()
					if err := capture(runs[(i+1)%2], c.ctx, payment); err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					captured += amount
					mu.Unlock()
				}
			})
		}
		var closed shifts.Shift
		all.Go(func() {
			<-start
			time.Sleep(time.Duration(round) * 15 * time.Millisecond)
			var err error
			closed, err = c.service.Close(c.as(c.cashier), c.own(c.cashier), sh.ID, shifts.Closing{Counts: []shifts.Count{{"gateway", 0}}})
			if err != nil {
				t.Error(err)
			}
		})
		close(start)
		all.Wait()
		found := must[shifts.Shift](t)(c.service.Find(c.as(c.cashier), c.own(c.cashier), sh.ID))
		var fixed, later money.Rial
		for _, s := range found.Totals {
			fixed += s.Taken.Amount
		}
		for _, s := range found.Later {
			later += s.Taken.Amount
		}
		if fixed+later != captured || captured != begun || found.InFlight.Amount != later || tell(found.Totals) != tell(closed.Totals) {
			t.Fatalf("round %d: %d fixed, %d later, %d in flight of %d captured and %d begun", round, fixed, later, found.InFlight.Amount, captured, begun)
		}
		if later > 0 {
			after++
		}
		if fixed > 0 {
			before++
		}
		if fixed > 0 && later > 0 {
			both++
		}
		flew += found.InFlight.Payments
	}
	if before == 0 || after == 0 || flew == 0 {
		t.Errorf("nothing raced: %d rounds with totals, %d with later ones, %d with both, %d in flight", before, after, both, flew)
	}
	if rule := c.broken(); rule != "" {
		t.Error(rule)
	}
}

// TestEveryRuleOfShiftsCanFail breaks each rule once.
func TestEveryRuleOfShiftsCanFail(t *testing.T) {
	t.Parallel()
	for rule, sql := range map[string]string{
		"a closed shift is not the sum of its payments":            `UPDATE shift_totals SET taken_rial = taken_rial - 1`,
		"a closed shift counts what its person did not take in it": `UPDATE payments SET person_id = (SELECT p.id FROM people p WHERE p.id <> payments.person_id LIMIT 1)`,
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			c := newTill(t, db.AppURL)
			sh := c.opens(c.cashier, 0)
			payment, _, err := c.attempt(c.Runner, c.cashier, "gateway", 50)
			if err != nil {
				t.Fatal(err)
			}
			if err := capture(c.Runner, c.ctx, payment); err != nil {
				t.Fatal(err)
			}
			must[shifts.Shift](t)(c.service.Close(c.as(c.cashier), c.own(c.cashier), sh.ID, shifts.Closing{Counts: []shifts.Count{{"gateway", 50}}}))
			if got := c.broken(); got != "" {
				t.Fatal(got)
			}
			owner := pgtest.Open(t, db.OwnerURL)
			for _, statement := range []string{`ALTER TABLE shift_totals NO FORCE ROW LEVEL SECURITY`, `ALTER TABLE payments NO FORCE ROW LEVEL SECURITY`, `ALTER TABLE people NO FORCE ROW LEVEL SECURITY`, sql} {
				if _, err := owner.ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			if got := c.broken(); got != rule {
				t.Errorf("broken is %q", got)
			}
		})
	}
}
