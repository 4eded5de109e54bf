package tariffs_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

func TestDiffSaysWhatChanges(t *testing.T) {
	t.Parallel()
	a, b := council(t), council(t)
	b.Rules = append(b.Rules[:2:2], b.Rules[3])
	b.Rules[2].Rate, b.Rules[2].Age = 1500, nil
	b.Rules[0].Fixed = &tariffs.Fixed{Amount: 350_000, Per: tariffs.PerVehicle}
	b.Minimum = tariffs.Minimum{Amount: 10_000, Legal: law}
	b.Penalty.PerMonth = 15_000
	b.Number, b.ID, b.From = 2, "17/1395/2", date(t, "1395/07/01")
	got := tariffs.Diff(a, b)
	type brief struct {
		kind tariffs.ChangeKind
		path string
	}
	var paths []brief
	for _, c := range got {
		paths = append(paths, brief{c.Kind, c.Path})
		if c.Text.FA == "" || c.Text.EN == "" || strings.ContainsAny(c.Text.FA, "0123456789") ||
			(c.Before == "") != (c.Kind == tariffs.Added) || (c.After == "") != (c.Kind == tariffs.Removed) {
			t.Errorf("%+v", c)
		}
	}
	const cycle = "rules/annual_duty/motorcycle/domestic+imported/////"
	if want := []brief{
		{tariffs.Changed, "from"}, {tariffs.Added, "minimum"}, {tariffs.Changed, "penalty"},
		{tariffs.Removed, cycle + "/0/amount"}, {tariffs.Removed, cycle + "/0/legal"},
		{tariffs.Removed, cycle + "1370–1385/1/age"}, {tariffs.Changed, cycle + "1370–1385/1/amount"},
		{tariffs.Changed, "rules/annual_duty/truck/domestic+imported////–5//0/amount"},
	}; !slices.Equal(paths, want) {
		t.Errorf("%q", paths)
	}
	if got[0].Text.FA != "روز آغاز اجرا تغییر می‌کند از «نخستین روز سال مالی» به «۱۳۹۵/۰۷/۰۱»" ||
		got[0].Text.EN != "the day from which it holds changes from “the first day of the fiscal year” to “1395/07/01”" {
		t.Error(got[0].Text)
	}
	last := got[len(got)-1]
	if last.Text.FA != "عوارض سالانه (کامیون؛ تولید داخل، وارداتی؛ –۵ سیلندر) تغییر می‌کند از «۳۰۰٬۰۰۰ ریال برای هر خودرو» به «۳۵۰٬۰۰۰ ریال برای هر خودرو»" ||
		last.Text.EN != "annual duty (truck; domestic, imported; –5 cylinders) changes from “300,000 rial for each vehicle” to “350,000 rial for each vehicle”" {
		t.Error(last.Text)
	}
}

// Two versions differ exactly where Diff says so, and the way back is the mirror.
func TestDiffIsCompleteAndMirrors(t *testing.T) {
	t.Parallel()
	nation := version(t, 1401)
	nation.Leaves = tariffs.Leaves{Discounts: []tariffs.Charge{tariffs.AnnualDuty}, Legal: law}
	for name, change := range map[string]func(*tariffs.Version){
		"nothing":     func(*tariffs.Version) {},
		"first day":   func(v *tariffs.Version) { v.From = calendar.Date{Year: 1395, Month: 7, Day: 1} },
		"exemption":   func(v *tariffs.Version) { v.Exemptions[0].Usages[0] = tariffs.Public },
		"discount":    func(v *tariffs.Version) { v.Discounts[0].Rate++ },
		"days":        func(v *tariffs.Version) { v.Discounts[1].Through = calendar.Date{Year: 1396, Month: 7, Day: 1} },
		"waiver":      func(v *tariffs.Version) { v.Waivers = nil },
		"first year":  func(v *tariffs.Version) { v.FirstYear.Mode = tariffs.NoYear },
		"last year":   func(v *tariffs.Version) { v.LastYear = v.LastYear[:1] },
		"penalty":     func(v *tariffs.Version) { v.Penalty.Due.Day = 30 },
		"rounding":    func(v *tariffs.Version) { v.Rounding = tariffs.Rounding{Unit: 10, Mode: money.HalfUp, Legal: law} },
		"age":         func(v *tariffs.Version) { v.Rules[3].Age.FreeYears++ },
		"legal":       func(v *tariffs.Version) { v.Rules[0].Legal.EN += "!" },
		"fixed":       func(v *tariffs.Version) { v.Rules[1].Fixed.Per = tariffs.PerVehicle },
		"cylinders":   func(v *tariffs.Version) { v.Rules[0].Cylinders.Through-- },
		"rule's rank": func(v *tariffs.Version) { v.Rules[3].Priority++ },
	} {
		a, b := council(t), council(t)
		change(&b)
		mirrored(t, name, a, b)
	}
	for name, change := range map[string]func(*tariffs.Version){
		"cities":  func(v *tariffs.Version) { v.Levies[0].Municipalities = append(v.Levies[0].Municipalities, 999) },
		"no levy": func(v *tariffs.Version) { v.Levies = nil },
		"leaves": func(v *tariffs.Version) {
			v.Leaves.Minimum, v.Leaves.Rounding, v.Leaves.Waivers = true, true, []tariffs.Charge{tariffs.PollutionLevy}
		},
	} {
		text, err := json.Marshal(nation)
		if err != nil {
			t.Fatal(err)
		}
		a, err := tariffs.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		b := a
		b.Levies = []tariffs.Levy{a.Levies[0]}
		b.Levies[0].Municipalities = slices.Clone(a.Levies[0].Municipalities)
		change(&b)
		mirrored(t, name, a, b)
	}
}

func mirrored(t *testing.T, name string, a, b tariffs.Version) {
	t.Helper()
	there, back := tariffs.Diff(a, b), tariffs.Diff(b, a)
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if (len(there) == 0) != (string(x) == string(y)) || len(there) != len(back) {
		t.Errorf("%s: %+v and %+v", name, there, back)
		return
	}
	opposite := map[tariffs.ChangeKind]tariffs.ChangeKind{tariffs.Added: tariffs.Removed, tariffs.Removed: tariffs.Added, tariffs.Changed: tariffs.Changed}
	for i, c := range there {
		if r := back[i]; r.Path != c.Path || r.Kind != opposite[c.Kind] || r.Before != c.After || r.After != c.Before {
			t.Errorf("%s: %+v\n%+v", name, c, r)
		}
		if c.Kind == tariffs.Changed && c.Text == back[i].Text {
			t.Errorf("%s: the text does not show it: %s", name, c.Text.EN)
		}
	}
}
