package inquiries

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/tenants/offices"
)

func owed(city int, balance money.Rial, heads ...dues.Head) dues.Due {
	d := dues.Due{MunicipalityID: city, State: dues.Assessed, Balance: balance}
	for _, h := range heads {
		d.Lines = append(d.Lines, dues.Line{Head: h, Amount: 1000})
	}
	return d
}

func TestWhatAnAgreementRefuses(t *testing.T) {
	t.Parallel()
	duty := owed(1, 3000, dues.AnnualDuty, dues.Penalty, dues.Rounding)
	both := owed(1, 5000, dues.AnnualDuty, dues.PollutionLevy)
	free := owed(1, 2000, dues.AnnualDuty)
	free.Lines = append(free.Lines, dues.Line{Head: dues.PollutionLevy})
	other := owed(2, 900_000, dues.PollutionLevy)
	agreed := func(a Agreement) *Agreement { return &a }
	onlyDuty := agreed(Agreement{Terms: offices.Terms{Charges: []string{"annual_duty"}}})
	day := func(taken money.Rial) *Agreement {
		return agreed(Agreement{Terms: offices.Terms{DayCeilingRial: 10_000}, Taken: taken})
	}
	for name, c := range map[string]struct {
		agreement *Agreement
		chosen    []dues.Due
		want      error
	}{
		"everything":                    {agreed(Agreement{}), []dues.Due{duty, both}, nil},
		"no agreement":                  {nil, []dues.Due{duty}, ErrNoAgreement},
		"a penalty follows its duty":    {onlyDuty, []dues.Due{duty}, nil},
		"one charge is missing":         {onlyDuty, []dues.Due{duty, both}, ErrChargeNotAgreed},
		"a charge of nothing":           {onlyDuty, []dues.Due{free}, nil},
		"another city's":                {onlyDuty, []dues.Due{other}, nil},
		"the surcharge alone is nobody": {agreed(Agreement{Terms: offices.Terms{Charges: []string{"pollution_levy"}}}), []dues.Due{owed(1, 1000, dues.AgeSurcharge)}, nil},
		"at the order's ceiling":        {agreed(Agreement{Terms: offices.Terms{OrderCeilingRial: 8000}}), []dues.Due{duty, other, both}, nil},
		"a rial above it":               {agreed(Agreement{Terms: offices.Terms{OrderCeilingRial: 7999}}), []dues.Due{duty, other, both}, ErrOrderCeiling},
		"at the day's ceiling":          {day(2000), []dues.Due{duty, both}, nil},
		"a rial above that":             {day(2001), []dues.Due{duty, both}, ErrDayCeiling},
		"a day that is over full":       {day(90_000), []dues.Due{duty}, ErrDayCeiling},
	} {
		if err := (Municipality{ID: 1, Agreement: c.agreement}).Refuse(c.chosen); !errors.Is(err, c.want) || err == nil != (c.want == nil) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
}

// TestAnAnswerOffersOnlyWhatAnOrderOfItTakes: whatever the agreement says, what counts as payable is exactly what an order of it alone would not refuse.
func TestAnAnswerOffersOnlyWhatAnOrderOfItTakes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := Municipality{ID: 1, Stage: "active", Agreed: rapid.IntRange(0, 5).Draw(t, "agreed") > 0}
		if m.Agreed {
			m.Agreement = &Agreement{Taken: money.Rial(rapid.Int64Range(0, 9).Draw(t, "taken")),
				Terms: offices.Terms{OrderCeilingRial: rapid.Int64Range(0, 9).Draw(t, "order"), DayCeilingRial: rapid.Int64Range(0, 9).Draw(t, "day")}}
			if rapid.Bool().Draw(t, "bound") {
				m.Agreement.Charges = []string{"annual_duty"}
			}
		}
		var list []dues.Due
		for year := range rapid.IntRange(1, 5).Draw(t, "years") {
			d := owed(1, money.Rial(rapid.Int64Range(0, 9).Draw(t, "balance")), rapid.SampledFrom([]dues.Head{dues.AnnualDuty, dues.PollutionLevy}).Draw(t, "head"))
			d.FiscalYear = calendar.FiscalYear(1400 + year)
			d.State = rapid.SampledFrom([]dues.State{dues.Assessed, dues.Assessed, dues.Paid, dues.Claimed}).Draw(t, "state")
			list = append(list, d)
		}
		cities, _, payable, err := Assessment{Municipalities: []Municipality{m}, Dues: list}.group()
		if err != nil || len(cities) != 1 {
			t.Fatalf("%+v, %v", cities, err)
		}
		var want money.Rial
		for _, d := range list {
			refused := m.Refuse([]dues.Due{d})
			says := cities[0].Refused[d.FiscalYear]
			open := d.State == dues.Assessed && d.Balance > 0
			if (says != nil) != (open && refused != nil) || says != nil && !errors.Is(refused, says) {
				t.Fatalf("%d: the answer says %v, an order %v", d.FiscalYear, says, refused)
			}
			if open && refused == nil {
				want += d.Balance
			}
		}
		if payable != want || cities[0].Payable != want {
			t.Fatalf("payable %d, want %d", payable, want)
		}
	})
}
