package deposits_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/deposits"
	"mofasa/billing/money"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// desk is an office whose manager asks, and two people of the platform of whom the second is the manager by another name.
type desk struct {
	process
	t                          *testing.T
	service                    *deposits.Service
	office                     uuid.UUID
	manager, operator, himself uuid.UUID
	stranger                   uuid.UUID // of the platform, of whom nobody knows which human they are
}

func newDesk(t *testing.T, p process) desk {
	t.Helper()
	d := desk{process: p, t: t, service: deposits.NewService(p.Runner), office: newOffice(t, p)}
	one, other := uuid.New(), uuid.New()
	d.platform(`INSERT INTO humans (id, id_index, index_key, id_enc, recorded_at) SELECT h, sha256(h::text::bytea), 1, decode(repeat('01', 40), 'hex'), now() FROM unnest(ARRAY[?::uuid, ?::uuid]) h`, one, other)
	enrol := func(office, human any, role string) uuid.UUID {
		id := uuid.New()
		var masked any
		if human != nil {
			masked = "*******123"
		}
		d.platform(`INSERT INTO people (id, office_id, username, password_hash, name_fa, role, human_id, national_id_masked) VALUES (?, ?, ?, 'x', 'x', ?, ?, ?)`, id, office, id.String(), role, human, masked)
		return id
	}
	d.manager, d.operator = enrol(d.office, one, "office_manager"), enrol(nil, other, "platform_operator")
	d.himself, d.stranger = enrol(nil, one, "platform_operator"), enrol(nil, nil, "platform_operator")
	return d
}

func (d desk) platform(statement string, args ...any) {
	d.t.Helper()
	err := d.InTx(d.ctx, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(statement, args...).Error })
	if err != nil {
		d.t.Fatal(err)
	}
}

// as is a context in which somebody acts.
func (d desk) as(person uuid.UUID) context.Context {
	return scope.WithActor(d.ctx, scope.Actor{Kind: scope.ActorPerson, ID: person})
}

func (d desk) declare(amount money.Rial, reference string) (deposits.Transfer, error) {
	return d.service.Declare(d.as(d.manager), deposits.Transfer{OfficeID: d.office, Amount: amount, Reference: reference, PaidOn: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)})
}

func (d desk) askBack(amount money.Rial) (deposits.Withdrawal, error) {
	return d.service.AskBack(d.as(d.manager), deposits.Withdrawal{OfficeID: d.office, Amount: amount, IBAN: "IR860610000009990000009001"})
}

// stands fails the test unless the deposit is so, and every rule holds.
func (d desk) stands(available, held money.Rial) {
	d.t.Helper()
	s, err := d.service.Standing(d.as(d.manager), d.office)
	if err != nil || s.Available != available || s.Held != held {
		d.t.Errorf("%d available and %d held, want %d and %d; %v", s.Available, s.Held, available, held, err)
	}
	if rule := d.broken(); rule != "" {
		d.t.Errorf("broken: %s", rule)
	}
}

// broken is the first rule that does not hold.
func (d desk) broken() (rule string) {
	d.t.Helper()
	err := d.InTx(d.ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		rule, _, err = scope.FirstBroken(tx, deposits.Checks())
		return err
	})
	if err != nil {
		d.t.Fatal(err)
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

func TestTransfers(t *testing.T) {
	t.Parallel()
	d := newDesk(t, open(t, pgtest.New(t).AppURL))
	sent := must[deposits.Transfer](t)(d.declare(500_000, "  ۱۴۰۴ab-77 "))
	if sent.Reference != "1404AB-77" || sent.State != deposits.Declared {
		t.Errorf("%+v", sent)
	}
	d.stands(0, 0)
	_, err := d.declare(900_000, "1404ab-77")
	wantCode(t, err, "deposit_reference_taken")
	for who, code := range map[uuid.UUID]string{d.manager: "approval_second_person", d.himself: "approval_same_human", d.stranger: "national_id_unknown"} {
		_, err := d.service.Credit(d.as(who), sent.ID)
		wantCode(t, err, code)
	}
	d.stands(0, 0)
	done := must[deposits.Transfer](t)(d.service.Credit(d.as(d.operator), sent.ID))
	if done.State != deposits.Credited || done.Decision.By != d.operator {
		t.Errorf("%+v", done)
	}
	d.stands(500_000, 0)
	_, err = d.service.Credit(d.as(d.operator), sent.ID)
	wantCode(t, err, "deposit_decided")
	_, err = d.service.RefuseTransfer(d.as(d.operator), sent.ID, "x")
	wantCode(t, err, "deposit_decided")
	_, err = d.service.Credit(d.as(d.operator), uuid.New())
	wantCode(t, err, "deposit_transfer_unknown")

	lost := must[deposits.Transfer](t)(d.declare(100_000, "9001"))
	_, err = d.service.RefuseTransfer(d.as(d.operator), lost.ID, "  ")
	wantCode(t, err, "deposit_remark")
	must[deposits.Transfer](t)(d.service.RefuseTransfer(d.as(d.operator), lost.ID, "not in the account"))
	must[deposits.Transfer](t)(d.declare(100_000, "9001")) // a refused reference is free again
	d.stands(500_000, 0)

	for code, wrong := range map[string]deposits.Transfer{
		"deposit_amount":    {Amount: 9_999, Reference: "1234"},
		"deposit_reference": {Amount: 10_000, Reference: "۱۲"},
		"deposit_paid_on":   {Amount: 10_000, Reference: "1234", PaidOn: time.Now().AddDate(0, 0, 2)},
	} {
		wrong.OfficeID = d.office
		_, err := d.service.Declare(d.as(d.manager), wrong)
		wantCode(t, err, code)
	}
	waiting := must[[]deposits.Transfer](t)(d.service.Transfers(d.as(d.operator), scope.Platform(), deposits.Declared))
	if len(waiting) != 1 || waiting[0].Reference != "9001" || !waiting[0].PaidOn.Equal(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("waiting: %+v", waiting)
	}
	lines := must[[]deposits.Move](t)(d.service.Statement(d.as(d.manager), scope.Office(d.office), d.office, deposits.Page{Most: 10}))
	if len(lines) != 1 || lines[0].Reference != "1404AB-77" || lines[0].Source.ID != sent.ID {
		t.Errorf("statement: %+v", lines)
	}
}

// TestATransferIsCreditedOnce lets two processes credit and refuse the same transfers at once.
func TestATransferIsCreditedOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	d := newDesk(t, open(t, db.AppURL))
	twin := deposits.NewService(open(t, db.AppURL).Runner)
	var credited money.Rial
	for i := range 12 {
		sent := must[deposits.Transfer](t)(d.declare(10_000, "race-"+strings.Repeat("1", i+1)))
		var both sync.WaitGroup
		var errs [2]error
		both.Go(func() { _, errs[0] = d.service.Credit(d.as(d.operator), sent.ID) })
		both.Go(func() {
			if i%2 == 0 {
				_, errs[1] = twin.Credit(d.as(d.operator), sent.ID)
			} else {
				_, errs[1] = twin.RefuseTransfer(d.as(d.operator), sent.ID, "x")
			}
		})
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("round %d: %v and %v", i, errs[0], errs[1])
		}
		if errs[0] == nil || i%2 == 0 {
			credited += 10_000
		}
	}
	d.stands(credited, 0)
}

func TestWithdrawals(t *testing.T) {
	t.Parallel()
	d := newDesk(t, open(t, pgtest.New(t).AppURL))
	_, err := d.askBack(10_000)
	if !errors.Is(err, deposits.ErrShort) {
		t.Errorf("from nothing: %v", err)
	}
	err = d.InTx(d.ctx, scope.Platform(), func(tx *scope.Tx) error { return deposits.TakeOver(tx, d.office, 1_000_000) })
	if err != nil {
		t.Fatal(err)
	}
	kept, back := must[deposits.Withdrawal](t)(d.askBack(300_000)), must[deposits.Withdrawal](t)(d.askBack(600_000))
	d.stands(100_000, 900_000)
	_, err = d.askBack(100_001)
	if !errors.Is(err, deposits.ErrShort) {
		t.Errorf("beyond what is available: %v", err)
	}
	_, err = d.service.PayBack(d.as(d.himself), back.ID, "7001")
	wantCode(t, err, "approval_same_human")
	_, err = d.service.PayBack(d.as(d.operator), back.ID, "۷")
	wantCode(t, err, "deposit_reference")
	paid := must[deposits.Withdrawal](t)(d.service.PayBack(d.as(d.operator), back.ID, "7001"))
	if paid.State != deposits.Paid || paid.Reference != "7001" {
		t.Errorf("%+v", paid)
	}
	d.stands(100_000, 300_000)
	_, err = d.service.PayBack(d.as(d.operator), kept.ID, "7001")
	wantCode(t, err, "deposit_reference_taken")
	d.stands(100_000, 300_000)
	must[deposits.Withdrawal](t)(d.service.RefuseWithdrawal(d.as(d.operator), kept.ID, "the account is not the office's"))
	d.stands(400_000, 0)
	_, err = d.service.RefuseWithdrawal(d.as(d.operator), kept.ID, "x")
	wantCode(t, err, "deposit_decided")
	_, err = d.service.PayBack(d.as(d.operator), uuid.New(), "7002")
	wantCode(t, err, "deposit_withdrawal_unknown")
	if open := must[[]deposits.Withdrawal](t)(d.service.Withdrawals(d.as(d.operator), scope.Platform(), deposits.Asked)); len(open) != 0 {
		t.Errorf("still asked: %+v", open)
	}
}

// TestWithdrawalsAndPaymentsAcrossProcesses lets one process hold for withdrawals what another one spends.
func TestWithdrawalsAndPaymentsAcrossProcesses(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	d, twin := newDesk(t, open(t, db.AppURL)), open(t, db.AppURL)
	err := d.InTx(d.ctx, scope.Platform(), func(tx *scope.Tx) error { return deposits.TakeOver(tx, d.office, 1_000_000) })
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var held, spent money.Rial
	short := 0
	var all sync.WaitGroup
	tell := func(err error, sum *money.Rial, amount money.Rial) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			*sum += amount
		case errors.Is(err, deposits.ErrShort):
			short++
		default:
			t.Errorf("%v", err)
		}
	}
	for range 8 {
		all.Go(func() {
			for range 5 {
				_, err := d.askBack(20_000)
				tell(err, &held, 20_000)
			}
		})
		all.Go(func() {
			for range 5 {
				_, err := twin.apply(d.office, deposits.Capture, -30_000)
				tell(err, &spent, 30_000)
			}
		})
	}
	all.Wait()
	if short == 0 || held+spent > 1_000_000 || held == 0 || spent == 0 {
		t.Fatalf("%d held, %d spent, %d short", held, spent, short)
	}
	s, err := d.service.Standing(d.as(d.manager), d.office)
	if err != nil || s.Held != held || s.Available != 1_000_000-held-spent {
		t.Errorf("%+v with %d held and %d spent, %v", s, held, spent, err)
	}
}

// TestTheWarningIsWrittenOncePerCrossing follows a deposit below its warning, further down, up again and down again.
func TestTheWarningIsWrittenOncePerCrossing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, open(t, pgtest.New(t).AppURL))
	alerts := func() (n int) {
		t.Helper()
		err := d.InTx(d.ctx, scope.Office(d.office), func(tx *scope.Tx) error { return tx.DB.Raw(`SELECT count(*) FROM deposit_alerts`).Row().Scan(&n) })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	_, err := d.service.Warn(d.as(d.manager), d.office, -1)
	wantCode(t, err, "deposit_warning")
	must[deposits.Standing](t)(d.service.Warn(d.as(d.manager), d.office, 1))
	if s := must[deposits.Standing](t)(d.service.Warn(d.as(d.manager), d.office, 100_000)); s.WarnBelow != 100_000 || !s.Low() || !s.LowSince.IsZero() {
		t.Errorf("%+v", s)
	}
	for i, step := range []struct {
		kind   deposits.Kind
		amount money.Rial
		low    bool
		alerts int
	}{
		{deposits.TopUp, 50_000, true, 0}, // low from the beginning
		{deposits.TopUp, 100_000, false, 0},
		{deposits.Capture, -50_000, false, 0}, // exactly what is wanted
		{deposits.Capture, -1, true, 1},
		{deposits.Capture, -10_000, true, 1},
		{deposits.TopUp, 20_000, false, 1},
		{deposits.Hold, -50_000, true, 2},
	} {
		m, err := d.apply(d.office, step.kind, step.amount)
		s := must[deposits.Standing](t)(d.service.Standing(d.as(d.manager), d.office))
		if err != nil || m.Low != step.low || s.Low() != step.low || alerts() != step.alerts || s.LowSince.IsZero() == (step.low && step.alerts > 0) {
			t.Errorf("step %d: %+v, %+v, %d alerts, %v", i, m, s, alerts(), err)
		}
	}
	list := must[[]deposits.Standing](t)(d.service.List(d.as(d.operator)))
	if len(list) != 1 || !list[0].Low() || list[0].OfficeID != d.office {
		t.Errorf("the platform sees %+v", list)
	}
}

// TestEveryRuleOfDepositsCanFail breaks each rule once.
func TestEveryRuleOfDepositsCanFail(t *testing.T) {
	t.Parallel()
	for rule, breaks := range map[string]func(desk){
		"a deposit is not what the books say that its office is owed": func(d desk) {
			if _, err := d.apply(d.office, deposits.TopUp, 5); err != nil {
				d.t.Fatal(err)
			}
		},
		"a transfer is not credited as it was decided": func(d desk) {
			sent := must[deposits.Transfer](d.t)(d.declare(10_000, "1234"))
			d.platform(`UPDATE deposit_transfers SET state = 'credited', decided_by = ?, decided_at = now() WHERE id = ?`, d.operator, sent.ID)
		},
		"a withdrawal did not move its deposit as it was decided": func(d desk) {
			d.platform(`INSERT INTO deposit_withdrawals (id, office_id, amount_rial, iban, state, asked_by, asked_at) VALUES (gen_random_uuid(), ?, 1, 'IR860610000009990000009001', 'asked', ?, now())`, d.office, d.manager)
		},
		"a movement by transfer or withdrawal has none behind it": func(d desk) {
			d.platform(`INSERT INTO deposit_moves (office_id, number, kind, amount_rial, available_rial, held_rial, source_kind, source_id, at)
			  SELECT ?, max(number) + 1, 'hold', -1, 9999, 1, 'withdrawal', gen_random_uuid(), now() FROM deposit_moves`, d.office)
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, open(t, pgtest.New(t).AppURL))
			err := d.InTx(d.ctx, scope.Platform(), func(tx *scope.Tx) error { return deposits.TakeOver(tx, d.office, 10_000) })
			if err != nil || d.broken() != "" {
				t.Fatalf("%v, %s", err, d.broken())
			}
			breaks(d)
			if got := d.broken(); got != rule {
				t.Errorf("broken is %q", got)
			}
		})
	}
}
