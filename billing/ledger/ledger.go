// Package ledger keeps each municipality's books in double entry. An entry's postings sum to zero, by constraint; an entry is never
// changed or deleted, by grants; what was wrong is reversed by a new one.
package ledger

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/money"
)

// Account names one account in a municipality's books.
type Account string

// Receivable is what a provider has confirmed and will send to the city's account.
func Receivable(provider string) Account { return Account("receivable:" + provider) }

// Revenue is what the city has earned under one charge.
func Revenue(charge string) Account { return Account("revenue:" + charge) }

// Payable is what the city owes to somebody.
func Payable(to string) Account { return Account("payable:" + to) }

// Platform is the municipality_id of the platform's own books, which hold no city's money: the fees.
const Platform = 0

// OfficeFee is what the platform owes to an office: its share of fees.
func OfficeFee(office uuid.UUID) Account { return Account("office_fee:" + office.String()) }

// PlatformFee is what the platform has earned of fees.
const PlatformFee Account = "platform_fee"

// Correction names what a correction of a tariff leaves between a city and its payers: Payable(Correction) is what they paid too much, Receivable(Correction) what
// they paid too little, until a later bill sets it off.
const Correction = "correction"

// Posting moves an amount on one account: a debit is positive, a credit negative.
type Posting struct {
	Account Account
	Amount  money.Rial
}

// Entry is one fact in one city's books, or in the platform's own, with what caused it. A cause is entered once per bill and kind.
type Entry struct {
	MunicipalityID int    // or Platform
	Kind           string // "capture", "adjustment", "fee"
	SourceKind     string // "payment", "correction"
	SourceID       uuid.UUID
	BillID         uuid.UUID // Nil: the entry is over no bill
	OfficeID       uuid.UUID
	Postings       []Posting
}

// errUnbalanced is a defect in a use case; the database refuses such an entry, too.
var errUnbalanced = errors.New("ledger: postings do not sum to zero")

// Validate refuses an entry with fewer than two postings, an idle posting, or a sum other than zero (I1).
func (e Entry) Validate() error {
	if len(e.Postings) < 2 {
		return fmt.Errorf("ledger: entry with %d postings", len(e.Postings))
	}
	var sum money.Rial
	for _, p := range e.Postings {
		if p.Amount == 0 || p.Account == "" {
			return fmt.Errorf("ledger: idle posting on %q", p.Account)
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
