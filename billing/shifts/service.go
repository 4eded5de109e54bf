package shifts

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Service opens and closes shifts.
type Service struct {
	tx   *scope.Runner
	once *scope.Key
}

// NewService binds the service to its transactions.
func NewService(tx *scope.Runner) *Service { return &Service{tx: tx} }

// Once makes the next use case happen once per key.
func (s *Service) Once(key scope.Key) *Service { return &Service{tx: s.tx, once: &key} }

// Viewer is who looks at or closes shifts of an office: a person their own; whoever manages, everybody's.
type Viewer struct {
	OfficeID uuid.UUID
	PersonID uuid.UUID
	Manages  bool
}

// sees tells whether a shift is the viewer's to see and to close.
func (v Viewer) sees(sh Shift) bool { return v.Manages || sh.PersonID == v.PersonID }

// Open begins a shift of the person who acts, with so much cash for change. Errors: shift_float (opening_float_rial), shift_open.
func (s *Service) Open(ctx context.Context, office uuid.UUID, float money.Rial) (Shift, error) {
	return act(ctx, s, office, func(tx *scope.Tx) (Shift, error) {
		if float < 0 {
			return Shift{}, errFloat.On("opening_float_rial")
		}
		sh := Shift{ID: tx.NewID(), OfficeID: office, PersonID: tx.Actor.ID, Float: float, OpenedAt: tx.Now}
		var err error
		if sh.Number, err = nextNumber(tx, office); err != nil {
			return sh, err
		}
		if err := insert(tx, sh); err != nil {
			return sh, err
		}
		return sh, audit.Write(tx, audit.Record{Action: "shift.opened", TargetKind: "shift", TargetID: sh.ID.String(), Details: map[string]any{"number": sh.Number, "opening_float_rial": float}})
	})
}

// Close ends a shift: in one transaction it fixes what was taken, what was counted and what is still in flight. It waits for attempts that are being begun in the shift;
// none begins in it afterwards. Errors: shift_count, shift_count_missing (counted), shift_note (note), shift_unknown, shift_closed.
func (s *Service) Close(ctx context.Context, v Viewer, id uuid.UUID, c Closing) (Shift, error) {
	return act(ctx, s, v.OfficeID, func(tx *scope.Tx) (Shift, error) {
		if err := c.check(); err != nil {
			return Shift{}, err
		}
		sh, err := lock(tx, v, id)
		if err != nil {
			return sh, err
		}
		return sh, tx.As(scope.Platform(), func() error {
			sh, err = s.close(tx, sh, c)
			return err
		})
	})
}

// close fixes a held shift in the platform's scope: what is taken only it says.
func (s *Service) close(tx *scope.Tx, sh Shift, c Closing) (Shift, error) {
	taken, flying, err := fix(tx, sh)
	if err != nil {
		return sh, err
	}
	expected, err := expect(taken, sh.Float)
	if err != nil {
		return sh, err
	}
	if sh.Totals, err = count(expected, c.Counts); err != nil {
		return sh, err
	}
	sh.InFlight, sh.ClosedAt, sh.ClosedBy, sh.Note = flying, tx.Now, tx.Actor.ID, c.Note
	if err := end(tx, sh); err != nil {
		return sh, err
	}
	return sh, audit.Write(tx, audit.Record{Action: "shift.closed", TargetKind: "shift", TargetID: sh.ID.String(), Details: map[string]any{"number": sh.Number, "totals": told(sh.Totals)}})
}

// told is what the audit record keeps of a closing.
func told(totals []Total) map[string]any {
	by := map[string]any{}
	for _, t := range totals {
		by[t.Method] = map[string]any{"taken_rial": t.Taken.Amount, "difference_rial": t.Difference()}
	}
	return by
}

// Current is the open shift of the viewer, with what it has taken so far. Errors: shift_not_open.
func (s *Service) Current(ctx context.Context, v Viewer) (sh Shift, err error) {
	err = s.tx.InTx(ctx, scope.Office(v.OfficeID), func(tx *scope.Tx) error {
		list, err := read(tx, `WHERE s.person_id = ? AND s.closed_at IS NULL`, v.PersonID)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return errNone
		}
		sh, err = complete(tx, list[0])
		return err
	})
	return sh, err
}

// Find reads a shift that the viewer sees. Errors: shift_unknown.
func (s *Service) Find(ctx context.Context, v Viewer, id uuid.UUID) (sh Shift, err error) {
	err = s.tx.InTx(ctx, scope.Office(v.OfficeID), func(tx *scope.Tx) error {
		if sh, err = find(tx, v, id); err != nil {
			return err
		}
		sh, err = complete(tx, sh)
		return err
	})
	return sh, err
}

// List reads the shifts that the viewer sees, the newest first: at most 100 below a number (0: from the newest).
func (s *Service) List(ctx context.Context, v Viewer, below int) (list []Shift, err error) {
	err = s.tx.InTx(ctx, scope.Office(v.OfficeID), func(tx *scope.Tx) error {
		list, err = read(tx, `WHERE (? OR s.person_id = ?) AND (? = 0 OR s.number < ?) ORDER BY s.number DESC LIMIT 100`, v.Manages, v.PersonID, below, below)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i], err = complete(tx, list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// Required tells whether the office lets nobody take money without an open shift.
func (s *Service) Required(ctx context.Context, office uuid.UUID) (required bool, err error) {
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		required, err = isRequired(tx, office)
		return err
	})
	return required, err
}

// Require sets it.
func (s *Service) Require(ctx context.Context, office uuid.UUID, required bool) error {
	_, err := act(ctx, s, office, func(tx *scope.Tx) (bool, error) {
		if err := setRequired(tx, office, required); err != nil {
			return required, err
		}
		return required, audit.Write(tx, audit.Record{Action: "shift.rule_set", TargetKind: "office", TargetID: office.String(), Details: map[string]any{"required": required}})
	})
	return err
}

// Of is the open shift in which the person who acts begins an attempt, held until the transaction ends so that nobody closes it meanwhile; Nil: none is open, or a program
// acts. Errors: ErrNeeded.
func Of(tx *scope.Tx, office uuid.UUID) (uuid.UUID, error) {
	var h Held
	if err := tx.Send(Holding(tx, office, &h)); err != nil {
		return uuid.Nil, fmt.Errorf("hold shift: %w", err)
	}
	return h.Shift()
}

// Held is what Holding finds.
type Held struct {
	open   uuid.NullUUID
	needed bool
}

// Shift is the open shift; Nil: none is open, or a program acts. Errors: ErrNeeded.
func (h Held) Shift() (uuid.UUID, error) {
	if h.needed && !h.open.Valid {
		return uuid.Nil, ErrNeeded
	}
	return h.open.UUID, nil
}

// act runs a use case in the office's scope, once per key where there is one.
func act[T any](ctx context.Context, s *Service, office uuid.UUID, fn func(*scope.Tx) (T, error)) (answer T, err error) {
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		if s.once == nil {
			answer, err = fn(tx)
			return err
		}
		answer, err = scope.Once(tx, *s.once, func() (T, error) { return fn(tx) })
		return err
	})
	return answer, err
}
