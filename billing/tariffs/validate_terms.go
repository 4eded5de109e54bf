package tariffs

import (
	"cmp"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
)

// validateReliefs checks exemptions, discounts and waivers; each list stands in the order of its ids.
func (v *Version) validateReliefs() error {
	for i := range v.Exemptions {
		e, path := &v.Exemptions[i], at("exemptions", i)
		if e.ID == "" || i > 0 && e.ID <= v.Exemptions[i-1].ID || !e.Charge.Valid() {
			return errExemption.On(path)
		}
		if err := cmp.Or(e.Scope.validate(path), cited(e.Legal, path+".legal")); err != nil {
			return err
		}
	}
	for i := range v.Discounts {
		d, path := &v.Discounts[i], at("discounts", i)
		if d.ID == "" || i > 0 && d.ID <= v.Discounts[i-1].ID || !d.Charge.Valid() || !proper(d.Rate) || !v.timely(d) {
			return errDiscount.On(path)
		}
		if err := cmp.Or(d.Scope.validate(path), cited(d.Legal, path+".legal")); err != nil {
			return err
		}
	}
	for i := range v.Waivers {
		w, path := &v.Waivers[i], at("waivers", i)
		if w.ID == "" || i > 0 && w.ID <= v.Waivers[i-1].ID || !w.Charge.Valid() || !proper(w.Rate) || !ordered(w.From, w.Through) {
			return errWaiver.On(path)
		}
		if err := cited(w.Legal, path+".legal"); err != nil {
			return err
		}
	}
	return nil
}

func (v *Version) timely(d *Discount) bool {
	switch d.Kind {
	case EarlyPayment:
		return ordered(d.From, d.Through) && v.FiscalYear.Contains(d.From) && v.FiscalYear.Contains(d.Through)
	case CouncilDecision:
		return ordered(d.From, d.Through)
	}
	return false
}

func ordered(from, through calendar.Date) bool {
	return from.Valid() && through.Valid() && !through.Before(from)
}

// validateNation checks what the national version alone may hold.
func (v *Version) validateNation() error {
	for i, l := range v.Levies {
		path := at("levies", i)
		if !v.National() {
			return errLocked.On(path)
		}
		if l.Charge != PollutionLevy || i > 0 || len(l.Municipalities) == 0 || !ascending(l.Municipalities) {
			return errLevy.On(path)
		}
		if err := cited(l.Legal, path+".legal"); err != nil {
			return err
		}
	}
	l := &v.Leaves
	if len(l.Discounts) == 0 && len(l.Waivers) == 0 && !l.Rounding && !l.Minimum {
		return nil
	}
	if !v.National() {
		return errLocked.On("leaves")
	}
	if !distinct(l.Discounts) || !distinct(l.Waivers) {
		return errCharge.On("leaves")
	}
	return cited(l.Legal, "leaves.legal")
}

// ascending says whether codes of municipalities are positive and grow.
func ascending(codes []int) bool {
	last := 0
	for _, code := range codes {
		if code <= last {
			return false
		}
		last = code
	}
	return true
}

func (v *Version) validateShares() error {
	if v.FirstYear != (YearShare{}) {
		if err := v.FirstYear.validate("first_year"); err != nil {
			return err
		}
	}
	for i, l := range v.LastYear {
		path := at("last_year", i)
		if !l.Reason.Valid() || i > 0 && l.Reason <= v.LastYear[i-1].Reason {
			return errShare.On(path)
		}
		if err := l.validate(path); err != nil {
			return err
		}
	}
	return nil
}

func (s YearShare) validate(path string) error {
	if s.Mode != FullYear && s.Mode != ByMonths && s.Mode != NoYear {
		return errShare.On(path)
	}
	return cited(s.Legal, path+".legal")
}

// validateTerms checks penalty, rounding and minimum; a municipality may leave them to the nation.
func (v *Version) validateTerms() error {
	if v.National() || v.Penalty != (Penalty{}) {
		if err := v.Penalty.validate(); err != nil {
			return err
		}
	}
	if v.National() || v.Rounding != (Rounding{}) {
		if err := v.Rounding.validate(); err != nil {
			return err
		}
	}
	if v.Minimum == (Minimum{}) {
		return nil
	}
	if v.Minimum.Amount <= 0 || v.Minimum.Amount > maxFixed {
		return errMinimum.On("minimum")
	}
	return cited(v.Minimum.Legal, "minimum.legal")
}

func (p *Penalty) validate() error {
	starts := p.Start == NextYear && p.Due == (MonthDay{}) || p.Start == DueDay && p.Due.valid()
	if !proper(p.PerMonth) || !starts || p.Max < 0 || p.Max > 100*money.One {
		return errPenalty.On("penalty")
	}
	if p.Months != WholeMonths && p.Months != StartedMonths {
		return errPenalty.On("penalty.months")
	}
	return cited(p.Legal, "penalty.legal")
}

// valid holds for a day that every year has: a common year stands for all.
func (m MonthDay) valid() bool {
	return calendar.Date{Year: commonYear, Month: m.Month, Day: m.Day}.Valid()
}

const commonYear = 1400

func (r Rounding) validate() error {
	if r.Unit < 1 || r.Unit > maxUnit || !r.Mode.Valid() {
		return errRounding.On("rounding")
	}
	return cited(r.Legal, "rounding.legal")
}
