package offices_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/approvals"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
)

// city and elsewhere are municipalities; the office of the fixture stands elsewhere and has an agreement with neither.
const (
	city      = 122
	elsewhere = 520
)

type fixture struct {
	t    *testing.T
	run  *scope.Runner
	now  *atomic.Int64
	svc  *offices.Service
	agr  *offices.Agreements
	home offices.Office

	operator, first, second, stranger, manager uuid.UUID
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 6)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	f := fixture{t: t, now: &atomic.Int64{}, operator: uuid.New(), first: uuid.New(), second: uuid.New(), stranger: uuid.New(), manager: uuid.New()}
	f.now.Store(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC).Unix())
	f.run = scope.NewRunner(db, func() time.Time { return time.Unix(f.now.Load(), 0) }, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	f.svc, f.agr = offices.NewService(f.run), offices.NewAgreements(f.run, []string{"annual_duty", "pollution_levy"})
	f.exec(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix)
	  VALUES (122, 'شیراز', 'Shiraz', 'فارس', 'Fars', 'شیراز', 2, 1), (520, 'تهران', 'Tehran', 'تهران', 'Tehran', 'تهران', 3, 1), (1, 'قم', 'Qom', 'قم', 'Qom', 'قم', 4, 1)`)
	f.person(f.operator, "operator", nil, 0)
	f.home = f.open(offices.Office{MunicipalityID: elsewhere, NameFA: "دفتر", LicenceNo: "72-1", ValidFrom: f.day(-30), ValidTo: f.day(365)})
	f.person(f.first, "first", nil, city)
	f.person(f.second, "second", nil, city)
	f.person(f.stranger, "stranger", nil, 1)
	f.person(f.manager, "manager", &f.home.ID, 0)
	f.known()
	return f
}

// known puts on record who everybody is.
func (f fixture) known() {
	f.t.Helper()
	ctx := scope.WithActor(f.t.Context(), scope.Actor{Kind: scope.ActorSystem})
	if err := f.run.InTx(ctx, scope.Platform(), identitytest.Know); err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) exec(query string, args ...any) {
	f.t.Helper()
	ctx := scope.WithActor(f.t.Context(), scope.Actor{Kind: scope.ActorSystem})
	if err := f.run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(query, args...).Error }); err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) person(id uuid.UUID, name string, office *uuid.UUID, municipality int) {
	f.t.Helper()
	f.exec(`INSERT INTO people (id, office_id, municipality_id, username, password_hash, name_fa, role) VALUES (?, ?, nullif(?, 0), ?, 'x', ?, 'treasurer')`, id, office, municipality, name, name)
}

func (f fixture) as(person uuid.UUID) context.Context {
	return scope.WithActor(f.t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: person})
}

// day is today in Tehran and so many days later.
func (f fixture) day(days int) time.Time {
	return time.Date(2026, 11, 20+days, 0, 0, 0, 0, time.UTC)
}

func (f fixture) later(d time.Duration) { f.now.Add(int64(d / time.Second)) }

func (f fixture) platform() (context.Context, scope.Scope) { return f.as(f.operator), scope.Platform() }

func (f fixture) open(o offices.Office) offices.Office {
	f.t.Helper()
	ctx, in := f.platform()
	opened, err := f.svc.Open(ctx, in, o)
	if err != nil {
		f.t.Fatal(err)
	}
	return opened
}

// wantCode fails unless err is a fault with the code, blaming the field where one is named as code@field.
func wantCode(t *testing.T, what string, err error, want string) {
	t.Helper()
	code, field, _ := strings.Cut(want, "@")
	got := fault.Of(err)
	if got == nil || got.Code != code || field != "" && (len(got.Fields) == 0 || got.Fields[0].Name != field) {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func kinds(events []offices.Event) (list []offices.EventKind) {
	for _, e := range events {
		list = append(list, e.Kind)
	}
	return list
}

func TestTheLifeOfAnOffice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, in := f.platform()
	id := f.home.ID
	steps := []struct {
		want offices.State
		do   func() (offices.Office, error)
	}{
		{offices.Suspended, func() (offices.Office, error) { return f.svc.Suspend(ctx, in, id, "complaint 12") }},
		{offices.Suspended, func() (offices.Office, error) { return f.svc.Renew(ctx, in, id, f.day(500), "") }},
		{offices.Active, func() (offices.Office, error) { return f.svc.Reinstate(ctx, in, id, "settled") }},
		{offices.Active, func() (offices.Office, error) { return f.svc.Reclassify(ctx, in, id, "rural", "letter 3") }},
		{offices.Closed, func() (offices.Office, error) { return f.svc.Close(ctx, in, id, "moved away") }},
	}
	for i, step := range steps {
		f.later(time.Minute)
		if o, err := step.do(); err != nil || o.State != step.want {
			t.Errorf("step %d: %+v, %v", i, o, err)
		}
	}
	r, err := f.svc.Find(ctx, in, id)
	if err != nil {
		t.Fatal(err)
	}
	want := []offices.EventKind{offices.Opened, offices.WasSuspended, offices.Renewed, offices.Reinstated, offices.Reclassified, offices.WasClosed}
	if !slices.Equal(kinds(r.Events), want) || !r.ValidTo.Equal(f.day(500)) || r.Class != "rural" {
		t.Errorf("%+v", r)
	}
	for _, e := range r.Events {
		if e.ActorID != f.operator {
			t.Errorf("%s by %s", e.Kind, e.ActorID)
		}
	}
	for what, do := range map[string]func() (offices.Office, error){
		"reinstate": func() (offices.Office, error) { return f.svc.Reinstate(ctx, in, id, "x") },
		"suspend":   func() (offices.Office, error) { return f.svc.Suspend(ctx, in, id, "x") },
		"close":     func() (offices.Office, error) { return f.svc.Close(ctx, in, id, "x") },
		"renew":     func() (offices.Office, error) { return f.svc.Renew(ctx, in, id, f.day(900), "") },
		"classify":  func() (offices.Office, error) { return f.svc.Reclassify(ctx, in, id, "rural", "x") },
	} {
		_, err := do()
		wantCode(t, what+" of a closed office", err, "office_state")
	}
	err = f.run.InTx(ctx, in, func(tx *scope.Tx) error { return tx.DB.Exec(`UPDATE office_events SET reason = 'another'`).Error })
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("the history can be changed: %v", err)
	}
}

func TestOfficesRefuse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, in := f.platform()
	good := offices.Office{MunicipalityID: city, NameFA: "دفتر دوم", LicenceNo: "72-2", ValidFrom: f.day(0), ValidTo: f.day(10)}
	for want, spoil := range map[string]func(*offices.Office){
		"office_name@name_fa":                func(o *offices.Office) { o.NameFA = "  " },
		"office_licence_no@licence_no":       func(o *offices.Office) { o.LicenceNo = "-" },
		"office_licence_taken@licence_no":    func(o *offices.Office) { o.LicenceNo = "72-1" },
		"office_licence_days@valid_to":       func(o *offices.Office) { o.ValidTo = f.day(0) },
		"office_licence_days@valid_from":     func(o *offices.Office) { o.ValidFrom = time.Time{} },
		"office_class@class":                 func(o *offices.Office) { o.Class = "Rural" },
		"office_city@municipality_code":      func(o *offices.Office) { o.MunicipalityID = 999 },
		"office_parent@parent_id":            func(o *offices.Office) { o.ParentID = uuid.New() },
		"office_licence_days@valid_to again": func(o *offices.Office) { o.ValidFrom, o.ValidTo = f.day(-20), f.day(-1) },
	} {
		o := good
		spoil(&o)
		_, err := f.svc.Open(ctx, in, o)
		wantCode(t, want, err, strings.TrimSuffix(want, " again"))
	}
	_, err := f.svc.Suspend(ctx, in, f.home.ID, " ")
	wantCode(t, "no reason", err, "office_reason@reason")
	_, err = f.svc.Suspend(ctx, in, uuid.New(), "x")
	wantCode(t, "nobody", err, "office_unknown")
	_, err = f.svc.Reinstate(ctx, in, f.home.ID, "x")
	wantCode(t, "not suspended", err, "office_state")
	_, err = f.svc.Renew(ctx, in, f.home.ID, f.day(365), "")
	wantCode(t, "no longer than before", err, "office_licence_days@valid_to")
	for _, s := range []scope.Scope{scope.Office(f.home.ID), scope.Municipality(elsewhere), scope.Public("")} {
		if _, err := f.svc.Suspend(ctx, s, f.home.ID, "x"); err == nil {
			t.Errorf("%s suspends an office", s)
		}
	}
	if _, err := f.svc.Suspend(scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem}), in, f.home.ID, "x"); err == nil {
		t.Error("nobody suspends an office")
	}
}

func TestBranches(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, in := f.platform()
	branch := f.open(offices.Office{MunicipalityID: city, ParentID: f.home.ID, NameFA: "شعبه", LicenceNo: "72-1/1", ValidFrom: f.day(-1), ValidTo: f.day(900)})
	_, err := f.svc.Open(ctx, in, offices.Office{MunicipalityID: city, ParentID: branch.ID, NameFA: "شعبهٔ شعبه", LicenceNo: "72-1/1/1", ValidFrom: f.day(-1)})
	wantCode(t, "a branch of a branch", err, "office_parent@parent_id")
	_, err = f.svc.Close(ctx, in, f.home.ID, "x")
	wantCode(t, "with a branch", err, "office_branches")
	if _, err := f.svc.Suspend(ctx, in, f.home.ID, "x"); err != nil {
		t.Fatal(err)
	}
	_, err = f.svc.Open(ctx, in, offices.Office{MunicipalityID: city, ParentID: f.home.ID, NameFA: "شعبه", LicenceNo: "72-1/2", ValidFrom: f.day(-1)})
	wantCode(t, "a branch of a suspended office", err, "office_parent@parent_id")

	seen := func(s scope.Scope) (numbers []string) {
		list, err := f.svc.List(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			numbers = append(numbers, o.LicenceNo)
		}
		return numbers
	}
	for s, want := range map[scope.Scope][]string{scope.Platform(): {"72-1", "72-1/1"}, scope.Office(f.home.ID): {"72-1", "72-1/1"}, scope.Office(branch.ID): {"72-1/1"},
		scope.Municipality(city): {"72-1/1"}, scope.Municipality(elsewhere): {"72-1"}, scope.Municipality(1): nil, scope.Public(""): nil} {
		if got := seen(s); !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", s, got, want)
		}
	}
	if r, err := f.svc.Find(ctx, scope.Office(f.home.ID), branch.ID); err != nil || len(r.Events) != 1 {
		t.Errorf("the parent reads its branch: %+v, %v", r, err)
	}
	_, err = f.svc.Find(ctx, scope.Office(branch.ID), f.home.ID)
	wantCode(t, "the branch reads its parent", err, "office_unknown")
	if r, err := f.svc.Find(ctx, scope.Municipality(city), branch.ID); err != nil || len(r.Events) != 0 {
		t.Errorf("the city reads a history: %+v, %v", r, err)
	}
}

func TestFeesFollowEachOther(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, in := f.platform()
	set := func(class string, from int, amount int64) error {
		_, err := f.svc.SetFee(ctx, in, offices.Fee{Service: offices.Clearance, OfficeClass: class, ValidFrom: f.day(from), AmountRial: amount, Reference: "decree 9"})
		return err
	}
	for _, fee := range []struct{ from, amount int }{{0, 100_000}, {10, 120_000}, {10, 125_000}, {20, 0}} {
		if err := set("standard", fee.from, int64(fee.amount)); err != nil {
			t.Fatal(err)
		}
	}
	holding := func() (amounts []int64) {
		list, err := f.svc.Fees(f.as(f.manager), scope.Office(f.home.ID))
		if err != nil {
			t.Fatal(err)
		}
		for _, fee := range list {
			if fee.Holds {
				amounts = append(amounts, fee.AmountRial)
			}
		}
		return amounts
	}
	for day, want := range []int64{0: 100_000, 9: 100_000, 10: 125_000, 19: 125_000, 20: 0, 21: 0} {
		if got := holding(); want != 0 && !slices.Equal(got, []int64{want}) || day > 19 && !slices.Equal(got, []int64{0}) {
			t.Errorf("after %d days: %v, want %d", day, got, want)
		}
		f.later(24 * time.Hour)
	}
	for want, fee := range map[string]offices.Fee{
		"fee_service@service":       {Service: "tea", OfficeClass: "standard", ValidFrom: f.day(40), AmountRial: 1, Reference: "x"},
		"office_class@office_class": {Service: offices.Inquiry, OfficeClass: "A", ValidFrom: f.day(40), AmountRial: 1, Reference: "x"},
		"fee_valid_from@valid_from": {Service: offices.Inquiry, OfficeClass: "standard", ValidFrom: f.day(0), AmountRial: 1, Reference: "x"},
		"fee_amount@amount_rial":    {Service: offices.Inquiry, OfficeClass: "standard", ValidFrom: f.day(40), AmountRial: -1, Reference: "x"},
		"fee_reference@reference":   {Service: offices.Inquiry, OfficeClass: "standard", ValidFrom: f.day(40), AmountRial: 1},
	} {
		_, err := f.svc.SetFee(ctx, in, fee)
		wantCode(t, want, err, want)
	}
	if _, err := f.svc.SetFee(f.as(f.manager), scope.Office(f.home.ID), offices.Fee{}); err == nil || fault.Of(err) != nil {
		t.Errorf("an office sets its fee: %v", err)
	}
}

// TestALicenceOfOneDay holds on its day and on no other: valid_to is the first day on which it no longer holds. One that was withdrawn before its first day is a record
// that the database keeps.
func TestALicenceOfOneDay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o := f.open(offices.Office{MunicipalityID: city, NameFA: "دفتر یک‌روزه", LicenceNo: "72-3", ValidFrom: f.day(0), ValidTo: f.day(1)})
	works := func() (works bool) {
		ctx, in := f.platform()
		if err := f.run.InTx(ctx, in, func(tx *scope.Tx) error { return tx.DB.Raw(`SELECT office_works(?)`, o.ID).Row().Scan(&works) }); err != nil {
			t.Fatal(err)
		}
		return works
	}
	if !works() {
		t.Error("it does not hold on its day")
	}
	f.later(24 * time.Hour)
	if works() {
		t.Error("it holds on the next day")
	}
	f.exec(`UPDATE offices SET valid_to = valid_from WHERE id = ?`, o.ID)
	ctx, in := f.platform()
	if err := f.run.InTx(ctx, in, func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE offices SET valid_to = valid_from - 1 WHERE id = ?`, o.ID).Error
	}); scope.Constraint(err) != "offices_licence_days" {
		t.Errorf("it ends before it begins: %v", err)
	}
}

// TestFeesGoWhereTwoPeopleSay asks for an account of fees, and lets nobody else's word, nor one's own, set it.
func TestFeesGoWhereTwoPeopleSay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	second := uuid.New()
	f.person(second, "operator.2", nil, 0)
	f.known()
	ctx, in := f.platform()
	desk := approvals.NewService(f.run, map[approvals.Kind]approvals.Execute{approvals.FeeAccount: offices.TakeFeeAccount})
	account := func() string {
		found, err := f.svc.FeeAccount(f.as(f.manager), scope.Office(f.home.ID))
		if err != nil {
			t.Fatal(err)
		}
		if found == nil {
			return ""
		}
		return found.IBAN
	}
	for i, iban := range []string{"IR040610000009990000000001", "IR740610000009990000000002"} {
		before := account()
		asked, err := f.svc.AskFeeAccount(ctx, in, strings.ToLower(iban), "letter 7")
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.svc.AskFeeAccount(ctx, in, iban, "letter 8")
		wantCode(t, "asked twice", err, "approval_pending")
		_, err = desk.Decide(ctx, in, asked, approvals.Approve, "")
		wantCode(t, "one's own word", err, "approval_second_person")
		if account() != before {
			t.Errorf("%d: it is set before the second person agrees", i)
		}
		if _, err := desk.Decide(f.as(second), in, asked, approvals.Approve, ""); err != nil || account() != iban {
			t.Errorf("%d: %q, %v", i, account(), err)
		}
	}
	_, err := f.svc.AskFeeAccount(ctx, in, "IR040610000009990000000002", "x")
	wantCode(t, "a wrong IBAN", err, "iban_checksum@iban")
	_, err = f.svc.AskFeeAccount(ctx, in, "IR040610000009990000000001", " ")
	wantCode(t, "no reason", err, "office_reason@reason")
	if _, err := f.svc.AskFeeAccount(f.as(f.manager), scope.Office(f.home.ID), "IR040610000009990000000001", "x"); err == nil || fault.Of(err) != nil {
		t.Errorf("an office asks: %v", err)
	}
	for name, try := range map[string]struct {
		in  scope.Scope
		sql string
	}{
		"one person":    {scope.Platform(), `INSERT INTO fee_accounts (number, iban, reason, asked_by, approved_by, at) SELECT 9, iban, 'x', asked_by, asked_by, at FROM fee_accounts WHERE number = 1`},
		"half a word":   {scope.Platform(), `INSERT INTO fee_accounts (number, iban, reason, asked_by, at) SELECT 9, iban, 'x', asked_by, at FROM fee_accounts WHERE number = 1`},
		"changed":       {scope.Platform(), `UPDATE fee_accounts SET iban = 'IR000000000000000000000000'`},
		"the office's":  {scope.Office(f.home.ID), `INSERT INTO fee_accounts (number, iban, reason, at) SELECT 9, iban, 'x', at FROM fee_accounts WHERE number = 1`},
		"taken away":    {scope.Platform(), `DELETE FROM fee_accounts`},
		"a city's word": {scope.Municipality(city), `INSERT INTO fee_accounts (number, iban, reason, at) SELECT 9, iban, 'x', at FROM fee_accounts WHERE number = 1`},
	} {
		if err := f.run.InTx(ctx, try.in, func(tx *scope.Tx) error { return tx.DB.Exec(try.sql).Error }); err == nil {
			t.Errorf("%s", name)
		}
	}
}

// TestASeedPublishesAFeeOnce and leaves alone what people have set.
func TestASeedPublishesAFeeOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
	for _, amount := range []int64{120_000, 130_000} {
		err := f.run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
			return offices.PublishFee(tx, offices.Fee{Service: offices.Clearance, OfficeClass: offices.Standard, ValidFrom: f.day(-30), AmountRial: amount, Reference: "decree 9"}, "IR040610000009990000000001")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var held string
	if err := f.run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT string_agg(f.amount_rial || ' ' || a.iban, ',') FROM holding_fees f, fee_accounts a`).Row().Scan(&held)
	}); err != nil || held != "120000 IR040610000009990000000001" {
		t.Errorf("%q, %v", held, err)
	}
}

func TestOpenForSeedsIsRepeatable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
	var ids []uuid.UUID
	for range 2 {
		err := f.run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
			id, err := offices.Open(tx, offices.Office{ID: tx.NewID(), MunicipalityID: city, NameFA: "دفتر", LicenceNo: "72-9", ValidFrom: f.day(-1)})
			ids = append(ids, id)
			return errors.Join(err, offices.AgreeWithAll(tx, id), offices.Agree(tx, id, []int{city}))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := f.svc.Find(ctx, scope.Platform(), ids[0])
	if err != nil || ids[0] != ids[1] || len(r.Events) != 1 {
		t.Errorf("%v %+v %v", ids, r, err)
	}
	agreed, err := f.agr.List(ctx, scope.Office(ids[0]))
	if err != nil || len(agreed) != 3 || !agreed[0].Holds || !agreed[0].Terms.Covers("anything") || !agreed[0].Terms.Permits("gateway") {
		t.Errorf("%+v %v", agreed, err)
	}
}
