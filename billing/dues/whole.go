package dues

import (
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// whole ends the reckoning with what concerns the due and not one charge: extras, credits, the minimum, the rounding.
func (r *reckoning) whole() error {
	if err := r.extras(); err != nil {
		return err
	}
	small, err := r.belowMinimum()
	if err != nil {
		return err
	}
	if small {
		r.parts, r.lines, r.sum, r.total, r.state = [headCount]money.Exact{}, [headCount]money.Rial{}, money.Exact{}, 0, Exempt
		return nil
	}
	if err := r.credits(); err != nil {
		return err
	}
	if err := r.round(); err != nil {
		return err
	}
	r.state = Assessed
	if r.sum.Sign() == 0 {
		r.state = Exempt
	} else if d := r.next(HoldForReview, "", ""); d != nil {
		r.state = UnderReview
		if r.explaining {
			r.explain(nil, reviewStep(d))
		}
	}
	return nil
}

func (r *reckoning) extras() (err error) {
	for d := r.next(AddExtra, "", ""); d != nil; d = r.next(AddExtra, "", d.ID) {
		extra := d.Amount.Exact()
		if r.explaining {
			r.explain(nil, extraStep(d))
		}
		if r.owed, err = r.owed.Add(extra); err != nil {
			return err
		}
		if err := r.add(extraAt, extra); err != nil {
			return err
		}
	}
	return nil
}

// belowMinimum compares what is owed without penalty: a year that is not owed today is not owed tomorrow.
func (r *reckoning) belowMinimum() (bool, error) {
	rule, version := &r.national.Minimum, r.national
	if r.local != nil && r.national.Leaves.Minimum && r.local.Minimum != (tariffs.Minimum{}) {
		rule, version = &r.local.Minimum, r.local
	}
	if *rule == (tariffs.Minimum{}) || r.sum.Sign() == 0 || r.owed.Cmp(rule.Amount.Exact()) >= 0 {
		return false, nil
	}
	if r.explaining {
		r.explain(nil, minimumStep(rule, version, r.owed))
	}
	return true, nil
}

// credits never leave less than nothing; the steps show what a credit was and how much of it was used.
func (r *reckoning) credits() error {
	for d := r.next(GiveCredit, "", ""); d != nil; d = r.next(GiveCredit, "", d.ID) {
		used := d.Amount.Exact()
		if used.Cmp(r.sum) > 0 {
			used = r.sum
		}
		if r.explaining {
			r.explain(nil, creditStep(d, used))
		}
		if err := r.take(creditAt, used); err != nil {
			return err
		}
	}
	return nil
}

func (r *reckoning) round() (err error) {
	rule := &r.national.Rounding
	if r.local != nil && r.national.Leaves.Rounding && r.local.Rounding != (tariffs.Rounding{}) {
		rule = &r.local.Rounding
	}
	if r.total, err = r.sum.Round(rule.Unit, rule.Mode); err != nil {
		return err
	}
	if r.explaining && r.sum.Sign() != 0 {
		r.explain(nil, totalStep(*rule, r.sum, r.total))
	}
	lined := money.Rial(0)
	for at, part := range r.parts {
		if part.Sign() == 0 {
			continue // most are
		}
		if r.lines[at], err = part.Round(1, money.Down); err != nil {
			return err
		}
		if lined, err = lined.Add(r.lines[at]); err != nil {
			return err
		}
	}
	r.lines[roundingAt], err = r.total.Sub(lined)
	return err
}
