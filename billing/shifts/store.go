package shifts

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// nextNumber draws the number of an office's next shift, and lets nobody else draw one until the transaction ends.
func nextNumber(tx *scope.Tx, office uuid.UUID) (number int, err error) {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('shifts ' || ?::text, 0))`, office.String()).Error; err != nil {
		return 0, fmt.Errorf("lock shifts: %w", err)
	}
	if err := tx.DB.Raw(`SELECT coalesce(max(number), 0) + 1 FROM shifts WHERE office_id = ?`, office).Row().Scan(&number); err != nil {
		return 0, fmt.Errorf("number shift: %w", err)
	}
	return number, nil
}

// insert stores a new shift. Errors: shift_open.
func insert(tx *scope.Tx, sh Shift) error {
	err := tx.DB.Exec(`INSERT INTO shifts (id, office_id, number, person_id, opened_at, opening_float_rial) VALUES (?, ?, ?, ?, ?, ?)`,
		sh.ID, sh.OfficeID, sh.Number, sh.PersonID, sh.OpenedAt, sh.Float).Error
	if scope.Constraint(err) == "shifts_open" {
		return errOpen.Because(err)
	}
	if err != nil {
		return fmt.Errorf("open shift: %w", err)
	}
	return nil
}

// Holding is Of for Send. The row is held by a statement that is no part of a join, so that a shift which is closed meanwhile is not found.
func Holding(tx *scope.Tx, office uuid.UUID, h *Held) scope.Statement {
	person := uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.Kind == scope.ActorPerson}
	return scope.Statement{SQL: `SELECT (SELECT id FROM shifts WHERE person_id = ?::uuid AND closed_at IS NULL FOR SHARE),
	  ?::boolean AND coalesce((SELECT required FROM shift_rules WHERE office_id = ?), false)`, Args: []any{person, person.Valid, office}, Into: []any{&h.open, &h.needed}}
}

// lock holds an open shift that the viewer sees. Errors: shift_unknown, shift_closed.
func lock(tx *scope.Tx, v Viewer, id uuid.UUID) (Shift, error) {
	var held []uuid.UUID
	if err := tx.DB.Raw(`SELECT id FROM shifts WHERE id = ? AND closed_at IS NULL FOR UPDATE`, id).Scan(&held).Error; err != nil {
		return Shift{}, fmt.Errorf("lock shift: %w", err)
	}
	sh, err := find(tx, v, id)
	if err == nil && len(held) == 0 {
		err = errClosed
	}
	return sh, err
}

// find reads a shift without what it took. Errors: shift_unknown.
func find(tx *scope.Tx, v Viewer, id uuid.UUID) (Shift, error) {
	list, err := read(tx, `WHERE s.id = ?`, id)
	if err != nil {
		return Shift{}, err
	}
	if len(list) == 0 || !v.sees(list[0]) {
		return Shift{}, errUnknown
	}
	return list[0], nil
}

// read reads shifts by the end of a query.
func read(tx *scope.Tx, where string, args ...any) ([]Shift, error) {
	var rows []struct {
		ID, OfficeID, PersonID uuid.UUID
		Number                 int
		OpeningFloatRial       int64
		OpenedAt               time.Time
		ClosedAt               *time.Time
		ClosedBy               uuid.NullUUID
		InFlight               *int
		InFlightRial           *int64
		Note                   string
	}
	err := tx.DB.Raw(`SELECT s.id, s.office_id, s.person_id, s.number, s.opening_float_rial, s.opened_at, s.closed_at, s.closed_by, s.in_flight, s.in_flight_rial, coalesce(s.note, '') AS note
	  FROM shifts s `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read shifts: %w", err)
	}
	list := make([]Shift, len(rows))
	for i, r := range rows {
		list[i] = Shift{ID: r.ID, OfficeID: r.OfficeID, Number: r.Number, PersonID: r.PersonID, Float: money.Rial(r.OpeningFloatRial), OpenedAt: r.OpenedAt.UTC(), ClosedBy: r.ClosedBy.UUID, Note: r.Note}
		if r.ClosedAt != nil {
			list[i].ClosedAt, list[i].InFlight = r.ClosedAt.UTC(), Sum{*r.InFlight, money.Rial(*r.InFlightRial)}
		}
	}
	return list, nil
}

// complete adds what a shift took: of a closed one what was fixed and what came later, of an open one what there is now.
func complete(tx *scope.Tx, sh Shift) (Shift, error) {
	later, err := unfixed(tx, sh.ID)
	if err != nil {
		return sh, err
	}
	if sh.Closed() {
		sh.Later = later
		sh.Totals, err = fixed(tx, sh.ID)
		return sh, err
	}
	if sh.Totals, err = expect(later, sh.Float); err != nil {
		return sh, err
	}
	flying, err := totals(tx, flyingSQL, sh.ID)
	if err != nil {
		return sh, err
	}
	sh.InFlight = flying[0].Taken
	return sh, nil
}

// fix writes down each payment of a held shift that is captured now, and sums them by method, beside those of which nobody knows at that same moment. What was captured and
// given back was taken all the same.
func fix(tx *scope.Tx, sh Shift) (taken []Total, flying Sum, err error) {
	list, err := totals(tx, `WITH fixed AS (INSERT INTO shift_payments (shift_id, payment_id, office_id, method, amount_rial)
	    SELECT p.shift_id, p.id, p.office_id, p.method, p.amount_rial FROM payments p WHERE p.shift_id = ? AND p.captured_at IS NOT NULL RETURNING method, amount_rial)
	  SELECT method, count(*) AS payments, sum(amount_rial)::bigint AS taken_rial FROM fixed GROUP BY method
	  UNION ALL `+flyingSQL+` ORDER BY method`, sh.ID, sh.ID)
	if err != nil {
		return nil, flying, err
	}
	return list[1:], list[0].Taken, nil
}

// flyingSQL sums a shift's payments of which nobody knows yet, under no method.
const flyingSQL = `SELECT '' AS method, count(*) AS payments, coalesce(sum(amount_rial), 0)::bigint AS taken_rial FROM payments
  WHERE shift_id = ? AND state IN ('created','sent','unknown','confirmed','suspense')`

// unfixed sums by method what a shift's payments captured and no closing fixed.
func unfixed(tx *scope.Tx, shift uuid.UUID) ([]Total, error) {
	return totals(tx, `SELECT p.method, count(*) AS payments, sum(p.amount_rial)::bigint AS taken_rial FROM payments p WHERE p.shift_id = ? AND p.captured_at IS NOT NULL
	  AND NOT EXISTS (SELECT 1 FROM shift_payments x WHERE x.payment_id = p.id) GROUP BY p.method ORDER BY p.method`, shift)
}

// fixed reads the totals of a closed shift.
func fixed(tx *scope.Tx, shift uuid.UUID) ([]Total, error) {
	return totals(tx, `SELECT method, payments, taken_rial, expected_rial, counted_rial FROM shift_totals WHERE shift_id = ? ORDER BY method`, shift)
}

func totals(tx *scope.Tx, query string, args ...any) ([]Total, error) {
	var rows []struct {
		Method                  string
		Payments                int
		TakenRial, ExpectedRial int64
		CountedRial             *int64
	}
	if err := tx.DB.Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("sum shift: %w", err)
	}
	list := make([]Total, len(rows))
	for i, r := range rows {
		list[i] = Total{Method: r.Method, Taken: Sum{r.Payments, money.Rial(r.TakenRial)}, Expected: money.Rial(r.ExpectedRial)}
		if r.CountedRial != nil {
			counted := money.Rial(*r.CountedRial)
			list[i].Counted = &counted
		}
	}
	return list, nil
}

// end stores a closed shift and its totals.
func end(tx *scope.Tx, sh Shift) error {
	err := tx.DB.Exec(`UPDATE shifts SET closed_at = ?, closed_by = ?, in_flight = ?, in_flight_rial = ?, note = nullif(?, '') WHERE id = ? AND closed_at IS NULL`,
		sh.ClosedAt, sh.ClosedBy, sh.InFlight.Payments, sh.InFlight.Amount, sh.Note, sh.ID).Error
	if err != nil {
		return fmt.Errorf("close shift: %w", err)
	}
	for _, t := range sh.Totals {
		err := tx.DB.Exec(`INSERT INTO shift_totals (shift_id, method, office_id, payments, taken_rial, expected_rial, counted_rial, difference_rial) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			sh.ID, t.Method, sh.OfficeID, t.Taken.Payments, t.Taken.Amount, t.Expected, t.Counted, t.Difference()).Error
		if err != nil {
			return fmt.Errorf("store totals: %w", err)
		}
	}
	return nil
}

func isRequired(tx *scope.Tx, office uuid.UUID) (required bool, err error) {
	if err := tx.DB.Raw(`SELECT coalesce((SELECT required FROM shift_rules WHERE office_id = ?), false)`, office).Row().Scan(&required); err != nil {
		return false, fmt.Errorf("read rule of shifts: %w", err)
	}
	return required, nil
}

func setRequired(tx *scope.Tx, office uuid.UUID, required bool) error {
	err := tx.DB.Exec(`INSERT INTO shift_rules (office_id, required) VALUES (?, ?) ON CONFLICT (office_id) DO UPDATE SET required = EXCLUDED.required`, office, required).Error
	if err != nil {
		return fmt.Errorf("set rule of shifts: %w", err)
	}
	return nil
}
