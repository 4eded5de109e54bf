package bills

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

func assessed(municipality int, year calendar.FiscalYear, amount money.Rial, state dues.State) dues.Due {
	d := dues.Due{MunicipalityID: municipality, FiscalYear: year, State: state, Total: amount, Balance: amount}
	if state != dues.Assessed {
		d.Balance = 0
	}
	return d
}

func shown(list []dues.Due) (r inquiries.Record) {
	for _, d := range list {
		r.Shown = append(r.Shown, inquiries.Shown{MunicipalityID: d.MunicipalityID, FiscalYear: d.FiscalYear, Balance: d.Balance})
	}
	return r
}

func TestOnlyAnAssessedDueCanBeChosen(t *testing.T) {
	t.Parallel()
	for state, want := range map[dues.State]*fault.Error{dues.Assessed: nil, dues.Paid: ErrDuePaid, dues.Claimed: ErrDueClaimed, dues.MissingTariff: ErrMissingTariff,
		dues.Exempt: ErrDueExempt, dues.UnderReview: ErrDueReview,
		dues.MissingValuation: ErrMissingValuation, dues.MissingResidence: ErrMissingResidence} {
		list := []dues.Due{assessed(1, 1400, 5000, state)}
		_, err := choose(inquiries.Assessment{Dues: list}, shown(list), []Selection{{1, 1400}})
		if want == nil && err != nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", state, err)
		}
	}
}

func TestChosenAmountsAreThoseThatWereShown(t *testing.T) {
	t.Parallel()
	now := []dues.Due{assessed(1, 1400, 5000, dues.Assessed), assessed(1, 1401, 6000, dues.Assessed)}
	was := shown([]dues.Due{assessed(1, 1400, 4000, dues.Assessed)})
	for want, s := range map[*fault.Error]Selection{ErrAmountsChanged: {1, 1400}, ErrDueUnknown: {1, 1401}} {
		if _, err := choose(inquiries.Assessment{Dues: now}, was, []Selection{s}); !errors.Is(err, want) {
			t.Errorf("%v: %v", s, err)
		}
	}
}

// TestDraftConservesEveryRial: bills are one per city, in the cities' order, and add up to the chosen dues.
func TestDraftConservesEveryRial(t *testing.T) {
	t.Parallel()
	cities := []inquiries.Municipality{{ID: 1}, {ID: 2}, {ID: 3}}
	rapid.Check(t, func(t *rapid.T) {
		var list []dues.Due
		var picked []Selection
		var want money.Rial
		for year := calendar.FiscalYear(1390); year < 1405; year++ {
			d := assessed(rapid.IntRange(1, 3).Draw(t, "city"), year, money.Rial(1000*rapid.Int64Range(1, 1e6).Draw(t, "amount")), dues.Assessed)
			list = append(list, d)
			if rapid.Bool().Draw(t, "picked") {
				picked = append(picked, Selection{d.MunicipalityID, d.FiscalYear})
				want += d.Balance
			}
		}
		chosen, err := choose(inquiries.Assessment{Dues: list}, shown(list), rapid.Permutation(picked).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		bills, total, err := draft(chosen, cities, uuid.New)
		if err != nil || total != want {
			t.Fatalf("total %d, want %d, %v", total, want, err)
		}
		var sum money.Rial
		for i, b := range bills {
			if i > 0 && bills[i-1].Municipality.ID >= b.Municipality.ID {
				t.Fatal("bills out of order")
			}
			var own money.Rial
			for _, d := range b.Dues {
				own += d.Amount
			}
			if own != b.Amount {
				t.Fatalf("bill of %d over dues of %d", b.Amount, own)
			}
			sum += b.Amount
		}
		if sum != total {
			t.Fatalf("bills sum to %d, order to %d", sum, total)
		}
	})
}

// TestNumbersNeverRepeat draws serials across the overflow of the six digits and finds no pair twice for a prefix.
func TestNumbersNeverRepeat(t *testing.T) {
	t.Parallel()
	seen := map[Pair]int64{}
	for _, from := range []int64{1, 999_990, 1_999_990, 99_999_990, 999_999_900} {
		for serial := from; serial < from+60 && serial < 1_000_000_000; serial++ {
			pair, err := Numbering{Company: 520, Prefix: 10, Serial: serial}.Number(12_345_000)
			if err != nil {
				t.Fatal(err)
			}
			if other, twice := seen[pair]; twice {
				t.Fatalf("serials %d and %d share %v", other, serial, pair)
			}
			seen[pair] = serial
			if parsed, err := ParseMunicipalPair(string(pair.Bill), string(pair.Payment)); err != nil || parsed.Amount() != 12_345_000 || pair.Bill.Company() != 520 {
				t.Fatalf("serial %d: %v %v", serial, parsed, err)
			}
		}
	}
}

func TestAnOrderLapsesUnpaid(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	row := orderRow{State: "open", ValidUntil: now}
	stateAt := func(at time.Time) OrderState {
		o, err := row.order(at)
		if err != nil {
			t.Fatal(err)
		}
		return o.State
	}
	if stateAt(now) != Open || stateAt(now.Add(time.Second)) != Expired {
		t.Error("an open order lapses exactly after its validity")
	}
	row.State = "part_paid"
	if stateAt(now.Add(time.Hour)) != PartPaid {
		t.Error("a partly paid order never lapses")
	}
}
