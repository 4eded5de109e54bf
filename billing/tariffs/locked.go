package tariffs

import "slices"

// LeavesTo says whether the national version leaves the charge of the vehicle to the municipality: no rule of its own reaches the
// vehicle, and a levy is listed there.
func (v *Version) LeavesTo(municipality int, charge Charge, vehicle Vehicle) bool {
	if _, levied := v.Levied(charge, municipality); !levied {
		return false
	}
	return !slices.ContainsFunc(v.Rules, func(r Rule) bool { return r.Charge == charge && r.Scope.fitsBut(&vehicle) })
}

// Against checks a municipality's version against the national one of the same year, which is locked: the municipality may add
// rules where no national rule of the charge reaches, and reliefs of those; of the national charges only what Leaves names.
// Errors: tariff_locked on the field that contradicts ("rules[2]"), with the extension "contradicts" naming the national rule
// ("national/1403/1 rules[0]") where there is one; tariff_year where the years differ.
func (v *Version) Against(national *Version) error {
	if v.FiscalYear != national.FiscalYear {
		return errYear.On("fiscal_year")
	}
	for i := range v.Rules {
		if err := v.rivals(national, at("rules", i), v.Rules[i].Charge, &v.Rules[i].Scope); err != nil {
			return err
		}
	}
	for i := range v.Exemptions {
		if err := v.rivals(national, at("exemptions", i), v.Exemptions[i].Charge, &v.Exemptions[i].Scope); err != nil {
			return err
		}
	}
	for i := range v.Discounts {
		d := &v.Discounts[i]
		if slices.Contains(national.Leaves.Discounts, d.Charge) {
			continue
		}
		if err := v.rivals(national, at("discounts", i), d.Charge, &d.Scope); err != nil {
			return err
		}
	}
	return v.termsAgainst(national)
}

// termsAgainst checks what holds for a whole charge or the whole due. A waiver binds only the city's own charges by itself,
// so it contradicts where the city has no rule of the charge and none is left to it.
func (v *Version) termsAgainst(national *Version) error {
	for i, w := range v.Waivers {
		own := slices.ContainsFunc(v.Rules, func(r Rule) bool { return r.Charge == w.Charge })
		if !own && !slices.Contains(national.Leaves.Waivers, w.Charge) {
			return errLocked.On(at("waivers", i))
		}
	}
	if v.Rounding != (Rounding{}) && !national.Leaves.Rounding && (v.Rounding.Unit != national.Rounding.Unit || v.Rounding.Mode != national.Rounding.Mode) {
		return errLocked.On("rounding").With(contradicts, national.ID+" rounding")
	}
	if v.Minimum != (Minimum{}) && !national.Leaves.Minimum {
		return errLocked.On("minimum")
	}
	return nil
}

// contradicts names, in a problem document, the national rule that a city's rule contradicts, or the rule that another one overlaps.
const contradicts = "contradicts"

// rivals refuses a scope that a national rule of the charge reaches, or a levy in a city that is not listed.
func (v *Version) rivals(national *Version, path string, charge Charge, scope *Scope) error {
	if _, levied := national.Levied(charge, v.Municipality()); !levied {
		return errLocked.On(path).With(contradicts, national.ID+" levies")
	}
	for i := range national.Rules {
		if r := &national.Rules[i]; r.Charge == charge && r.Scope.meets(scope) {
			return errLocked.On(path).With(contradicts, national.ID+" "+at("rules", i))
		}
	}
	return nil
}
