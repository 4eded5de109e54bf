package dues

import (
	"slices"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// exempt says whether a version or a decision frees the vehicle from the charge. A city frees from what it levies itself alone.
func (r *reckoning) exempt(c *levying) bool {
	if e := exemption(r.national, c.charge, &r.subject); e != nil {
		if r.explaining {
			r.explain(c, exemptStep(c.charge, e, r.national))
		}
		return true
	}
	if r.local != nil && c.terms == r.local {
		if e := exemption(r.local, c.charge, &r.subject); e != nil {
			if r.explaining {
				r.explain(c, exemptStep(c.charge, e, r.local))
			}
			return true
		}
	}
	d := r.next(GrantExemption, c.charge, "")
	if d != nil && r.explaining {
		r.explain(c, exemptDecisionStep(c.charge, d))
	}
	return d != nil
}

func exemption(v *tariffs.Version, charge tariffs.Charge, subject *tariffs.Vehicle) *tariffs.Exemption {
	for i := range v.Exemptions {
		if e := &v.Exemptions[i]; e.Charge == charge && e.Fits(*subject) {
			return e
		}
	}
	return nil
}

const monthsOfYear = 12

// months counts the months of the year that are owed: twelve, or fewer in the vehicle's first and last year, as the tariff says.
// With none it explains why.
func (r *reckoning) months(c *levying) int {
	first, last := 1, monthsOfYear
	begins, ends := r.shares(c)
	if begins.Mode == tariffs.ByMonths {
		first = r.vehicle.FirstRegistered.Month
	}
	if ends.Mode == tariffs.ByMonths {
		last = r.vehicle.Ended.Month
	}
	if begins.Mode == tariffs.NoYear || ends.Mode == tariffs.NoYear {
		if r.explaining {
			r.explain(c, yearNotOwedStep(r.year, r.shareLaw(c)))
		}
		return 0
	}
	return last - first + 1
}

// shares are the rules of the broken year that bind here; zero where the year is not broken, or the tariff says nothing.
func (r *reckoning) shares(c *levying) (begins, ends tariffs.YearShare) {
	if r.year.Contains(r.vehicle.FirstRegistered) {
		begins = c.terms.FirstYear
		if begins.Mode == "" {
			begins = r.national.FirstYear
		}
	}
	if r.vehicle.gone(r.on) && r.year.Contains(r.vehicle.Ended) {
		ends = lastYear(c.terms, r.vehicle.EndReason)
		if ends.Mode == "" {
			ends = lastYear(r.national, r.vehicle.EndReason)
		}
	}
	return begins, ends
}

func lastYear(v *tariffs.Version, reason tariffs.End) tariffs.YearShare {
	for _, l := range v.LastYear {
		if l.Reason == reason {
			return l.YearShare
		}
	}
	return tariffs.YearShare{}
}

func (r *reckoning) shareLaw(c *levying) fault.Text {
	begins, ends := r.shares(c)
	if ends.Mode == "" || ends.Mode == tariffs.FullYear || begins.Mode == tariffs.NoYear {
		return begins.Legal
	}
	return ends.Legal
}

// gone says whether the vehicle has ended by the day.
func (v *Vehicle) gone(on calendar.Date) bool { return !v.Ended.IsZero() && !on.Before(v.Ended) }

// discounts takes what versions and decisions give off charge and surcharge, each on the full amount, together at most all of
// it. What is left of a discounted charge is whole rial; the fraction goes to the payer.
func (r *reckoning) discounts(c *levying) error {
	left := c.sum
	for _, v := range [...]*tariffs.Version{r.national, r.local} {
		if v == nil || v == r.local && c.terms != r.local && !slices.Contains(r.national.Leaves.Discounts, c.charge) {
			continue
		}
		for i := range v.Discounts {
			d := &v.Discounts[i]
			if !d.Holds(c.charge, &r.subject, r.on) {
				continue
			}
			off, err := relieve(&left, c.sum, d.Rate, 0)
			if err != nil {
				return err
			}
			if r.explaining {
				r.explain(c, discountStep(d, v, c.sum, off))
			}
		}
	}
	for d := r.next(GrantDiscount, c.charge, ""); d != nil; d = r.next(GrantDiscount, c.charge, d.ID) {
		off, err := relieve(&left, c.sum, d.Rate, d.Amount)
		if err != nil {
			return err
		}
		if r.explaining {
			r.explain(c, decisionStep(string(Discount), d, c.sum, off))
		}
	}
	sum := c.sum
	if err := r.settle(discountAt, sum, left); err != nil || left == sum {
		return err
	}
	rest, err := left.Round(1, money.Down)
	c.sum = rest.Exact()
	return err
}

// waivers takes what versions and decisions waive of the penalty, each on its whole rial, together at most all of it.
func (r *reckoning) waivers(c *levying, penalty money.Exact) error {
	whole, err := penalty.Round(1, money.Down)
	if err != nil {
		return err
	}
	left, of := penalty, whole.Exact()
	for _, v := range [...]*tariffs.Version{r.national, r.local} {
		if v == nil || v == r.local && c.terms != r.local && !slices.Contains(r.national.Leaves.Waivers, c.charge) {
			continue
		}
		for i := range v.Waivers {
			w := &v.Waivers[i]
			if !w.Holds(c.charge, r.on) {
				continue
			}
			off, err := relieve(&left, of, w.Rate, 0)
			if err != nil {
				return err
			}
			if r.explaining {
				r.explain(c, waiverStep(w, v, of, off))
			}
		}
	}
	for d := r.next(WaivePenalty, c.charge, ""); d != nil; d = r.next(WaivePenalty, c.charge, d.ID) {
		off, err := relieve(&left, of, d.Rate, d.Amount)
		if err != nil {
			return err
		}
		if r.explaining {
			r.explain(c, decisionStep(string(PenaltyWaiver), d, of, off))
		}
	}
	return r.settle(penaltyWaiverAt, penalty, left)
}

// relieve takes the rate of the sum, or the amount, off what is left, and at most all of it.
func relieve(left *money.Exact, sum money.Exact, rate money.PPM, amount money.Rial) (off money.Exact, err error) {
	off = amount.Exact()
	if rate > 0 {
		if off, err = sum.Times(rate); err != nil {
			return off, err
		}
	}
	if off.Cmp(*left) > 0 {
		off = *left
	}
	*left, err = left.Sub(off)
	return off, err
}

// settle books under the head the difference between a full part and the whole rial that are left of it; nothing where no
// relief was given.
func (r *reckoning) settle(at int, full, left money.Exact) error {
	if left == full {
		return nil
	}
	rest, err := left.Round(1, money.Down)
	if err != nil {
		return err
	}
	off, err := full.Sub(rest.Exact())
	if err != nil {
		return err
	}
	return r.take(at, off)
}
