package dues

import (
	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// maxSteps is the longest explanation: residence, valuation, duty, age, penalty, total.
const maxSteps = 6

// reckoning computes one due. All parts stay exact until the total; the lines are their floors, and the rounding line holds
// the difference, so that lines always sum to the total.
type reckoning struct {
	due     Due
	version *tariffs.Version
	rule    *tariffs.Rule
	sum     money.Exact // of all parts so far
	lined   money.Rial  // of all lines so far
}

func (r *reckoning) run(vehicle *Vehicle, value Valuation) error {
	r.due.Lines = make([]Line, 0, 4)
	r.explain(valuationStep(value, vehicle.TypeCode))
	if err := r.duty(value); err != nil {
		return err
	}
	if err := r.age(vehicle); err != nil {
		return err
	}
	if err := r.penalty(r.due.Cites.On); err != nil {
		return err
	}
	return r.total()
}

func (r *reckoning) duty(value Valuation) error {
	duty, err := value.Base.Exact().Times(r.rule.Rate)
	if err != nil {
		return err
	}
	r.explain(dutyStep(r.rule, value, duty))
	return r.add(AnnualDuty, duty)
}

func (r *reckoning) age(vehicle *Vehicle) error {
	rule, years := r.rule.Age, int(r.due.FiscalYear)-vehicle.ModelYear
	if rule == nil || years <= rule.FreeYears {
		return nil
	}
	rate := rule.Surcharge(years, vehicle.Fuel)
	if rate == 0 {
		r.explain(ageExemptStep(rule, years, vehicle.Fuel))
		return nil
	}
	surcharge, err := r.sum.Times(rate)
	if err != nil {
		return err
	}
	r.explain(ageStep(rule, years, surcharge))
	return r.add(AgeSurcharge, surcharge)
}

func (r *reckoning) penalty(on calendar.Date) error {
	rule := r.version.Penalty
	months := rule.MonthsLate(r.due.FiscalYear, on)
	if months == 0 {
		return nil
	}
	monthly, err := r.sum.Times(rule.PerMonth)
	if err != nil {
		return err
	}
	penalty, err := monthly.TimesInt(int64(months))
	if err != nil {
		return err
	}
	if rule.Max > 0 {
		limit, err := r.sum.Times(rule.Max)
		if err != nil {
			return err
		}
		if penalty.Cmp(limit) > 0 {
			penalty = limit
		}
	}
	r.explain(penaltyStep(r.version, months, r.sum, penalty))
	return r.add(Penalty, penalty)
}

func (r *reckoning) total() error {
	rule := r.version.Rounding
	total, err := r.sum.Round(rule.Unit, rule.Mode)
	if err != nil {
		return err
	}
	r.explain(totalStep(rule, r.sum, total))
	rounding, err := total.Sub(r.lined)
	if err != nil {
		return err
	}
	r.line(Rounding, rounding)
	r.due.State, r.due.Total, r.due.Balance = Assessed, total, total
	return nil
}

// add takes one exact part into the sum and its floor into the lines.
func (r *reckoning) add(head Head, part money.Exact) (err error) {
	floor, err := part.Round(1, money.Down)
	if err != nil {
		return err
	}
	if r.lined, err = r.lined.Add(floor); err != nil {
		return err
	}
	r.line(head, floor)
	r.sum, err = r.sum.Add(part)
	return err
}

func (r *reckoning) line(head Head, amount money.Rial) {
	if amount != 0 {
		r.due.Lines = append(r.due.Lines, Line{Head: head, Amount: amount})
	}
}

func (r *reckoning) explain(step Step) { r.due.Steps = append(r.due.Steps, step) }
