package dues

import (
	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// The heads by their place in the lines.
const (
	annualDutyAt = iota
	pollutionLevyAt
	ageSurchargeAt
	discountAt
	penaltyAt
	penaltyWaiverAt
	extraAt
	creditAt
	roundingAt
	headCount
)

func heads() [headCount]Head {
	return [headCount]Head{AnnualDuty, PollutionLevy, AgeSurcharge, Discount, Penalty, PenaltyWaiver, Extra, Credit, Rounding}
}

// maxSteps is the longest usual explanation: residence, valuation, duty, age, penalty, total.
const maxSteps = 6

// reckoning computes one due. All parts stay exact until the total; the lines are their whole rial, and the rounding line holds
// the difference, so that lines always sum to the total. Without explaining it allocates nothing.
type reckoning struct {
	city            int
	year            calendar.FiscalYear
	day             calendar.Date // whose residence decided the city
	on              calendar.Date
	vehicle         *Vehicle
	subject         tariffs.Vehicle // the vehicle with its model year
	national, local *tariffs.Version
	value           *Valuation // nil: not listed
	decisions       []Decision

	explaining bool
	steps      []Step
	state      State // of a due that something is missing for
	valued     bool  // the base value was used
	unrated    bool  // the levy is due and has no rate
	parts      [headCount]money.Exact
	lines      [headCount]money.Rial
	owed       money.Exact // charges and surcharges after discounts
	sum        money.Exact // of all parts
	total      money.Rial
}

// run reckons every charge that is due in the city, and then the whole. What is missing is a state, not an error.
func (r *reckoning) run() error {
	for at, charge := range [...]tariffs.Charge{tariffs.AnnualDuty, tariffs.PollutionLevy} {
		levy, levied := r.national.Levied(charge, r.city)
		if !levied {
			continue
		}
		c := levying{charge: charge, at: at, levy: levy}
		if err := r.charge(&c); err != nil || r.state != "" {
			return err
		}
	}
	return r.whole()
}

// levying is one charge on its way through the reckoning.
type levying struct {
	charge tariffs.Charge
	at     int // of its head
	levy   *tariffs.Levy
	rule   *tariffs.Rule
	terms  *tariffs.Version // that holds the rule
	sum    money.Exact      // charge and surcharge, then without the discounts
}

// charge reckons one charge: amount, broken year, age, discounts, penalty, waivers. A relief or a missing fact ends it early.
func (r *reckoning) charge(c *levying) error {
	c.rule, c.terms = r.rule(c.charge)
	if r.exempt(c) {
		return nil
	}
	if c.rule == nil {
		r.noRule(c)
		return nil
	}
	months := r.months(c)
	if months == 0 {
		return nil
	}
	if err := r.amount(c); err != nil || r.state != "" {
		return err
	}
	if err := r.share(c, months); err != nil {
		return err
	}
	if err := r.age(c); err != nil {
		return err
	}
	if err := r.discounts(c); err != nil {
		return err
	}
	owed, err := r.owed.Add(c.sum)
	if err != nil {
		return err
	}
	r.owed = owed
	return r.penalty(c)
}

// rule is the charge's rule for the vehicle: the national one, or where the nation has none, the city's.
func (r *reckoning) rule(charge tariffs.Charge) (*tariffs.Rule, *tariffs.Version) {
	if rule, found := r.national.Rule(charge, r.subject); found {
		return rule, r.national
	}
	if r.local != nil && r.national.LeavesTo(r.city, charge, r.subject) {
		if rule, found := r.local.Rule(charge, r.subject); found {
			return rule, r.local
		}
	}
	return nil, nil
}

// noRule refuses the annual duty, and with it the due. A listed levy without a rate is missing by itself: it stands in the
// explanation and in Unrated, and does not hold up what is known.
func (r *reckoning) noRule(c *levying) {
	if c.charge != tariffs.AnnualDuty {
		r.unrated = true
		if r.explaining {
			r.explain(c, levyUnrated(c.levy, r.national))
		}
		return
	}
	r.state = MissingTariff
	if r.explaining {
		r.explain(c, ruleUnknown(r.national, r.subject, r.national.LeavesTo(r.city, c.charge, r.subject)))
	}
}

func (r *reckoning) amount(c *levying) (err error) {
	if c.terms == r.local && r.explaining {
		r.explain(c, localStep(r.local, c.rule))
	}
	if c.rule.Fixed != nil {
		return r.fixed(c)
	}
	if r.value == nil {
		r.state = MissingValuation
		if r.explaining {
			r.explain(nil, valuationUnknown(r.year, r.vehicle.TypeCode))
		}
		return nil
	}
	if c.sum, err = r.value.Base.Exact().Times(c.rule.Rate); err != nil {
		return err
	}
	if r.explaining && !r.valued {
		r.explain(nil, r.valuationStep())
	}
	r.valued = true
	if r.explaining {
		r.explain(c, rateStep(c.rule, c.terms, *r.value, c.sum))
	}
	return nil
}

func (r *reckoning) fixed(c *levying) (err error) {
	units := c.rule.Fixed.Units(r.subject)
	if units == 0 {
		r.state = MissingTariff
		if r.explaining {
			r.explain(c, cylindersUnknown(r.year))
		}
		return nil
	}
	if c.sum, err = c.rule.Fixed.Amount.Exact().TimesInt(int64(units)); err != nil {
		return err
	}
	if r.explaining {
		r.explain(c, fixedStep(c.rule, c.terms, units, c.sum))
	}
	return nil
}

// share leaves whole rial of a broken year: the fraction goes to the payer, and so nothing below 10^-18 rial arises later.
func (r *reckoning) share(c *levying, months int) error {
	if months < monthsOfYear {
		full, err := c.sum.TimesInt(int64(months))
		if err != nil {
			return err
		}
		twelfths, err := full.Round(monthsOfYear, money.Down)
		if err != nil {
			return err
		}
		c.sum = (twelfths / monthsOfYear).Exact() // a multiple of twelve: nothing is lost
		if r.explaining {
			r.explain(c, shareStep(months, c.sum, r.shareLaw(c)))
		}
	}
	return r.add(c.at, c.sum)
}

func (r *reckoning) age(c *levying) error {
	rule, years := c.rule.Age, int(r.year)-r.vehicle.ModelYear
	if rule == nil || years <= rule.FreeYears {
		return nil
	}
	rate := rule.Surcharge(years, r.vehicle.Fuel)
	if rate == 0 {
		if r.explaining {
			r.explain(c, ageExemptStep(rule, years, r.vehicle.Fuel))
		}
		return nil
	}
	surcharge, err := c.sum.Times(rate)
	if err != nil {
		return err
	}
	if r.explaining {
		r.explain(c, ageStep(rule, years, surcharge))
	}
	if c.sum, err = c.sum.Add(surcharge); err != nil {
		return err
	}
	return r.add(ageSurchargeAt, surcharge)
}

// penalty runs on what is left of charge and surcharge after the discounts.
func (r *reckoning) penalty(c *levying) error {
	rule := &c.terms.Penalty
	if *rule == (tariffs.Penalty{}) {
		rule = &r.national.Penalty
	}
	months := rule.MonthsLate(r.year, r.on)
	if months == 0 || c.sum.Sign() == 0 {
		return nil
	}
	monthly, err := c.sum.Times(rule.PerMonth)
	if err != nil {
		return err
	}
	penalty, err := monthly.TimesInt(int64(months))
	if err != nil {
		return err
	}
	if rule.Max > 0 {
		limit, err := c.sum.Times(rule.Max)
		if err != nil {
			return err
		}
		if penalty.Cmp(limit) > 0 {
			penalty = limit
		}
	}
	if r.explaining {
		r.explain(c, penaltyStep(rule, r.year, months, c.sum, penalty))
	}
	if err := r.add(penaltyAt, penalty); err != nil {
		return err
	}
	return r.waivers(c, penalty)
}

// add takes one exact part under its head.
func (r *reckoning) add(at int, part money.Exact) (err error) {
	if r.parts[at], err = r.parts[at].Add(part); err != nil {
		return err
	}
	r.sum, err = r.sum.Add(part)
	return err
}

// take is add for what is relieved.
func (r *reckoning) take(at int, part money.Exact) (err error) {
	if r.parts[at], err = r.parts[at].Sub(part); err != nil {
		return err
	}
	r.sum, err = r.sum.Sub(part)
	return err
}

// explain adds a step about the charge, or about the whole due.
func (r *reckoning) explain(c *levying, step Step) {
	if c != nil {
		step.Charge = c.charge
	}
	r.steps = append(r.steps, step)
}
