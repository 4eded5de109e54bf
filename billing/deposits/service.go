package deposits

import (
	"context"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Service is the desk of deposits: what an office sees of its own and asks for, and what the platform decides. Every change is one transaction with its movement, its
// entry in the platform's books and its audit record.
type Service struct {
	tx   *scope.Runner
	once *scope.Key
}

// NewService binds the desk to its transactions.
func NewService(tx *scope.Runner) *Service { return &Service{tx: tx} }

// Once makes the next use case happen once per key.
func (s *Service) Once(key scope.Key) *Service { return &Service{tx: s.tx, once: &key} }

// Standing is where an office's deposit stands.
func (s *Service) Standing(ctx context.Context, office uuid.UUID) (found Standing, err error) {
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		found, err = Read(tx, office)
		return err
	})
	return found, err
}

// List is where the deposits of all offices stand, the low ones first: the platform's.
func (s *Service) List(ctx context.Context) (list []Standing, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		list, err = standings(tx, `ORDER BY coalesce(m.available_rial, 0) >= coalesce(w.below_rial, 0), o.licence_no`)
		return err
	})
	return list, err
}

// Statement reads an office's movements as the package's Statement does, in a scope that sees them.
func (s *Service) Statement(ctx context.Context, in scope.Scope, office uuid.UUID, p Page) (list []Move, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = Statement(tx, office, p.Below, p.Most)
		return err
	})
	return list, err
}

// Page is a part of a statement: at most Most movements below a number (0: from the newest).
type Page struct {
	Below int64
	Most  int
}

// Warn sets below which amount an office is warned; 0 warns never. Errors: deposit_warning (below_rial).
func (s *Service) Warn(ctx context.Context, office uuid.UUID, below money.Rial) (Standing, error) {
	return act(ctx, s, scope.Office(office), func(tx *scope.Tx) (Standing, error) {
		if below < 0 {
			return Standing{}, errWarning.On("below_rial")
		}
		if err := setWarning(tx, office, below); err != nil {
			return Standing{}, err
		}
		err := audit.Write(tx, audit.Record{Action: "deposit.warning_set", TargetKind: "office", TargetID: office.String(), Details: map[string]any{"below_rial": below}})
		if err != nil {
			return Standing{}, err
		}
		return Read(tx, office)
	})
}

// Declare tells the platform of a transfer to its account; nothing is credited before somebody there has found it. Errors: deposit_amount, deposit_reference,
// deposit_paid_on, deposit_reference_taken (reference).
func (s *Service) Declare(ctx context.Context, t Transfer) (Transfer, error) {
	return act(ctx, s, scope.Office(t.OfficeID), func(tx *scope.Tx) (Transfer, error) {
		if err := t.check(today(tx)); err != nil {
			return t, err
		}
		t.ID, t.State, t.DeclaredBy, t.DeclaredAt = tx.NewID(), Declared, tx.Actor.ID, tx.Now
		if err := insertTransfer(tx, t); err != nil {
			return t, err
		}
		return t, record(tx, "deposit.transfer_declared", t.ID, t.Amount)
	})
}

// Transfers lists the transfers that the scope sees, in a state or, where it is "", in any; the newest first, 500 at most.
func (s *Service) Transfers(ctx context.Context, in scope.Scope, state TransferState) (list []Transfer, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = transfers(tx, `WHERE ? IN ('', state) ORDER BY declared_at DESC, id DESC LIMIT 500`, string(state))
		return err
	})
	return list, err
}

// Credit adds a transfer that the platform has found in its account to the office's deposit. Another human than who declared it does. Errors: deposit_transfer_unknown,
// deposit_decided, those of approvals.Another.
func (s *Service) Credit(ctx context.Context, id uuid.UUID) (Transfer, error) {
	return s.decideTransfer(ctx, id, Credited, func(tx *scope.Tx, t Transfer) error {
		if err := ledger.Post(tx, t.credited()); err != nil {
			return err
		}
		_, err := Apply(tx, t.OfficeID, TopUp, t.Amount, Source{ByTransfer, t.ID})
		return err
	})
}

// RefuseTransfer ends a transfer that is not in the platform's account; its reference can be declared anew. Errors: those of Credit, deposit_remark (remark).
func (s *Service) RefuseTransfer(ctx context.Context, id uuid.UUID, remark string) (Transfer, error) {
	return s.decideTransfer(ctx, id, TransferRefused, func(*scope.Tx, Transfer) error { return nil }, remark)
}

func (s *Service) decideTransfer(ctx context.Context, id uuid.UUID, to TransferState, effect func(*scope.Tx, Transfer) error, remarks ...string) (Transfer, error) {
	return act(ctx, s, scope.Platform(), func(tx *scope.Tx) (Transfer, error) {
		t, err := lockTransfer(tx, id)
		if err != nil {
			return t, err
		}
		if t.State != Declared {
			return t, errDecided
		}
		if t.Decision, err = decide(tx, t.DeclaredBy, remarks); err != nil {
			return t, err
		}
		t.State = to
		if err := updateTransfer(tx, t); err != nil {
			return t, err
		}
		if err := effect(tx, t); err != nil {
			return t, err
		}
		return t, record(tx, "deposit.transfer_"+string(to), t.ID, t.Amount)
	})
}

// AskBack holds unused money that the office wants back until the platform has paid it or refuses. Errors: deposit_amount, the codes of identifiers.ParseIBAN (iban), ErrShort.
func (s *Service) AskBack(ctx context.Context, w Withdrawal) (Withdrawal, error) {
	return act(ctx, s, scope.Office(w.OfficeID), func(tx *scope.Tx) (Withdrawal, error) {
		if err := w.check(); err != nil {
			return w, err
		}
		w.ID, w.State, w.AskedBy, w.AskedAt = tx.NewID(), Asked, tx.Actor.ID, tx.Now
		if err := insertWithdrawal(tx, w); err != nil {
			return w, err
		}
		if err := record(tx, "deposit.withdrawal_asked", w.ID, w.Amount); err != nil {
			return w, err
		}
		return w, tx.As(scope.Platform(), func() error {
			_, err := Apply(tx, w.OfficeID, Hold, -w.Amount, Source{ByWithdrawal, w.ID})
			return err
		})
	})
}

// Withdrawals lists the withdrawals that the scope sees, as Transfers does.
func (s *Service) Withdrawals(ctx context.Context, in scope.Scope, state WithdrawalState) (list []Withdrawal, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = withdrawals(tx, `WHERE ? IN ('', state) ORDER BY asked_at DESC, id DESC LIMIT 500`, string(state))
		return err
	})
	return list, err
}

// PayBack records that the platform has sent the held money to the office. Another human than who asked does. Errors: deposit_withdrawal_unknown, deposit_decided,
// deposit_reference, deposit_reference_taken (reference), those of approvals.Another.
func (s *Service) PayBack(ctx context.Context, id uuid.UUID, bankReference string) (Withdrawal, error) {
	return s.decideWithdrawal(ctx, id, func(tx *scope.Tx, w *Withdrawal) (err error) {
		if w.Reference, err = reference(bankReference); err != nil {
			return err
		}
		w.State = Paid
		if err := ledger.Post(tx, w.paid()); err != nil {
			return err
		}
		_, err = Apply(tx, w.OfficeID, Withdraw, -w.Amount, Source{ByWithdrawal, w.ID})
		return err
	})
}

// RefuseWithdrawal releases the held money. Errors: those of PayBack, deposit_remark (remark).
func (s *Service) RefuseWithdrawal(ctx context.Context, id uuid.UUID, remark string) (Withdrawal, error) {
	return s.decideWithdrawal(ctx, id, func(tx *scope.Tx, w *Withdrawal) error {
		w.State = WithdrawalRefused
		_, err := Apply(tx, w.OfficeID, Release, w.Amount, Source{ByWithdrawal, w.ID})
		return err
	}, remark)
}

func (s *Service) decideWithdrawal(ctx context.Context, id uuid.UUID, effect func(*scope.Tx, *Withdrawal) error, remarks ...string) (Withdrawal, error) {
	return act(ctx, s, scope.Platform(), func(tx *scope.Tx) (Withdrawal, error) {
		w, err := lockWithdrawal(tx, id)
		if err != nil {
			return w, err
		}
		if w.State != Asked {
			return w, errDecided
		}
		if w.Decision, err = decide(tx, w.AskedBy, remarks); err != nil {
			return w, err
		}
		if err := effect(tx, &w); err != nil {
			return w, err
		}
		if err := updateWithdrawal(tx, w); err != nil {
			return w, err
		}
		return w, record(tx, "deposit.withdrawal_"+string(w.State), w.ID, w.Amount)
	})
}

// decide is what another human than who began it ends it with.
func decide(tx *scope.Tx, began uuid.UUID, remarks []string) (Decision, error) {
	d := Decision{By: tx.Actor.ID, At: tx.Now}
	for _, remark := range remarks {
		var err error
		if d.Remark, err = said(remark); err != nil {
			return d, err
		}
	}
	return d, approvals.Another(tx, began)
}

func record(tx *scope.Tx, action string, id uuid.UUID, amount money.Rial) error {
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "deposit", TargetID: id.String(), Details: map[string]any{"amount_rial": amount}})
}

// today is the day in Tehran, as a DATE column keeps it.
func today(tx *scope.Tx) time.Time {
	year, month, day := calendar.DateOf(tx.Now).Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// act runs a use case in a scope, once per key where there is one.
func act[T any](ctx context.Context, s *Service, in scope.Scope, fn func(*scope.Tx) (T, error)) (answer T, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		if s.once == nil {
			answer, err = fn(tx)
			return err
		}
		answer, err = scope.Once(tx, *s.once, func() (T, error) { return fn(tx) })
		return err
	})
	return answer, err
}
