package dues

import (
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// The words of the explanation, as they stand inside its sentences.

func chargeName(c tariffs.Charge) value { return value{word: c.Name()} }

func className(c tariffs.Class) value { return value{word: c.Name()} }

func fuelName(f tariffs.Fuel) value { return value{word: f.Name()} }

func monthsName(m tariffs.Months, n int) value {
	started, whole := word("ماه (با ماه جاری)", "started months"), word("ماه کامل", "whole months")
	if n == 1 {
		started.word.EN, whole.word.EN = "started month", "whole month"
	}
	if m == tariffs.StartedMonths {
		return started
	}
	return whole
}

func roundingName(m money.Rounding) value {
	switch m {
	case money.Up:
		return word("رو به بالا تا", "up to the next")
	case money.Down:
		return word("رو به پایین تا", "down to the last")
	}
	return word("به نزدیک‌ترین", "to the nearest")
}
