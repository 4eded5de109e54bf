package payments

import (
	"slices"

	"github.com/google/uuid"

	"mofasa/billing/bills"
)

// unpaid is an open bill with what each account of its city gets of it.
type unpaid struct {
	municipality int
	bill         uuid.UUID
	shares       []bills.Share
}

// nextParts picks the next unpaid bills of an order that no money in suspense stands against, as many as the provider can split one payment into, with the accounts of
// each city. Errors: bills.ErrNoAccount; ErrInSuspense, ErrSplitLimit.
func nextParts(open []bills.OpenBill, to route) ([]Part, error) {
	var next []unpaid
	for _, b := range open {
		if b.Suspended || to.cities != nil && !slices.Contains(to.cities, b.MunicipalityID) {
			continue
		}
		shares, err := b.Shares()
		if err != nil {
			return nil, err
		}
		next = append(next, unpaid{municipality: b.MunicipalityID, bill: b.ID, shares: shares})
	}
	if len(next) == 0 {
		return nil, ErrInSuspense // an order whose bills are all paid is paid and was refused before
	}
	return slice(next, to.most)
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
