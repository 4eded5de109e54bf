package bills

import (
	"cmp"
	"slices"

	"mofasa/billing/dues"
	"mofasa/billing/money"
)

// ChargeSum is an amount under one charge of a bill.
type ChargeSum struct {
	Charge string
	Amount money.Rial
	// Corrected says that the amount is part of a credit or an extra that a correction of a tariff wrote: it is settled here and is no revenue.
	Corrected bool
}

// CorrectionParts is how much of a due's credit and extra lines comes from corrections of wrong tariffs, both never negative, in rial. Their credits are used
// before those of other decisions.
func CorrectionParts(lines []dues.Line, decisions []dues.Decision) (credit, extra money.Rial) {
	var mostCredit, mostExtra money.Rial
	for _, line := range lines {
		switch line.Head {
		case dues.Credit:
			mostCredit = -line.Amount
		case dues.Extra:
			mostExtra = line.Amount
		}
	}
	for _, d := range decisions {
		switch {
		case d.Correction == "":
		case d.Kind == dues.GiveCredit:
			credit = min(credit+d.Amount, mostCredit)
		case d.Kind == dues.AddExtra:
			extra = min(extra+d.Amount, mostExtra)
		}
	}
	return credit, extra
}

// charges sums billed dues by head, and what corrections wrote apart; by name, without what is zero.
func charges(billed []BilledDue) ([]ChargeSum, error) {
	var sums []ChargeSum
	add := func(charge dues.Head, corrected bool, amount money.Rial) (err error) {
		at := slices.IndexFunc(sums, func(s ChargeSum) bool { return s.Charge == string(charge) && s.Corrected == corrected })
		if at < 0 {
			sums, at = append(sums, ChargeSum{Charge: string(charge), Corrected: corrected}), len(sums)
		}
		sums[at].Amount, err = sums[at].Amount.Add(amount)
		return err
	}
	for _, d := range billed {
		credit, extra := CorrectionParts(d.Lines, d.Cites.Decisions)
		for _, line := range d.Lines {
			var part money.Rial
			switch line.Head {
			case dues.Credit:
				part = -credit
			case dues.Extra:
				part = extra
			}
			if err := cmp.Or(add(line.Head, true, part), add(line.Head, false, line.Amount-part)); err != nil {
				return nil, err
			}
		}
	}
	sums = slices.DeleteFunc(sums, func(s ChargeSum) bool { return s.Amount == 0 })
	slices.SortStableFunc(sums, func(a, b ChargeSum) int { return cmp.Compare(a.Charge, b.Charge) })
	return sums, nil
}
