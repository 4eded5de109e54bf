package bills

import (
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
)

// officeShare is what of the fee is the office's: each bill stands for a part of the fee in proportion to its amount, of which the agreement with its city gives the
// office a share. The fraction of a rial that is left is the platform's.
func officeShare(fee *inquiries.Fee, drafted []Bill) (money.Rial, error) {
	if !fee.Charged() {
		return 0, nil
	}
	weights := make([]money.Rial, len(drafted))
	for i, b := range drafted {
		weights[i] = b.Amount
	}
	parts, err := money.Allocate(fee.Amount, weights)
	if err != nil {
		return 0, err
	}
	var sum money.Exact
	for i, part := range parts {
		var rate money.PPM
		if terms := drafted[i].Municipality.Agreement; terms != nil {
			rate = money.PPM(terms.FeeSharePPM)
		}
		share, err := part.Exact().Times(rate)
		if err != nil {
			return 0, err
		}
		if sum, err = sum.Add(share); err != nil {
			return 0, err
		}
	}
	return sum.Round(1, money.Down)
}
