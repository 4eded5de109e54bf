package bills

import (
	"cmp"
	"slices"

	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/municipalities"
)

// Share is what one account of a city gets of a bill.
type Share struct {
	IBAN   string
	Amount money.Rial
}

// Split divides a bill among the accounts that its city has for its charges, IBAN by charge. The charges of each due share its whole amount in proportion: a
// surcharge, a penalty, a relief and a rounding follow the charges of their due, and a due without any goes to the account of every charge. The shares come by
// IBAN, each once and positive, and sum to the bill (money.Allocate). Errors: ErrNoAccount; money.ErrOverflow.
func Split(billed []BilledDue, accounts map[string]string) ([]Share, error) {
	every := accounts[municipalities.EveryCharge]
	if every == "" {
		return nil, ErrNoAccount
	}
	var shares []Share
	for _, d := range billed {
		charges, weights := weigh(d)
		amounts := []money.Rial{d.Amount}
		if len(charges) > 0 {
			var err error
			if amounts, err = money.Allocate(d.Amount, weights); err != nil {
				return nil, err
			}
		}
		for i, amount := range amounts {
			iban := every
			if i < len(charges) {
				iban = cmp.Or(accounts[charges[i]], every)
			}
			var err error
			if shares, err = give(shares, iban, amount); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(shares, func(a, b Share) int { return cmp.Compare(a.IBAN, b.IBAN) })
	return shares, nil
}

// weigh lists the charges that a due levies, with their amounts.
func weigh(d BilledDue) (charges []string, weights []money.Rial) {
	for _, line := range d.Lines {
		if tariffs.Charge(line.Head).Valid() && line.Amount > 0 {
			charges, weights = append(charges, string(line.Head)), append(weights, line.Amount)
		}
	}
	return charges, weights
}

// give adds an amount to an account's share; nothing makes no share.
func give(shares []Share, iban string, amount money.Rial) ([]Share, error) {
	if amount == 0 {
		return shares, nil
	}
	at := slices.IndexFunc(shares, func(s Share) bool { return s.IBAN == iban })
	if at < 0 {
		return append(shares, Share{IBAN: iban, Amount: amount}), nil
	}
	var err error
	shares[at].Amount, err = shares[at].Amount.Add(amount)
	return shares, err
}
