package dues_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

var law = fault.Text{FA: "مصوبه", EN: "decision"}

func some(t *rapid.T, label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }

func rate(t *rapid.T, label string) money.PPM {
	return money.PPM(rapid.OneOf(rapid.Int64Range(1, 1_000_000), rapid.Just(int64(1_000_000)), rapid.Just(int64(500_000))).Draw(t, label))
}

// relieved adds to the version what a nation or a city may add: exemptions, discounts, waivers, year shares.
func relieved(t *rapid.T, v *tariffs.Version) {
	v.Exemptions, v.Discounts, v.Waivers, v.LastYear, v.FirstYear = nil, nil, nil, nil, tariffs.YearShare{}
	for _, charge := range tariffs.Charges() {
		id := string(charge)
		if some(t, "exempts") {
			v.Exemptions = append(v.Exemptions, tariffs.Exemption{ID: id, Charge: charge, Legal: law,
				Scope: tariffs.Scope{Usages: []tariffs.Usage{rapid.SampledFrom(tariffs.Usages()).Draw(t, "exempt usage")}}})
		}
		day := anyDay(t, "discount", int(v.FiscalYear), int(v.FiscalYear))
		if some(t, "discounts") {
			v.Discounts = append(v.Discounts, tariffs.Discount{ID: id, Kind: tariffs.CouncilDecision, Charge: charge, Legal: law, Rate: rate(t, "off"),
				From: day, Through: day.AddDays(rapid.IntRange(0, 4000).Draw(t, "for days"))})
		}
		if some(t, "waives") {
			v.Waivers = append(v.Waivers, tariffs.Waiver{ID: id, Charge: charge, Legal: law, Rate: rate(t, "waived"),
				From: day, Through: day.AddDays(rapid.IntRange(0, 4000).Draw(t, "waives for days"))})
		}
	}
	modes := []tariffs.ShareMode{tariffs.FullYear, tariffs.ByMonths, tariffs.NoYear}
	if some(t, "first") {
		v.FirstYear = tariffs.YearShare{Mode: rapid.SampledFrom(modes).Draw(t, "first mode"), Legal: law}
	}
	if some(t, "last") {
		v.LastYear = []tariffs.LastYear{{Reason: tariffs.Scrapped, YearShare: tariffs.YearShare{Mode: rapid.SampledFrom(modes).Draw(t, "last mode"), Legal: law}}}
	}
}

// city is a version of municipality 1 for the year: what the law leaves to it, in any shape. The number after the first holds
// from the day of the nation's.
func city(t *rapid.T, nation *tariffs.Version, number int) tariffs.Version {
	v := tariffs.Version{ID: tariffs.VersionID("1", nation.FiscalYear, number), Authority: "1", FiscalYear: nation.FiscalYear, Number: number}
	if number > 1 {
		v.From = nation.From
	}
	heavy := tariffs.Scope{Classes: tariffs.Classes()[2:], Origins: tariffs.Origins()}
	all := tariffs.Scope{Classes: tariffs.Classes(), Origins: tariffs.Origins()}
	duty := tariffs.Rule{Charge: tariffs.AnnualDuty, Scope: heavy, Legal: law}
	if rapid.Bool().Draw(t, "fixed") {
		duty.Fixed = &tariffs.Fixed{Amount: money.Rial(rapid.Int64Range(1, 10_000_000).Draw(t, "fixed amount")), Per: rapid.SampledFrom([]tariffs.Unit{tariffs.PerVehicle, tariffs.PerCylinder}).Draw(t, "per")}
	} else {
		duty.Rate = rate(t, "local rate")
		duty.Age = &tariffs.Age{FreeYears: 5, PerYear: 123_457, Max: 1_234_567, Legal: law}
	}
	v.Rules = []tariffs.Rule{duty, {Charge: tariffs.PollutionLevy, Scope: all, Rate: rate(t, "levy"), Legal: law}}
	relieved(t, &v)
	if rapid.Bool().Draw(t, "own penalty") {
		v.Penalty = tariffs.Penalty{PerMonth: 12_345, Start: tariffs.DueDay, Due: tariffs.MonthDay{Month: 6, Day: 31}, Months: tariffs.StartedMonths, Legal: law}
	}
	return v
}

func richBook(t *rapid.T, base tariffs.Book) tariffs.Book {
	var versions []tariffs.Version
	published := map[calendar.FiscalYear]int{}
	for _, v := range base.Versions() {
		relieved(t, &v)
		if some(t, "levied") {
			v.Levies = []tariffs.Levy{{Charge: tariffs.PollutionLevy, Municipalities: []int{1, 2}, Legal: law}}
		}
		if some(t, "leaves") {
			v.Leaves = tariffs.Leaves{Discounts: tariffs.Charges(), Waivers: tariffs.Charges(), Legal: law}
		}
		if some(t, "minimum") {
			v.Minimum = tariffs.Minimum{Amount: 50_000, Legal: law}
		}
		versions = append(versions, v)
		if rapid.Bool().Draw(t, "city publishes") {
			published[v.FiscalYear]++
			versions = append(versions, city(t, &v, published[v.FiscalYear]))
		}
	}
	book, err := tariffs.NewBook(versions...)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func anyDecision(t *rapid.T, id int) dues.Decision {
	d := dues.Decision{ID: fmt.Sprint("d", id), Actor: "someone", Reason: law,
		Kind:           rapid.SampledFrom([]dues.DecisionKind{dues.GrantExemption, dues.GrantDiscount, dues.WaivePenalty, dues.AddExtra, dues.GiveCredit, dues.HoldForReview}).Draw(t, "kind"),
		MunicipalityID: rapid.IntRange(0, 2).Draw(t, "deciding city"),
		Charge:         rapid.SampledFrom([]tariffs.Charge{"", tariffs.AnnualDuty, tariffs.PollutionLevy}).Draw(t, "decided charge"),
		FromYear:       calendar.FiscalYear(rapid.IntRange(1387, 1405).Draw(t, "from year")),
		ValidFrom:      anyDay(t, "valid from", 1385, 1408),
	}
	d.ThroughYear = d.FromYear + calendar.FiscalYear(rapid.IntRange(0, 9).Draw(t, "years"))
	if rapid.Bool().Draw(t, "ends") {
		d.ValidTo = d.ValidFrom.AddDays(rapid.IntRange(1, 2000).Draw(t, "valid days"))
	}
	if some(t, "by correction") {
		d.Correction = fmt.Sprint("run", id)
	}
	relief := d.Kind == dues.GrantDiscount || d.Kind == dues.WaivePenalty
	switch {
	case relief && rapid.Bool().Draw(t, "by rate"):
		d.Rate = rate(t, "decided rate")
	case relief || d.Kind == dues.AddExtra || d.Kind == dues.GiveCredit:
		d.Amount = money.Rial(rapid.Int64Range(1, 5_000_000).Draw(t, "decided amount"))
	}
	return d
}

// richFacts is anyFacts with every kind of relief, levy, local rule and decision.
func richFacts(t *rapid.T, national tariffs.Book) dues.Facts {
	f := anyFacts(t, national)
	f.Tariffs = richBook(t, f.Tariffs)
	f.Vehicle.Cylinders = rapid.IntRange(0, 8).Draw(t, "cylinders")
	if rapid.Bool().Draw(t, "ended") {
		f.Vehicle.Ended = f.Vehicle.FirstRegistered.AddDays(rapid.IntRange(0, 5000).Draw(t, "lived"))
		f.Vehicle.EndReason = rapid.SampledFrom([]tariffs.End{tariffs.Scrapped, tariffs.Exported}).Draw(t, "end")
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "decisions") {
		f.Decisions = append(f.Decisions, anyDecision(t, i))
	}
	return f
}

func TestReliefsNeverMakeADueNegativeOrSilent(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		for _, d := range mustAssess(t, richFacts(t, book)) {
			var lines money.Rial
			for _, l := range d.Lines {
				lines += l.Amount
				relief := l.Head == dues.Discount || l.Head == dues.PenaltyWaiver || l.Head == dues.Credit
				if l.Head != dues.Rounding && relief != (l.Amount < 0) || l.Amount == 0 {
					t.Fatalf("line %+v", l)
				}
			}
			if d.Total < 0 || d.Balance < 0 || d.Balance > d.Total || lines != d.Total && len(d.Lines) > 0 || len(d.Steps) == 0 {
				t.Fatalf("%+v", d)
			}
			reasons := slices.ContainsFunc(d.Steps, func(s dues.Step) bool {
				return slices.Contains([]string{"exempt", "year_not_owed", "below_minimum", "discount", "credit", "year_share"}, s.Code)
			})
			if d.State == dues.Exempt && (d.Total != 0 || d.Balance != 0 || !reasons) || d.State == dues.UnderReview && d.Balance != 0 {
				t.Fatalf("%+v", d)
			}
		}
	})
}

// Whoever is exempt from everything owes nothing, and every such due says by which article or decision.
func TestExemptIsZeroWithItsReason(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := richFacts(t, book)
		f.Decisions = []dues.Decision{{ID: "all", Actor: "someone", Reason: law, Kind: dues.GrantExemption, FromYear: 1387, ThroughYear: 1410, ValidFrom: calendar.Date{Year: 1380, Month: 1, Day: 1}}}
		for _, d := range mustAssess(t, f) {
			if d.Cites.TariffID == "" {
				continue // settled, or something that an exemption needs is missing
			}
			reasoned := slices.ContainsFunc(d.Steps, func(s dues.Step) bool {
				return s.Code == "exempt" && (s.Legal == law || s.Inputs[0] == dues.Input{Name: "decision", Value: "all"})
			})
			if d.State != dues.Exempt || d.Total != 0 || d.Balance != 0 || len(d.Lines) != 0 || !reasoned {
				t.Fatalf("%+v", d)
			}
		}
	})
}

// The path without explanation gives the same numbers.
func TestAmountsEqualTheDues(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := richFacts(t, book)
		list := mustAssess(t, f)
		kept := dues.Amounts{FiscalYear: 1}
		amounts, err := dues.AssessAmounts(&f, []dues.Amounts{kept})
		if err != nil || len(amounts) != len(list)+1 || amounts[0] != kept {
			t.Fatalf("%d amounts, %d dues, %v", len(amounts), len(list), err)
		}
		for i, d := range list {
			a := amounts[i+1]
			if a.MunicipalityID != d.MunicipalityID || a.FiscalYear != d.FiscalYear || a.State != d.State || a.Total != d.Total ||
				a.Balance != d.Balance || a.Unrated != (len(d.Unrated) > 0) {
				t.Fatalf("%+v\n%+v", a, d)
			}
			for _, head := range []dues.Head{dues.AnnualDuty, dues.PollutionLevy, dues.AgeSurcharge, dues.Discount, dues.Penalty, dues.PenaltyWaiver,
				dues.Extra, dues.Credit, dues.Rounding, "unknown"} {
				if a.Of(head) != amount(d, head) {
					t.Fatalf("%s: %+v\n%+v", head, a, d)
				}
			}
		}
	})
}

// What a due cites gives the same due again, in every byte, even after a trip through JSON and after later publications.
func TestRecomputeEqualsTheDue(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := richFacts(t, book)
		for _, d := range mustAssess(t, f) {
			if d.State != dues.Assessed && d.State != dues.Exempt && d.State != dues.UnderReview {
				continue
			}
			text, err := json.Marshal(d.Cites)
			if err != nil {
				t.Fatal(err)
			}
			var cites dues.Cites
			if err := json.Unmarshal(text, &cites); err != nil {
				t.Fatal(err)
			}
			again, err := dues.Recompute(cites, d.FiscalYear, corrected(t, f.Tariffs))
			if err != nil || !reflect.DeepEqual(again, d) {
				t.Fatalf("%v\n%+v\n%+v", err, d, again)
			}
			one, _ := json.Marshal(d)
			other, _ := json.Marshal(again)
			if !bytes.Equal(one, other) {
				t.Fatalf("%s\n%s", one, other)
			}
		}
	})
}

// corrected is the book with a next number of every authority and year, at half the rates.
func corrected(t *rapid.T, book tariffs.Book) tariffs.Book {
	published := book.Versions()
	versions := slices.Clone(published)
	for i, v := range published {
		if next := i + 1; next < len(published) && published[next].Number == v.Number+1 {
			continue
		}
		v.Number, v.From = v.Number+1, v.HoldsFrom().AddDays(1)
		v.ID = tariffs.VersionID(v.Authority, v.FiscalYear, v.Number)
		v.Rules = slices.Clone(v.Rules)
		for i := range v.Rules {
			v.Rules[i].Rate /= 2
			if v.Rules[i].Rate == 0 && v.Rules[i].Fixed == nil {
				v.Rules[i].Rate = 1
			}
		}
		versions = append(versions, v)
	}
	later, err := tariffs.NewBook(versions...)
	if err != nil {
		t.Fatal(err)
	}
	return later
}

func TestOrderOfFactsAndRulesDoesNotMatter(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := richFacts(t, book)
		g := f
		g.Decisions = rapid.Permutation(f.Decisions).Draw(t, "decisions")
		g.Valuations = rapid.Permutation(f.Valuations).Draw(t, "valuations")
		g.Settled = rapid.Permutation(f.Settled).Draw(t, "settled")
		versions := f.Tariffs.Versions()
		for i := range versions {
			versions[i].Rules = slices.Clone(versions[i].Rules)
			slices.Reverse(versions[i].Rules)
		}
		slices.Reverse(versions)
		var err error
		if g.Tariffs, err = tariffs.NewBook(versions...); err != nil {
			t.Fatal(err)
		}
		one, _ := json.Marshal(mustAssess(t, f))
		other, _ := json.Marshal(mustAssess(t, g))
		if !bytes.Equal(one, other) {
			t.Fatalf("%s\n%s", one, other)
		}
	})
}

// With one more month of delay the penalty is never less, whatever was relieved before it.
func TestMoreMonthsNeverLessPenalty(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := richFacts(t, book)
		f.Decisions, f.Vehicle.Ended, f.Vehicle.EndReason = nil, calendar.Date{}, ""
		versions := slices.DeleteFunc(f.Tariffs.Versions(), func(v tariffs.Version) bool { return v.Number > 1 }) // the law stays the same
		for i := range versions {
			versions[i].Discounts, versions[i].Waivers = nil, nil
		}
		var err error
		if f.Tariffs, err = tariffs.NewBook(versions...); err != nil {
			t.Fatal(err)
		}
		today := mustAssess(t, f)
		f.On = f.On.AddDays(rapid.IntRange(1, 400).Draw(t, "delay"))
		later := mustAssess(t, f)
		for i, d := range today {
			if l := later[slices.IndexFunc(later, func(l dues.Due) bool { return l.FiscalYear == d.FiscalYear && l.MunicipalityID == d.MunicipalityID })]; amount(l, dues.Penalty) < amount(d, dues.Penalty) ||
				l.Total < d.Total || l.State != d.State {
				t.Fatalf("%+v\nbecame\n%+v", today[i], l)
			}
		}
	})
}

func TestPayingEverythingLeavesNothingWithReliefs(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := richFacts(t, book)
		f.Settled = nil
		for _, d := range mustAssess(t, f) {
			if d.State == dues.Assessed {
				f.Settled = append(f.Settled, dues.Settled{MunicipalityID: d.MunicipalityID, FiscalYear: d.FiscalYear, State: dues.Paid, Amount: d.Balance})
			}
		}
		for _, d := range mustAssess(t, f) {
			if d.Balance != 0 || d.State == dues.Assessed {
				t.Fatalf("%+v", d)
			}
		}
	})
}

func TestEveryExplanationRenders(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		for _, d := range mustAssess(t, richFacts(t, book)) {
			flat := 0
			for _, s := range dues.Tree(d) {
				flat += max(1, len(s.Children))
				for _, child := range s.Children {
					if child.Charge != s.Charge || s.Code != "charge" {
						t.Fatalf("%+v under %+v", child, s)
					}
				}
			}
			fa, en := dues.Render(d, dues.Persian), dues.Render(d, dues.English)
			if flat != len(d.Steps) || strings.ContainsAny(fa, "0123456789{}يك%") || strings.ContainsAny(en, "۰۱۲۳۴۵۶۷۸۹{}") {
				t.Fatalf("%d of %d steps\n%s\n%s", flat, len(d.Steps), fa, en)
			}
			for _, s := range d.Steps {
				if !strings.Contains(fa, s.Text.FA) || !strings.Contains(en, s.Text.EN) || !strings.Contains(en, s.Legal.EN) {
					t.Fatalf("%s is not in\n%s", s.Text.EN, en)
				}
			}
		}
	})
}
