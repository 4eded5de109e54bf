package tariffs

import "mofasa/tenants/fault"

// The words of the law, as sentences in both languages name them.

// Name is the charge in both languages.
func (c Charge) Name() fault.Text {
	if c == PollutionLevy {
		return fault.Text{FA: "عوارض آلایندگی", EN: "pollution levy"}
	}
	return fault.Text{FA: "عوارض سالانه", EN: "annual duty"}
}

// Name is the category itself: versions make them up.
func (c Category) Name() fault.Text { return fault.Text{FA: string(c), EN: string(c)} }
