package bills

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/tariffs"
	"mofasa/tenants/scope"
)

// Recomputation is what VerifyBills found.
type Recomputation struct {
	Checked   int         // billed dues derived again
	Unciting  int         // whose cites are not enough to derive them from
	Divergent *Divergence // the first that differs; nil where none does
}

// Divergence is one billed due whose stored numbers are not those that its cites give.
type Divergence struct {
	MunicipalityID int
	BillID         uuid.UUID
	FiscalYear     calendar.FiscalYear
	Stored         string // JSON
	Derived        string // JSON, or why it cannot be derived
}

// recomputePage bounds how many billed dues are in memory at once.
const recomputePage = 500

// VerifyBills derives every stored billed due again from what it cites, and stops at the first whose amount, lines or cites differ in a byte (I7).
// Progress is called with the count after each page; it may be nil.
func (s *Service) VerifyBills(ctx context.Context, progress func(checked int)) (Recomputation, error) {
	book, err := s.tariffs.Book(ctx)
	if err != nil {
		return Recomputation{}, err
	}
	var found Recomputation
	var after billedRow // its key alone counts
	for {
		var page []billedRow
		err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
			page, err = billedAfter(tx, after, recomputePage)
			return err
		})
		if err != nil || len(page) == 0 {
			return found, err
		}
		for _, row := range page {
			after = row
			if found.Divergent, err = row.derive(book, &found); err != nil || found.Divergent != nil {
				return found, err
			}
		}
		if progress != nil {
			progress(found.Checked)
		}
	}
}

// derive compares one row with what its cites give.
func (r billedRow) derive(book tariffs.Book, found *Recomputation) (*Divergence, error) {
	stored, err := r.due()
	if err != nil {
		return nil, err
	}
	divergence := &Divergence{MunicipalityID: r.MunicipalityID, BillID: r.BillID, FiscalYear: stored.FiscalYear}
	due, err := dues.Recompute(stored.Cites, stored.FiscalYear, book)
	if errors.Is(err, dues.ErrCitesIncomplete) {
		found.Unciting++
		return nil, nil
	}
	found.Checked++
	if err != nil {
		divergence.Derived = err.Error()
		return divergence, nil
	}
	derived := BilledDue{FiscalYear: due.FiscalYear, Amount: due.Balance, Lines: due.Lines, Cites: due.Cites}
	want, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("encode stored due: %w", err)
	}
	got, err := json.Marshal(derived)
	if err != nil {
		return nil, fmt.Errorf("encode derived due: %w", err)
	}
	if string(want) == string(got) {
		return nil, nil
	}
	divergence.Stored, divergence.Derived = string(want), string(got)
	return divergence, nil
}
