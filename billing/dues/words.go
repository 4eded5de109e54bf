package dues

import (
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// The words of the explanation, as they stand inside its sentences.

func className(c tariffs.Class) value {
	switch c {
	case tariffs.PassengerCar:
		return word("سواری", "passenger car")
	case tariffs.DoubleCabPickup:
		return word("وانت دوکابین", "double-cab pickup")
	case tariffs.SingleCabPickup:
		return word("وانت تک‌کابین", "single-cab pickup")
	case tariffs.Truck:
		return word("کامیون", "truck")
	case tariffs.Bus:
		return word("اتوبوس", "bus")
	case tariffs.Minibus:
		return word("مینی‌بوس", "minibus")
	case tariffs.Motorcycle:
		return word("موتورسیکلت", "motorcycle")
	}
	return word("ردهٔ نامشخص", "unknown class")
}

func fuelName(f tariffs.Fuel) value {
	switch f {
	case tariffs.Petrol:
		return word("بنزینی", "petrol")
	case tariffs.CNG:
		return word("گازسوز", "gas-burning")
	case tariffs.Diesel:
		return word("دیزلی", "diesel")
	case tariffs.Hybrid:
		return word("هیبریدی", "hybrid")
	}
	return word("برقی", "battery")
}

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
