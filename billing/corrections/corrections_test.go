package corrections

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/bills"
	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

const (
	city      = 122
	wrong     = "national/1403/1"
	right     = "national/1403/2"
	righter   = "national/1403/3"
	paidYear  = calendar.FiscalYear(1403)
	otherYear = calendar.FiscalYear(1402)
)

// bookWith is the national tariff of the years 1400 to 1405 with further versions of 1403, each made of the one before.
func bookWith(t interface{ Fatal(...any) }, changes ...func(*tariffs.Version)) tariffs.Book {
	national, err := tariffs.National()
	if err != nil {
		t.Fatal(err)
	}
	versions := national.Versions()
	first, _ := national.Version(wrong)
	for i, change := range changes {
		v := *first
		v.Number += i + 1
		v.ID = tariffs.VersionID(v.Authority, v.FiscalYear, v.Number)
		v.From = calendar.Date{Year: 1405, Month: 1 + i, Day: 2}
		v.Rules = slices.Clone(v.Rules)
		change(&v)
		versions = append(versions, v)
	}
	book, err := tariffs.NewBook(versions...)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func rate(ppm int64) func(*tariffs.Version) {
	return func(v *tariffs.Version) {
		for i := range v.Rules {
			if v.Rules[i].Rate != 0 {
				v.Rules[i].Rate = money.PPM(ppm)
			}
		}
	}
}

func anyRate(t *rapid.T, label string) func(*tariffs.Version) {
	return rate(rapid.Int64Range(1, 5000).Draw(t, label))
}

// anyDecisions draws what a city or an earlier correction has decided about the year.
func anyDecisions(t *rapid.T) []dues.Decision {
	var list []dues.Decision
	for i := range rapid.IntRange(0, 4).Draw(t, "decisions") {
		d := dues.Decision{ID: string(rune('a' + i)), Kind: rapid.SampledFrom([]dues.DecisionKind{dues.GiveCredit, dues.AddExtra, dues.GrantDiscount}).Draw(t, "kind"),
			MunicipalityID: city, FromYear: paidYear, ThroughYear: paidYear, Amount: money.Rial(rapid.Int64Range(1, 3_000_000).Draw(t, "amount")),
			Reason: fault.Text{FA: "دلیل", EN: "reason"}, Actor: "x", ValidFrom: calendar.Date{Year: 1400, Month: 1, Day: 1}}
		if d.Kind != dues.GrantDiscount && rapid.Bool().Draw(t, "corrected") {
			d.Correction = "run"
		}
		list = append(list, d)
	}
	return list
}

func anyFacts(t *rapid.T, book tariffs.Book) dues.Facts {
	f := dues.Facts{Vehicle: dues.Vehicle{Vehicle: tariffs.Vehicle{Class: tariffs.PassengerCar, Usage: tariffs.Private, Fuel: tariffs.Petrol, Origin: tariffs.Domestic, Cylinders: 4},
		TypeCode: "T", ModelYear: 1399, FirstRegistered: calendar.Date{Year: 1399, Month: 5, Day: 1}}, Tariffs: book, Decisions: anyDecisions(t),
		Residences: []dues.Residence{{MunicipalityID: city, From: calendar.Date{Year: 1398, Month: 1, Day: 1}}},
		On:         calendar.Date{Year: 1403, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 700).Draw(t, "day"))}
	for year := calendar.FiscalYear(1399); year <= 1406; year++ {
		f.Valuations = append(f.Valuations, dues.Valuation{ID: year.String(), FiscalYear: year, Base: money.Rial(rapid.Int64Range(1_000_000, 20_000_000_000).Draw(t, "base"))})
	}
	return f
}

func dueOf(t *rapid.T, f dues.Facts, year calendar.FiscalYear) dues.Due {
	list, err := dues.Assess(f)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(d dues.Due) bool { return d.FiscalYear == year })
	return list[i]
}

func billed(d dues.Due) bills.BilledDue {
	return bills.BilledDue{FiscalYear: d.FiscalYear, Amount: d.Balance, Lines: d.Lines, Cites: d.Cites}
}

func mustDerive(t *rapid.T, s Standing, replaced Replaced, book tariffs.Book) (f Finding, was, right money.Rial) {
	f, err := Derive(s, replaced, book)
	if err != nil {
		t.Fatal(err)
	}
	if was, right, err = f.Sums(); err != nil {
		t.Fatal(err)
	}
	return f, was, right
}

// TestADifferenceIsWhatTheRightVersionWouldHaveAsked holds a finding against an assessment of the same day that knows only the right version.
func TestADifferenceIsWhatTheRightVersionWouldHaveAsked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		change := anyRate(t, "right")
		book := bookWith(t, change)
		f := anyFacts(t, book)
		paid := dueOf(t, f, paidYear)
		if paid.State != dues.Assessed {
			return
		}
		finding, was, rightSum := mustDerive(t, Standing{Due: billed(paid)}, Replaced{wrong: right}, book)
		f.Tariffs = withoutLater(t, book, change)
		asked := dueOf(t, f, paidYear)
		wasCredit, _ := bills.CorrectionParts(paid.Lines, paid.Cites.Decisions)
		rightCredit, _ := bills.CorrectionParts(asked.Lines, paid.Cites.Decisions)
		if was != paid.Total+wasCredit || rightSum != asked.Total+rightCredit || finding.Problem != "" {
			t.Fatalf("%+v\nof %+v\nunder the right version %+v", finding, paid, asked)
		}
		entry, err := adjustment(wrongRun, affected{Key: Key{MunicipalityID: 1}, standing: Standing{Due: billed(paid)}}, finding)
		if (err == nil) != (was != rightSum) {
			t.Fatalf("entry %+v, %v for %d and %d", entry, err, was, rightSum)
		}
		checkEntry(t, entry, err, was-rightSum)
	})
}

var wrongRun = [16]byte{1}

// checkEntry holds an adjustment against the difference: its own legs sum to it, on the account that fits the sign.
func checkEntry(t *rapid.T, e ledger.Entry, err error, difference money.Rial) {
	if err != nil {
		return
	}
	var revenue, payable, receivable money.Rial
	for _, p := range e.Postings {
		switch {
		case p.Account == ledger.Payable(ledger.Correction):
			payable += p.Amount
		case p.Account == ledger.Receivable(ledger.Correction):
			receivable += p.Amount
		case strings.HasPrefix(string(p.Account), "revenue:"):
			revenue += p.Amount
		default:
			t.Fatalf("posting on %s", p.Account)
		}
	}
	if revenue != difference || payable != -max(difference, 0) || receivable != max(-difference, 0) {
		t.Fatalf("%+v for %d", e.Postings, difference)
	}
}

// withoutLater is the book in which the version of 1403 was right from the start.
func withoutLater(t *rapid.T, book tariffs.Book, change func(*tariffs.Version)) tariffs.Book {
	var versions []tariffs.Version
	for _, v := range book.Versions() {
		if v.ID == right {
			continue
		}
		if v.ID == wrong {
			v.Rules = slices.Clone(v.Rules)
			change(&v)
		}
		versions = append(versions, v)
	}
	alone, err := tariffs.NewBook(versions...)
	if err != nil {
		t.Fatal(err)
	}
	return alone
}

func TestAnEqualVersionChangesNothing(t *testing.T) {
	t.Parallel()
	book := bookWith(t, func(*tariffs.Version) {})
	rapid.Check(t, func(t *rapid.T) {
		paid := dueOf(t, anyFacts(t, book), paidYear)
		if paid.State != dues.Assessed {
			return
		}
		for _, replaced := range []Replaced{{}, {wrong: right}} {
			finding, was, rightSum := mustDerive(t, Standing{Due: billed(paid)}, replaced, book)
			for _, h := range finding.Heads {
				if h.Was != h.Right || was != rightSum {
					t.Fatalf("%+v", finding)
				}
			}
		}
	})
}

// TestASecondCorrectionStartsWhereTheFirstEnded corrects a due twice; the two differences add up to that of one correction to the last version.
func TestASecondCorrectionStartsWhereTheFirstEnded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		book := bookWith(t, anyRate(t, "second"), anyRate(t, "third"))
		paid := dueOf(t, anyFacts(t, book), paidYear)
		if paid.State != dues.Assessed {
			return
		}
		due := billed(paid)
		first, was, _ := mustDerive(t, Standing{Due: due}, Replaced{wrong: right}, book)
		booked := []dues.Line{}
		for _, h := range first.Heads {
			booked = append(booked, dues.Line{Head: h.Head, Amount: h.Right})
		}
		_, middle, last := mustDerive(t, Standing{Due: due, Booked: booked}, Replaced{wrong: right, right: righter}, book)
		_, _, first2 := mustDerive(t, Standing{Due: due}, Replaced{wrong: right}, book)
		_, wasAtOnce, atOnce := mustDerive(t, Standing{Due: due}, Replaced{wrong: righter}, book)
		if was != wasAtOnce || middle != first2 || last != atOnce {
			t.Fatalf("was %d, %d; between %d, %d; at last %d, %d", was, wasAtOnce, first2, middle, last, atOnce)
		}
	})
}

func TestWhatTheRightVersionCannotPriceIsAProblem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		book := bookWith(t, func(v *tariffs.Version) {
			for i := range v.Rules {
				v.Rules[i].Scope.Classes = []tariffs.Class{tariffs.Truck}
			}
		})
		paid := dueOf(t, anyFacts(t, book), paidYear)
		if paid.State != dues.Assessed {
			return
		}
		if f, was, rightSum := mustDerive(t, Standing{Due: billed(paid)}, Replaced{wrong: right}, book); f.Problem != string(dues.MissingTariff) || was != 0 || rightSum != 0 {
			t.Fatalf("%+v", f)
		}
		paid.Cites.Vehicle = nil
		if f, _, _ := mustDerive(t, Standing{Due: billed(paid)}, Replaced{wrong: right}, book); f.Problem != CitesIncomplete {
			t.Fatalf("%+v", f)
		}
	})
}

// TestACreditComesOffToTheRial places a credit on real dues and assesses again: nothing else changes, every due stays one that is billed.
func TestACreditComesOffToTheRial(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]money.Rial{1, 700, 1000, 3000, 10_000}).Draw(t, "unit")
		mode := rapid.SampledFrom([]money.Rounding{money.Up, money.Down, money.HalfUp, money.HalfEven}).Draw(t, "mode")
		book := bookWith(t, func(v *tariffs.Version) { v.Rounding.Unit, v.Rounding.Mode = unit, mode })
		f := anyFacts(t, book)
		f.On = calendar.Date{Year: 1405, Month: 6, Day: 1}
		before, err := dues.Assess(f)
		if err != nil {
			t.Fatal(err)
		}
		credit := money.Rial(rapid.Int64Range(1, 60_000_000).Draw(t, "credit"))
		able := openDues(before, city, book)
		left := credit
		for i, p := range placeCredit(credit, able) {
			left -= p.Amount
			f.Decisions = append(f.Decisions, dues.Decision{ID: "z" + string(rune('a'+i)), Kind: dues.GiveCredit, MunicipalityID: city, FromYear: p.FiscalYear, ThroughYear: p.FiscalYear,
				Amount: p.Amount, Reason: fault.Text{FA: "اصلاح", EN: "correction"}, Actor: "x", ValidFrom: f.On, Correction: "later"})
		}
		after, err := dues.Assess(f)
		if err != nil || left < 0 || len(after) != len(before) {
			t.Fatalf("left %d, %v", left, err)
		}
		var off money.Rial
		for i, d := range after {
			off += before[i].Balance - d.Balance
			if d.State != before[i].State || d.State == dues.Assessed && d.Balance <= 0 && before[i].Balance > 0 {
				t.Fatalf("%+v\nbecame %+v", before[i], d)
			}
			was, _ := bills.CorrectionParts(before[i].Lines, before[i].Cites.Decisions)
			now, _ := bills.CorrectionParts(d.Lines, d.Cites.Decisions)
			if now-was != before[i].Balance-d.Balance {
				t.Fatalf("of %d the credit of corrections grew by %d, the balance fell by %d", d.FiscalYear, now-was, before[i].Balance-d.Balance)
			}
		}
		if off != credit-left {
			t.Fatalf("%d came off for %d", off, credit-left)
		}
		if full := slices.ContainsFunc(able, func(o open) bool { return o.room >= o.step && left >= o.room && left >= o.step }); full && off == 0 {
			t.Fatalf("nothing placed of %d on %+v", credit, able)
		}
	})
}

func TestPlacing(t *testing.T) {
	t.Parallel()
	able := []open{{year: 1400, room: 2000, step: 1000}, {year: 1401, room: 0, step: 1000}, {year: 1402, room: 9000, step: 1000}}
	for _, tt := range []struct {
		credit money.Rial
		want   []Placement
	}{
		{999, nil},
		{2000, []Placement{{1400, 2000}}},
		{5500, []Placement{{1400, 2000}, {1402, 3000}}},
		{50_000, []Placement{{1400, 2000}, {1402, 9000}}},
	} {
		if got := placeCredit(tt.credit, able); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("credit %d on %v, want %v", tt.credit, got, tt.want)
		}
	}
	for _, tt := range []struct {
		able []open
		next calendar.FiscalYear
		want []Placement
	}{{able, 1406, []Placement{{1400, 700}}}, {nil, 1406, []Placement{{1406, 700}}}, {nil, 0, nil}} {
		if got := placeExtra(700, tt.able, tt.next); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("extra on %v, want %v", got, tt.want)
		}
	}
}

func TestReplacedVersions(t *testing.T) {
	t.Parallel()
	r := Replaced{"a/1": "a/2", "a/2": "a/4", "a/3": "a/4", "b/1": "b/2"}
	for id, want := range map[string]string{"a/1": "a/4", "a/2": "a/4", "a/4": "a/4", "b/1": "b/2", "": "", "c/1": "c/1"} {
		if got := r.Last(id); got != want {
			t.Errorf("%s leads to %s, want %s", id, got, want)
		}
	}
	for id, want := range map[string][]string{"a/4": {"a/1", "a/2", "a/3", "a/4"}, "b/2": {"b/1", "b/2"}, "c/1": {"c/1"}} {
		if got := r.Under(id); !slices.Equal(got, want) {
			t.Errorf("under %s: %v, want %v", id, got, want)
		}
	}
}
