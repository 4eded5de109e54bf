package bills

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/dues"
	"mofasa/billing/money"
)

func TestChargesSetCorrectionsApart(t *testing.T) {
	t.Parallel()
	decision := func(kind dues.DecisionKind, amount money.Rial, correction string) dues.Decision {
		return dues.Decision{Kind: kind, Amount: amount, Correction: correction}
	}
	billed := []BilledDue{
		{Lines: []dues.Line{{Head: dues.AnnualDuty, Amount: 9000}, {Head: dues.Extra, Amount: 700}, {Head: dues.Credit, Amount: -3000}},
			Cites: dues.Cites{Decisions: []dues.Decision{decision(dues.GiveCredit, 1000, ""), decision(dues.GiveCredit, 2000, "run"), decision(dues.AddExtra, 700, "run"),
				decision(dues.GrantDiscount, 50, "run")}}},
		{Lines: []dues.Line{{Head: dues.AnnualDuty, Amount: 1000}, {Head: dues.Credit, Amount: -300}, {Head: dues.Rounding, Amount: 300}},
			Cites: dues.Cites{Decisions: []dues.Decision{decision(dues.GiveCredit, 5000, "run")}}}, // never more than the line
		{Lines: []dues.Line{{Head: dues.AnnualDuty, Amount: 5}}, Cites: dues.Cites{Decisions: []dues.Decision{decision(dues.AddExtra, 4, "run")}}},
	}
	got, err := charges(billed)
	want := []ChargeSum{{"annual_duty", 10_005, false}, {"credit", -2300, true}, {"credit", -1000, false}, {"extra", 700, true}, {"rounding", 300, false}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestChargesConserveTheRial sums to the lines, whatever was decided.
func TestChargesConserveTheRial(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var billed []BilledDue
		var total money.Rial
		for range rapid.IntRange(1, 4).Draw(t, "dues") {
			var d BilledDue
			for _, head := range []dues.Head{dues.AnnualDuty, dues.Extra, dues.Credit} {
				amount := money.Rial(rapid.Int64Range(1, 1000).Draw(t, "amount"))
				if head == dues.Credit {
					amount = -amount
				}
				d.Lines, total = append(d.Lines, dues.Line{Head: head, Amount: amount}), total+amount
			}
			for range rapid.IntRange(0, 3).Draw(t, "decisions") {
				d.Cites.Decisions = append(d.Cites.Decisions, dues.Decision{Kind: rapid.SampledFrom([]dues.DecisionKind{dues.GiveCredit, dues.AddExtra}).Draw(t, "kind"),
					Amount: money.Rial(rapid.Int64Range(1, 1000).Draw(t, "decided")), Correction: rapid.SampledFrom([]string{"", "run"}).Draw(t, "by")})
			}
			billed = append(billed, d)
		}
		sums, err := charges(billed)
		for _, s := range sums {
			total -= s.Amount
			if s.Amount == 0 || s.Corrected && s.Charge != "credit" && s.Charge != "extra" {
				t.Fatalf("%+v", sums)
			}
		}
		if err != nil || total != 0 {
			t.Fatalf("%d are missing of %+v, %v", total, sums, err)
		}
	})
}
