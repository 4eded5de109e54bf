package bills

import (
	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// What the agreement between an office and a city does not allow. Each names the city's code.
var (
	ErrChargeNotAgreed = fault.Define(fault.Forbidden, "charge_not_agreed",
		"توافق‌نامهٔ دفتر با این شهرداری همهٔ ردیف‌های این بدهی را در بر ندارد.", "Your office's agreement with this municipality does not cover every charge of this due.")
	ErrMethodNotAgreed = fault.Define(fault.Forbidden, "method_not_agreed",
		"توافق‌نامهٔ دفتر با یکی از شهرداری‌های این سبد این روش پرداخت را در بر ندارد.", "Your office's agreement with a municipality of this order does not cover this method of payment.")
	ErrOrderCeiling = fault.Define(fault.Forbidden, "order_above_ceiling",
		"مبلغ این سبد برای این شهرداری از سقف توافق‌نامه بیشتر است.", "The order's amount for this municipality is above the ceiling of the agreement.")
	ErrDayCeiling = fault.Define(fault.Forbidden, "day_above_ceiling",
		"با این سبد، دریافتی امروز دفتر برای این شهرداری از سقف توافق‌نامه بیشتر می‌شود.", "With this order the office would collect more for this municipality today than the agreement allows.")
)

// withinTerms refuses what the agreements with the cities of the chosen dues do not cover. Cities come by id, so that two orders of an office wait for each other
// in one order where a ceiling of the day makes them.
func withinTerms(tx *scope.Tx, chosen []dues.Due, cities []inquiries.Municipality) error {
	for _, m := range cities {
		sum, err := covered(chosen, m)
		if err != nil {
			return err
		}
		if sum == 0 || m.Agreement.DayCeilingRial == 0 {
			continue
		}
		before, err := collectedToday(tx, m.ID)
		if err != nil {
			return err
		}
		if int64(sum) > m.Agreement.DayCeilingRial-int64(before) {
			return of(ErrDayCeiling, m.ID).On("dues")
		}
	}
	return nil
}

// covered sums the chosen dues of a city, or refuses one that has a charge outside the agreement, or a sum above its ceiling. A surcharge, a penalty, a relief and a
// rounding follow the charges of their due.
func covered(chosen []dues.Due, m inquiries.Municipality) (sum money.Rial, err error) {
	for _, d := range chosen {
		if d.MunicipalityID != m.ID {
			continue
		}
		for _, line := range d.Lines {
			if tariffs.Charge(line.Head).Valid() && line.Amount != 0 && !m.Agreement.Covers(string(line.Head)) {
				return 0, of(ErrChargeNotAgreed, m.ID).On("dues")
			}
		}
		if sum, err = sum.Add(d.Balance); err != nil {
			return 0, err
		}
	}
	if most := m.Agreement; most != nil && most.OrderCeilingRial > 0 && int64(sum) > most.OrderCeilingRial {
		return 0, of(ErrOrderCeiling, m.ID).On("dues")
	}
	return sum, nil
}

// of says which city's agreement it is.
func of(f *fault.Error, municipality int) *fault.Error {
	return f.With("municipality_code", municipality)
}
