package bills

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/tenants/offices"
)

func billed(amount money.Rial, lines ...dues.Line) BilledDue {
	return BilledDue{Amount: amount, Lines: lines}
}

func TestEachChargeGoesToItsAccount(t *testing.T) {
	t.Parallel()
	duty := func(amount money.Rial) dues.Line { return dues.Line{Head: dues.AnnualDuty, Amount: amount} }
	levy := func(amount money.Rial) dues.Line { return dues.Line{Head: dues.PollutionLevy, Amount: amount} }
	line := func(head dues.Head, amount money.Rial) dues.Line { return dues.Line{Head: head, Amount: amount} }
	two := map[string]string{"*": "A", "pollution_levy": "B"}
	for name, c := range map[string]struct {
		billed   []BilledDue
		accounts map[string]string
		want     []Share
	}{
		"one account":                {[]BilledDue{billed(9000, duty(8000), levy(1000))}, map[string]string{"*": "A"}, []Share{{"A", 9000}}},
		"two":                        {[]BilledDue{billed(9000, duty(8000), levy(1000))}, two, []Share{{"A", 8000}, {"B", 1000}}},
		"years together":             {[]BilledDue{billed(9000, duty(8000), levy(1000)), billed(3000, levy(3000))}, two, []Share{{"A", 8000}, {"B", 4000}}},
		"the same account twice":     {[]BilledDue{billed(9000, duty(8000), levy(1000))}, map[string]string{"*": "A", "pollution_levy": "B", "annual_duty": "B"}, []Share{{"B", 9000}}},
		"a penalty follows":          {[]BilledDue{billed(18_000, duty(8000), levy(1000), line(dues.Penalty, 9000))}, two, []Share{{"A", 16_000}, {"B", 2000}}},
		"a credit is shared":         {[]BilledDue{billed(3000, duty(8000), levy(1000), line(dues.Credit, -6000))}, two, []Share{{"A", 2667}, {"B", 333}}},
		"a credit above one charge":  {[]BilledDue{billed(1000, duty(1000), levy(9000), line(dues.Credit, -9000))}, two, []Share{{"A", 100}, {"B", 900}}},
		"rounding below a rial each": {[]BilledDue{billed(1000, duty(1), levy(1), line(dues.Rounding, 998))}, two, []Share{{"A", 500}, {"B", 500}}},
		"no charge at all":           {[]BilledDue{billed(700, line(dues.Extra, 700))}, two, []Share{{"A", 700}}},
	} {
		got, err := Split(c.billed, c.accounts)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
	if _, err := Split([]BilledDue{billed(1000, levy(1000))}, map[string]string{"pollution_levy": "B"}); !errors.Is(err, ErrNoAccount) {
		t.Errorf("without the account of every charge: %v", err)
	}
}

// TestSplitConservesTheRial: whatever is levied, credited and rounded, and whichever accounts there are, the shares are positive, one for an account, and sum to the bill.
func TestSplitConservesTheRial(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		accounts := map[string]string{"*": "A"}
		for _, charge := range []string{"annual_duty", "pollution_levy"} {
			if iban := rapid.SampledFrom([]string{"", "A", "B", "C"}).Draw(t, charge); iban != "" {
				accounts[charge] = iban
			}
		}
		var list []BilledDue
		var total money.Rial
		for range rapid.IntRange(1, 5).Draw(t, "dues") {
			var d BilledDue
			for _, head := range []dues.Head{dues.AnnualDuty, dues.PollutionLevy, dues.AgeSurcharge, dues.Penalty, dues.Extra, dues.Credit, dues.Rounding} {
				amount := money.Rial(rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 1e13)).Draw(t, string(head)))
				if head == dues.Credit {
					amount = -amount
				}
				if amount != 0 {
					d.Lines, d.Amount = append(d.Lines, dues.Line{Head: head, Amount: amount}), d.Amount+amount
				}
			}
			if d.Amount <= 0 {
				continue // nothing is billed that nobody owes
			}
			list, total = append(list, d), total+d.Amount
		}
		shares, err := Split(list, accounts)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range shares {
			total -= s.Amount
			if s.Amount <= 0 || i > 0 && shares[i-1].IBAN >= s.IBAN {
				t.Fatalf("%v", shares)
			}
		}
		if total != 0 {
			t.Fatalf("%d are missing of %v", total, shares)
		}
	})
}

func TestTheOfficesShareOfTheFee(t *testing.T) {
	t.Parallel()
	city := func(amount money.Rial, ppm int64) Bill {
		return Bill{Amount: amount, Municipality: inquiries.Municipality{Agreement: &inquiries.Agreement{Terms: offices.Terms{FeeSharePPM: ppm}}}}
	}
	charged := inquiries.Fee{Class: "standard", Amount: 120_000}
	for name, c := range map[string]struct {
		fee   *inquiries.Fee
		bills []Bill
		want  money.Rial
	}{
		"no fee":                    {nil, []Bill{city(1000, 500_000)}, 0},
		"shown alone":               {&inquiries.Fee{Amount: 120_000}, []Bill{city(1000, 500_000)}, 0},
		"half":                      {&charged, []Bill{city(1000, 500_000)}, 60_000},
		"all":                       {&charged, []Bill{city(1000, 1_000_000), city(7000, 1_000_000)}, 120_000},
		"no agreement says a share": {&charged, []Bill{city(1000, 0)}, 0},
		"by what each city is owed": {&charged, []Bill{city(1000, 1_000_000), city(3000, 0)}, 30_000},
		"a fraction is the other's": {&inquiries.Fee{Class: "standard", Amount: 3}, []Bill{city(1000, 500_000)}, 1},
	} {
		if got, err := officeShare(c.fee, c.bills); err != nil || got != c.want {
			t.Errorf("%s: %d, %v; want %d", name, got, err, c.want)
		}
	}
}
