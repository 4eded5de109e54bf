package dues_test

import (
	"testing"

	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// ruling is a city's version that relieves and rounds as it likes; what of it holds is the national version's to say.
func ruling(t testing.TB, change func(*tariffs.Version)) tariffs.Version {
	t.Helper()
	law := fault.Text{FA: "مصوبه", EN: "decision"}
	v := heavy(1_000_777, tariffs.PerVehicle)
	v.ID = tariffs.VersionID(v.Authority, v.FiscalYear, v.Number)
	v.Exemptions = []tariffs.Exemption{{ID: "all", Charge: tariffs.AnnualDuty, Scope: tariffs.Scope{Usages: []tariffs.Usage{tariffs.Taxi}}, Legal: law}}
	v.Discounts = []tariffs.Discount{{ID: "half", Kind: tariffs.CouncilDecision, Charge: tariffs.AnnualDuty, Rate: 500_000,
		From: day(t, "1395/01/01"), Through: day(t, "1399/12/30"), Legal: law}}
	v.Waivers = []tariffs.Waiver{{ID: "half", Charge: tariffs.AnnualDuty, Rate: 500_000, From: day(t, "1395/01/01"), Through: day(t, "1399/12/30"), Legal: law}}
	change(&v)
	return v
}

func TestACityRelievesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	law := fault.Text{FA: "قانون", EN: "law"}
	for _, c := range []struct {
		name   string
		class  tariffs.Class
		usage  tariffs.Usage
		nation func(*tariffs.Version)
		city   func(*tariffs.Version)
		total  money.Rial
	}{
		// Of 1,000,777 half is taken, and the 500,388 whole rial that are left bear 10,007.76 of penalty, half of 10,007 waived.
		{"its own truck", tariffs.Truck, tariffs.Private, nil, nil, 506_000},
		{"its own taxi", tariffs.Truck, tariffs.Taxi, nil, nil, 0},
		{"a national car", tariffs.PassengerCar, tariffs.Private, nil, nil, 1_021_000},
		{"a national taxi", tariffs.PassengerCar, tariffs.Taxi, nil, nil, 1_021_000},
		{"discounts left to it", tariffs.PassengerCar, tariffs.Private, func(v *tariffs.Version) { v.Leaves.Discounts = tariffs.Charges() }, nil, 511_000},
		{"waivers left to it", tariffs.PassengerCar, tariffs.Private, func(v *tariffs.Version) { v.Leaves.Waivers = tariffs.Charges() }, nil, 1_011_000},
		{"its rounding", tariffs.PassengerCar, tariffs.Private, nil, func(v *tariffs.Version) {
			v.Rounding = tariffs.Rounding{Unit: 1, Mode: money.Down, Legal: law}
		}, 1_021_000},
		{"its rounding, left to it", tariffs.PassengerCar, tariffs.Private, func(v *tariffs.Version) { v.Leaves.Rounding = true }, func(v *tariffs.Version) {
			v.Rounding = tariffs.Rounding{Unit: 1, Mode: money.Down, Legal: law}
		}, 1_020_792},
		{"its minimum", tariffs.PassengerCar, tariffs.Private, nil, func(v *tariffs.Version) { v.Minimum = tariffs.Minimum{Amount: 9_000_000, Legal: law} }, 1_021_000},
		{"its minimum, left to it", tariffs.PassengerCar, tariffs.Private, func(v *tariffs.Version) { v.Leaves.Minimum = true },
			func(v *tariffs.Version) { v.Minimum = tariffs.Minimum{Amount: 9_000_000, Legal: law} }, 0},
		{"its penalty", tariffs.Truck, tariffs.Private, nil, func(v *tariffs.Version) {
			v.Discounts, v.Waivers = nil, nil
			v.Penalty = tariffs.Penalty{PerMonth: 100_000, Start: tariffs.NextYear, Months: tariffs.StartedMonths, Legal: law}
		}, 1_201_000},
		{"its penalty on a national car", tariffs.PassengerCar, tariffs.Private, nil, func(v *tariffs.Version) {
			v.Penalty = tariffs.Penalty{PerMonth: 100_000, Start: tariffs.NextYear, Months: tariffs.StartedMonths, Legal: law}
		}, 1_021_000},
	} {
		f := worth(car(t, 1390, "1395/01/01", "1396/02/01"), 1395, 1_000_777_000)
		f.Vehicle.Class, f.Vehicle.Usage = c.class, c.usage
		change := c.city
		if change == nil {
			change = func(*tariffs.Version) {}
		}
		versions := national(t).Versions()
		for i := range versions {
			if c.nation != nil {
				versions[i].Leaves.Legal = law
				c.nation(&versions[i])
			}
		}
		var err error
		if f.Tariffs, err = tariffs.NewBook(append(versions, ruling(t, change))...); err != nil {
			t.Fatal(err)
		}
		if d := of(t, assess(t, f), 1395); d.Total != c.total || (d.State == dues.Exempt) != (c.total == 0) {
			t.Errorf("%s: %s %d, want %d\n%s", c.name, d.State, d.Total, c.total, dues.Render(d, dues.English))
		}
	}
}

// A discounted charge is whole rial: the fraction goes to the payer before the penalty runs.
func TestADiscountedChargeIsWholeRial(t *testing.T) {
	t.Parallel()
	f := worth(car(t, 1402, "1402/01/01", "1403/02/01"), 1402, 1_000_000_777)
	f.Decisions = []dues.Decision{decision(t, dues.GrantDiscount)}
	f.Decisions[0].Rate = 500_000
	d := of(t, assess(t, f), 1402)
	if s := step(t, d, "penalty"); input(s, "of") != "500000" || s.Amount != "10000" || step(t, d, "discount").Amount != "500000.3885" {
		t.Errorf("%+v", s)
	}
}

// Where a national rule hangs on cylinders that nobody recorded, the city's rule does not step in.
func TestUnknownCylindersAreNotLeftToTheCity(t *testing.T) {
	t.Parallel()
	f := worth(car(t, 1390, "1395/01/01", "1395/02/01"), 1395, 1_000_000_000)
	f.Vehicle.Class = tariffs.Truck
	versions := national(t).Versions()
	for i := range versions {
		rule := versions[i].Rules[0]
		rule.Classes, rule.Priority, rule.Cylinders = []tariffs.Class{tariffs.Truck}, 1, tariffs.Span{From: 6}
		versions[i].Rules = append(versions[i].Rules[:len(versions[i].Rules):len(versions[i].Rules)], rule)
	}
	var err error
	if f.Tariffs, err = tariffs.NewBook(append(versions, ruling(t, func(*tariffs.Version) {}))...); err != nil {
		t.Fatal(err)
	}
	if d := of(t, assess(t, f), 1395); d.State != dues.MissingTariff {
		t.Errorf("%+v", d)
	}
	f.Vehicle.Cylinders = 6
	if d := of(t, assess(t, f), 1395); d.State != dues.Assessed || d.Total != 1_000_000 {
		t.Errorf("%+v", d)
	}
}

func TestDecisionsCountByID(t *testing.T) {
	t.Parallel()
	f := plain(t)
	for _, id := range []string{"c", "a", "d", "b"} {
		d := decision(t, dues.GiveCredit)
		d.ID, d.Amount = id, 1_500_000
		f.Decisions = append(f.Decisions, d)
	}
	d := of(t, assess(t, f), 1402)
	var cited, used string
	for _, c := range d.Cites.Decisions {
		cited += c.ID
	}
	for _, s := range d.Steps {
		if s.Code == "credit" {
			used += input(s, "decision") + s.Amount + " "
		}
	}
	if cited != "abcd" || used != "a1500000 b1500000 c720000 d0 " || d.State != dues.Exempt {
		t.Errorf("%s, %s, %+v", cited, used, d)
	}
}

// The base value is told once, though two charges are reckoned from it.
func TestOneValuationForTwoCharges(t *testing.T) {
	t.Parallel()
	f := worth(car(t, 1401, "1401/01/01", "1402/12/29"), 1402, 1_000_000_000)
	f.Residences[0].MunicipalityID = tehran
	v := heavy(1, tariffs.PerVehicle)
	v.Authority, v.FiscalYear = tariffs.MunicipalAuthority(tehran), 1402
	v.Rules[0] = tariffs.Rule{Charge: tariffs.PollutionLevy, Rate: 500, Scope: tariffs.Scope{Classes: tariffs.Classes(), Origins: tariffs.Origins()}, Legal: v.Rules[0].Legal}
	f.Tariffs = with(t, v)
	told := 0
	for _, s := range of(t, assess(t, f), 1402).Steps {
		if s.Code == "valuation" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}
