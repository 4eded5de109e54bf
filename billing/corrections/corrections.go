// Package corrections adjusts what was paid under a published tariff version that was wrong. A run lists exactly the paid dues that a later version of the same
// authority and year prices otherwise; on a second person's word the books are adjusted, and every payer gets a credit or an extra on a due that is still open.
// Unpaid dues need nothing: they are computed when somebody asks.
package corrections

import (
	"errors"
	"fmt"
	"slices"

	"mofasa/billing/bills"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// HeadChange is one head of a billed due, in rial: what the books hold of it and what the right version gives.
type HeadChange struct {
	Head  dues.Head  `json:"head"`
	Was   money.Rial `json:"was"`
	Right money.Rial `json:"right"`
}

// Finding is what the right version makes of one billed due.
type Finding struct {
	Heads   []HeadChange `json:"heads,omitempty"` // without those that are zero in both
	Problem string       `json:"problem,omitempty"`
}

// CitesIncomplete is the problem of a due whose cites were stored before they were enough to compute it again. The other problems are the states of a due that
// something is missing for.
const CitesIncomplete = "cites_incomplete"

// Sums is what the books hold of the due and what the right version gives, in rial, neither of them less what an earlier correction credited: that was paid before.
func (f Finding) Sums() (was, right money.Rial, err error) {
	for _, h := range f.Heads {
		if was, err = was.Add(h.Was); err != nil {
			return 0, 0, err
		}
		if right, err = right.Add(h.Right); err != nil {
			return 0, 0, err
		}
	}
	return was, right, nil
}

// Standing is a billed due as it stands now.
type Standing struct {
	Due    bills.BilledDue
	Booked []dues.Line // what the books hold since it was last corrected; nil: what was billed
}

// Derive computes a billed due as it would have been under the versions that replace those it cites: the same day, vehicle, base value and decisions. What
// cannot be computed is a problem of the finding and never an amount. An error means that the cites contradict themselves or the book.
func Derive(s Standing, replaced Replaced, book tariffs.Book) (Finding, error) {
	cites := s.Due.Cites
	cites.TariffID, cites.LocalTariffID = replaced.Last(cites.TariffID), replaced.Last(cites.LocalTariffID)
	right, err := dues.Recompute(cites, s.Due.FiscalYear, book)
	switch {
	case errors.Is(err, dues.ErrCitesIncomplete):
		return Finding{Problem: CitesIncomplete}, nil
	case err != nil:
		return Finding{}, fmt.Errorf("due of %d under another version: %w", s.Due.FiscalYear, err)
	case right.State != dues.Assessed && right.State != dues.Exempt:
		return Finding{Problem: string(right.State)}, nil
	}
	booked := s.Booked
	if booked == nil {
		booked = own(s.Due.Lines, cites.Decisions)
	}
	return Finding{Heads: compare(booked, own(right.Lines, cites.Decisions))}, nil
}

// own is a due's lines without what an earlier correction credited: that part was paid with an earlier due.
func own(lines []dues.Line, decisions []dues.Decision) []dues.Line {
	credit, _ := bills.CorrectionParts(lines, decisions)
	list := slices.Clone(lines)
	for i := range list {
		if list[i].Head == dues.Credit {
			list[i].Amount += credit // at most the line, which is negative
		}
	}
	return list
}

// compare pairs what was with what is right, in the order of the heads.
func compare(booked, right []dues.Line) []HeadChange {
	at := func(lines []dues.Line, head dues.Head) money.Rial {
		for _, line := range lines {
			if line.Head == head {
				return line.Amount
			}
		}
		return 0
	}
	var list []HeadChange
	for _, head := range []dues.Head{dues.AnnualDuty, dues.PollutionLevy, dues.AgeSurcharge, dues.Discount, dues.Penalty, dues.PenaltyWaiver, dues.Extra, dues.Credit, dues.Rounding} {
		if h := (HeadChange{Head: head, Was: at(booked, head), Right: at(right, head)}); h.Was != 0 || h.Right != 0 {
			list = append(list, h)
		}
	}
	return list
}

// Replaced says which version stands in the place of which, by id: what approved runs have corrected, and the pair of the run at hand.
type Replaced map[string]string

// Last follows the replacements to the version that stands for the given one today.
func (r Replaced) Last(id string) string {
	for range r { // as long as the longest chain
		next, replaced := r[id]
		if !replaced {
			break
		}
		id = next
	}
	return id
}

// Under lists the versions for which the given one stands, itself among them, in order.
func (r Replaced) Under(id string) []string {
	list := []string{id}
	for wrong := range r {
		if wrong != id && r.Last(wrong) == id {
			list = append(list, wrong)
		}
	}
	slices.Sort(list)
	return list
}
