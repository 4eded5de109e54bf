package inquiries

import (
	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
	"mofasa/tenants/offices"
)

// What the agreement between an office and a city does not allow. Each names the city's code.
var (
	ErrNoAgreement     = fault.Define(fault.Forbidden, "no_agreement", "دفتر شما با این شهرداری توافق‌نامه ندارد.", "Your office has no agreement with this municipality.")
	ErrChargeNotAgreed = fault.Define(fault.Forbidden, "charge_not_agreed",
		"توافق‌نامهٔ دفتر با این شهرداری همهٔ ردیف‌های این بدهی را در بر ندارد.", "Your office's agreement with this municipality does not cover every charge of this due.")
	ErrOrderCeiling = fault.Define(fault.Forbidden, "order_above_ceiling",
		"مبلغ این سبد برای این شهرداری از سقف توافق‌نامه بیشتر است.", "The order's amount for this municipality is above the ceiling of the agreement.")
	ErrDayCeiling = fault.Define(fault.Forbidden, "day_above_ceiling",
		"با این سبد، دریافتی امروز دفتر برای این شهرداری از سقف توافق‌نامه بیشتر می‌شود.", "With this order the office would collect more for this municipality today than the agreement allows.")
)

// Agreement is what the office may collect for a city today, and what of the ceiling of the day is used up.
type Agreement struct {
	offices.Terms
	Taken money.Rial `json:"taken_rial"` // see TakenToday; read only where there is a ceiling of the day
}

// LeftToday is what the office may still collect for the city today, never negative; false: there is no ceiling of the day.
func (a Agreement) LeftToday() (money.Rial, bool) {
	return max(money.Rial(a.DayCeilingRial)-a.Taken, 0), a.DayCeilingRial > 0
}

// Refuse is why the office may not collect dues of the city together today, or nil; those of other cities do not count. An inquiry asks it about each due alone, and
// an order about all that it holds, so that nothing is shown as payable that an order of it alone would refuse. A surcharge, a penalty, a relief and a rounding
// follow the charges of their due. Errors: ErrNoAgreement, ErrChargeNotAgreed, ErrOrderCeiling, ErrDayCeiling; money.ErrOverflow.
func (m Municipality) Refuse(chosen []dues.Due) error {
	var sum money.Rial
	for _, d := range chosen {
		if d.MunicipalityID != m.ID {
			continue
		}
		if !m.covers(d) {
			return m.refusal(ErrChargeNotAgreed)
		}
		var err error
		if sum, err = sum.Add(d.Balance); err != nil {
			return err
		}
	}
	if m.Agreement == nil {
		return m.refusal(ErrNoAgreement)
	}
	if most := money.Rial(m.Agreement.OrderCeilingRial); most > 0 && sum > most {
		return m.refusal(ErrOrderCeiling)
	}
	if left, bound := m.Agreement.LeftToday(); bound && sum > left {
		return m.refusal(ErrDayCeiling)
	}
	return nil
}

// covers tells whether the agreement, if there is one, lets the office collect every charge of a due.
func (m Municipality) covers(d dues.Due) bool {
	for _, line := range d.Lines {
		if m.Agreement != nil && tariffs.Charge(line.Head).Valid() && line.Amount != 0 && !m.Agreement.Covers(string(line.Head)) {
			return false
		}
	}
	return true
}

// refusal says which city's agreement it is.
func (m Municipality) refusal(f *fault.Error) error { return f.With("municipality_code", m.ID) }

// refuse notes why the office may not collect a due of the city that is otherwise there to be paid.
func (c *City) refuse(d dues.Due) error {
	if d.State != dues.Assessed || d.Balance == 0 || c.State != Answered && c.State != NoAgreement {
		return nil
	}
	err := c.Municipality.Refuse([]dues.Due{d})
	if f := fault.Of(err); f != nil {
		if c.Refused == nil {
			c.Refused = map[calendar.FiscalYear]*fault.Error{}
		}
		c.Refused[d.FiscalYear] = f
		return nil
	}
	return err
}
