package corrections

import (
	"slices"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// Placement is what of a difference a fiscal year's due of the same city and vehicle bears: less by a credit, more by an extra. The amount is positive, in rial.
type Placement struct {
	FiscalYear calendar.FiscalYear
	Amount     money.Rial
}

// unit is the smallest amount of a bill: a payment ID carries thousands of rial.
const unit money.Rial = 1000

// open is a due that can bear a part of a difference.
type open struct {
	year calendar.FiscalYear
	room money.Rial // the most that a credit may take of it
	step money.Rial // a credit in multiples of it lowers the due by itself, to the rial
}

// openDues lists the city's assessed dues, oldest first. What a credit may take leaves one step of the balance, so that the due stays one that is billed: only a
// capture sets the credit off in the books.
func openDues(assessed []dues.Due, city int, book tariffs.Book) []open {
	var list []open
	for _, d := range assessed {
		if d.MunicipalityID != city || d.State != dues.Assessed {
			continue
		}
		step := stepOf(d.Cites, book)
		room := max(0, d.Balance-step)
		list = append(list, open{year: d.FiscalYear, room: room - room%step, step: step})
	}
	slices.SortFunc(list, func(a, b open) int { return int(a.year) - int(b.year) })
	return list
}

// stepOf is the least multiple of every unit to which a bill or a version behind the due rounds: what is taken in steps never meets the rounding.
func stepOf(c dues.Cites, book tariffs.Book) money.Rial {
	step := unit
	for _, id := range []string{c.TariffID, c.LocalTariffID} {
		if v, found := book.Version(id); found && v.Rounding.Unit > 0 {
			step = step / commonDivisor(step, v.Rounding.Unit) * v.Rounding.Unit
		}
	}
	return step
}

// commonDivisor is the greatest one, by Euclid; both are positive.
func commonDivisor(a, b money.Rial) money.Rial {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// placeCredit spreads a credit over the open dues, oldest first, never more than it is.
func placeCredit(credit money.Rial, dues []open) []Placement {
	var placed []Placement
	for _, d := range dues {
		part := min(credit-credit%d.step, d.room)
		if part > 0 {
			placed = append(placed, Placement{FiscalYear: d.year, Amount: part})
			credit -= part
		}
	}
	return placed
}

// placeExtra demands an extra with the oldest open due, else with the next fiscal year's, 0 where none will come.
func placeExtra(extra money.Rial, dues []open, next calendar.FiscalYear) []Placement {
	switch {
	case len(dues) > 0:
		return []Placement{{FiscalYear: dues[0].year, Amount: extra}}
	case next != 0:
		return []Placement{{FiscalYear: next, Amount: extra}}
	}
	return nil
}
