package payments

import (
	"github.com/google/uuid"

	"mofasa/billing/bills"
)

// unpaid is an open bill with what each account of its city gets of it.
type unpaid struct {
	municipality int
	bill         uuid.UUID
	shares       []bills.Share
}

// slice takes as many of the bills as fit into so many rows of a provider's split, in their order: a bill is never divided between two payments. ErrSplitLimit where
// the first one alone does not fit.
func slice(open []unpaid, rows int) ([]Part, error) {
	var parts []Part
	for _, u := range open {
		if len(parts)+len(u.shares) > rows {
			break
		}
		for _, s := range u.shares {
			parts = append(parts, Part{MunicipalityID: u.municipality, BillID: u.bill, IBAN: s.IBAN, Amount: s.Amount})
		}
	}
	if len(parts) == 0 {
		return nil, ErrSplitLimit.With("municipality_code", open[0].municipality)
	}
	return parts, nil
}
