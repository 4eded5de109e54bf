// Package ledger keeps each municipality's books in double entry. An entry's postings sum to zero, by constraint; an entry is never
// changed or deleted, by grants; what was wrong is reversed by a new one.
package ledger

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/money"
)

// Posting moves an amount on one account: a debit is positive, a credit negative.
type Posting struct {
	Account Account
	Amount  money.Rial
}

// Entry is one fact in one city's books, or in the platform's own, with what caused it. A cause is entered once per bill and kind.
type Entry struct {
	MunicipalityID int    // or Platform
	Kind           string // "capture", "adjustment", "fee", "suspense", …
	SourceKind     string // "payment", "correction", …
	SourceID       uuid.UUID
	BillID         uuid.UUID // Nil: no bill is behind it
	OfficeID       uuid.UUID // Nil: no office had a hand in it
	Postings       []Posting
}

// errUnbalanced is a defect in a use case; the database refuses such an entry, too.
var errUnbalanced = errors.New("ledger: postings do not sum to zero")

// errNoAccount is a defect in a use case, too: a name that was mistyped would open an account that nobody looks at.
var errNoAccount = errors.New("ledger: no such account")

// Validate refuses an entry with fewer than two postings, an idle posting, an account that these books do not have (Chart), or a sum other than zero (I1).
func (e Entry) Validate() error {
	if len(e.Postings) < 2 {
		return fmt.Errorf("ledger: entry with %d postings", len(e.Postings))
	}
	var sum money.Rial
	for _, p := range e.Postings {
		if p.Amount == 0 || p.Account == "" {
			return fmt.Errorf("ledger: idle posting on %q", p.Account)
		}
		if _, ok := p.Account.Kind(BooksOf(e.MunicipalityID)); !ok {
			return fmt.Errorf("%w: %q in the books of municipality %d", errNoAccount, p.Account, e.MunicipalityID)
		}
		var err error
		if sum, err = sum.Add(p.Amount); err != nil {
			return err
		}
	}
	if sum != 0 {
		return errUnbalanced
	}
	return nil
}
