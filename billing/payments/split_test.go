package payments

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"mofasa/billing/bills"
	"mofasa/billing/money"
)

// TestSlicesPayEveryBillOnce takes slices until nothing is left: each has at most the provider's rows, no bill stands in two, and what an account gets is what it should.
func TestSlicesPayEveryBillOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 9).Draw(t, "rows")
		var open []unpaid
		var total money.Rial
		widest := 0
		for city := range rapid.IntRange(1, 12).Draw(t, "cities") {
			u := unpaid{municipality: city + 1, bill: uuid.New()}
			for range rapid.IntRange(1, 4).Draw(t, "accounts") {
				share := bills.Share{IBAN: uuid.NewString(), Amount: money.Rial(rapid.Int64Range(1, 1e12).Draw(t, "amount"))}
				u.shares, total = append(u.shares, share), total+share.Amount
			}
			open, widest = append(open, u), max(widest, len(u.shares))
		}
		seen := map[uuid.UUID]bool{}
		for len(open) > 0 {
			parts, err := slice(open, rows)
			if wide := len(open[0].shares) > rows; wide || err != nil {
				if wide != errors.Is(err, ErrSplitLimit) {
					t.Fatalf("%d accounts in %d rows: %v", len(open[0].shares), rows, err)
				}
				return
			}
			p := Payment{Parts: parts}
			sum, err := p.total()
			if err != nil || len(parts) > rows {
				t.Fatalf("%d rows of %d, %v", len(parts), rows, err)
			}
			for i, id := range p.BillIDs() {
				if seen[id] || id != open[i].bill {
					t.Fatalf("bill %d of the slice is %s", i, id)
				}
				seen[id] = true
			}
			for _, b := range p.bills() {
				sum -= b.Amount
				total -= b.Amount
			}
			if sum != 0 {
				t.Fatalf("bills and parts differ by %d", sum)
			}
			open = open[len(p.BillIDs()):]
		}
		if total != 0 || widest > rows {
			t.Fatalf("%d were never paid", total)
		}
	})
}

func TestTheFeeIsOneMoreRow(t *testing.T) {
	t.Parallel()
	p := Payment{Parts: []Part{{MunicipalityID: 1, IBAN: "A", Amount: 5000}, {MunicipalityID: 2, IBAN: "B", Amount: 3000}}, Fee: &Fee{IBAN: "C", Amount: 120}}
	sum, err := p.total()
	if err != nil || sum != 8120 {
		t.Errorf("%d, %v", sum, err)
	}
	rows := p.startRequest("").Splits
	if len(rows) != 3 || rows[2].IBAN != "C" || rows[2].Amount != 120 {
		t.Errorf("%+v", rows)
	}
}
