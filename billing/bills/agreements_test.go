package bills

import (
	"errors"
	"testing"

	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/tenants/offices"
)

func TestWhatAnAgreementCovers(t *testing.T) {
	t.Parallel()
	due := func(city int, balance money.Rial, heads ...dues.Head) dues.Due {
		d := dues.Due{MunicipalityID: city, State: dues.Assessed, Balance: balance}
		for _, h := range heads {
			d.Lines = append(d.Lines, dues.Line{Head: h, Amount: 1000})
		}
		return d
	}
	duty := due(1, 3000, dues.AnnualDuty, dues.Penalty, dues.Rounding)
	both := due(1, 5000, dues.AnnualDuty, dues.PollutionLevy)
	free := due(1, 2000, dues.AnnualDuty)
	free.Lines = append(free.Lines, dues.Line{Head: dues.PollutionLevy})
	other := due(2, 900_000, dues.PollutionLevy)
	onlyDuty := offices.Terms{Charges: []string{"annual_duty"}}
	for name, c := range map[string]struct {
		terms  offices.Terms
		chosen []dues.Due
		want   error
		sum    money.Rial
	}{
		"everything":                    {offices.Terms{}, []dues.Due{duty, both}, nil, 8000},
		"a penalty follows its duty":    {onlyDuty, []dues.Due{duty}, nil, 3000},
		"one charge is missing":         {onlyDuty, []dues.Due{duty, both}, ErrChargeNotAgreed, 0},
		"a charge of nothing":           {onlyDuty, []dues.Due{free}, nil, 2000},
		"another city's":                {onlyDuty, []dues.Due{other}, nil, 0},
		"at the ceiling":                {offices.Terms{OrderCeilingRial: 8000}, []dues.Due{duty, other, both}, nil, 8000},
		"a rial above":                  {offices.Terms{OrderCeilingRial: 7999}, []dues.Due{duty, other, both}, ErrOrderCeiling, 0},
		"the surcharge alone is nobody": {offices.Terms{Charges: []string{"pollution_levy"}}, []dues.Due{due(1, 1000, dues.AgeSurcharge)}, nil, 1000},
	} {
		sum, err := covered(c.chosen, inquiries.Municipality{ID: 1, Agreement: &c.terms})
		if !errors.Is(err, c.want) || err == nil && sum != c.sum {
			t.Errorf("%s: %d, %v; want %d, %v", name, sum, err, c.sum, c.want)
		}
	}
}
