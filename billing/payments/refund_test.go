package payments

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

// TestPartsSumToTheWhole gives a bill back in random parts: no account is ever overdrawn, each part posts exactly its amount, and nothing is left at the end, whatever
// discounts and corrections the bill has.
func TestPartsSumToTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stands := map[ledger.Account]money.Rial{}
		var left money.Rial
		for _, name := range []ledger.Account{ledger.Revenue("annual_duty"), ledger.Revenue("penalty"), ledger.Receivable(ledger.Correction)} {
			amount := money.Rial(rapid.Int64Range(0, 1_000_000_000).Draw(t, string(name)))
			stands[name], left = -amount, left+amount
		}
		for _, name := range []ledger.Account{ledger.Revenue("discount"), ledger.Payable(ledger.Correction)} {
			amount := money.Rial(rapid.Int64Range(0, int64(left)/4).Draw(t, string(name)))
			stands[name], left = amount, left-amount
		}
		for left > 0 {
			part := money.Rial(rapid.Int64Range(1, int64(left)).Draw(t, "part"))
			var list []Balance
			for _, name := range []ledger.Account{"payable:correction", "receivable:correction", "revenue:annual_duty", "revenue:discount", "revenue:penalty"} {
				if stands[name] != 0 {
					list = append(list, Balance{name, stands[name]})
				}
			}
			postings, err := undo(list, part, left)
			if err != nil {
				t.Fatal(err)
			}
			var sum money.Rial
			for _, p := range postings {
				sum += p.Amount
				was := stands[p.Account]
				if stands[p.Account] += p.Amount; p.Amount == 0 || was < 0 && stands[p.Account] > 0 || was > 0 && stands[p.Account] != 0 {
					t.Fatalf("%s moves by %d from %d", p.Account, p.Amount, was)
				}
			}
			if sum != part {
				t.Fatalf("%d are posted for %d", sum, part)
			}
			left -= part
		}
		for name, amount := range stands {
			if amount != 0 {
				t.Fatalf("%d stay on %s", amount, name)
			}
		}
	})
}

// TestChosenRefundsNeverExceed: whatever is asked, what is chosen is at most what is left of each bill, and in all what was asked.
func TestChosenRefundsNeverExceed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var own []Refundable
		var left money.Rial
		for i := range rapid.IntRange(1, 4).Draw(t, "bills") {
			paid := money.Rial(rapid.Int64Range(1, 1000).Draw(t, "paid"))
			f := Refundable{MunicipalityID: i + 1, BillID: uuid.New(), Amount: paid, Refunded: money.Rial(rapid.Int64Range(0, int64(paid)).Draw(t, "refunded"))}
			own, left = append(own, f), left+f.Left()
		}
		own = append(own, Refundable{Amount: 100})
		r := RefundRequest{Amount: money.Rial(rapid.Int64Range(0, 5000).Draw(t, "amount")), Expected: left, WithFee: rapid.Bool().Draw(t, "fee")}
		if r.WithFee {
			r.Expected, left = left+100, left+100
		}
		if rapid.Bool().Draw(t, "one") {
			r.BillID, r.Expected = own[0].BillID, own[0].Left()
		}
		chosen, amounts, err := r.choose(own)
		if wrong := r; err == nil {
			wrong.Expected++
			if _, _, err := wrong.choose(own); !errors.Is(err, ErrAvailable) {
				t.Fatalf("another belief passes: %v", err)
			}
		}
		if err != nil {
			if r.Amount == 0 && r.Expected > 0 {
				t.Fatalf("all of it: %v", err)
			}
			return
		}
		var sum money.Rial
		for i, f := range chosen {
			if amounts[i] <= 0 || amounts[i] > f.Left() || f.BillID == uuid.Nil && !r.WithFee {
				t.Fatalf("%d of %+v", amounts[i], f)
			}
			sum += amounts[i]
		}
		if sum > r.Expected || r.Amount > 0 && sum != r.Amount {
			t.Fatalf("%d chosen, asked %d", sum, r.Amount)
		}
	})
}

// shaky is a provider whose answers to each call are set beforehand, the last of them for ever.
type shaky struct {
	gateway.Gateway
	reverse, inquire, verify []reply
	asked                    string
}

type reply struct {
	state gateway.State
	err   error
}

func (s *shaky) next(call string, list *[]reply) (gateway.Answer, error) {
	s.asked += call + " "
	r := (*list)[0]
	if len(*list) > 1 {
		*list = (*list)[1:]
	}
	return gateway.Answer{State: r.state}, r.err
}

func (s *shaky) Reverse(context.Context, string, gateway.Sale) (gateway.Answer, error) {
	return s.next("reverse", &s.reverse)
}

func (s *shaky) Inquire(context.Context, string, gateway.Sale) (gateway.Answer, error) {
	return s.next("inquire", &s.inquire)
}

func (s *shaky) Verify(context.Context, string, gateway.Sale) (gateway.Answer, error) {
	return s.next("verify", &s.verify)
}

// TestARefusalAfterSilenceProvesNothing: money that may have gone back is never promised again.
func TestARefusalAfterSilenceProvesNothing(t *testing.T) {
	t.Parallel()
	lost, no := reply{err: &gateway.Uncertain{Op: gateway.OpReverse}}, reply{err: &gateway.Refused{Op: gateway.OpReverse, Code: "-6"}}
	is := func(state gateway.State) []reply { return []reply{{state: state}} }
	for name, c := range map[string]struct {
		with   shaky
		before bool
		want   reversal
		asked  string
	}{
		"yes":                           {shaky{reverse: is(gateway.Reversed)}, false, reversed, "reverse "},
		"no answer":                     {shaky{reverse: []reply{lost}}, false, unsure, "reverse "},
		"terminal off":                  {shaky{reverse: []reply{{err: &gateway.Misconfigured{Op: gateway.OpReverse}}}}, false, unsure, "reverse "},
		"no, and nobody asked before":   {shaky{reverse: []reply{no}}, false, paysOut, "reverse "},
		"not found, asked before":       {shaky{reverse: is(gateway.NotFound), inquire: is(gateway.NotFound), verify: is(gateway.NotFound)}, true, unsure, "reverse inquire verify "},
		"no, but it is reversed":        {shaky{reverse: []reply{no}, inquire: is(gateway.Reversed)}, true, reversed, "reverse inquire "},
		"no, and it is still ours":      {shaky{reverse: []reply{no}, inquire: is(gateway.Verified)}, true, paysOut, "reverse inquire "},
		"no, and the claim says so":     {shaky{reverse: []reply{no}, inquire: is(gateway.NotFound), verify: is(gateway.Repeated)}, true, paysOut, "reverse inquire verify "},
		"no, and the claim says gone":   {shaky{reverse: []reply{no}, inquire: []reply{lost}, verify: is(gateway.Reversed)}, true, reversed, "reverse inquire verify "},
		"no, and nobody can say either": {shaky{reverse: []reply{no}, inquire: is(gateway.NotFound), verify: is(gateway.Expired)}, true, unsure, "reverse inquire verify "},
	} {
		s := &Service{log: slog.New(slog.DiscardHandler)}
		if got := s.askReverse(t.Context(), &c.with, Payment{}, c.before); got != c.want || c.with.asked != c.asked {
			t.Errorf("%s: %d after %q, want %d", name, got, c.with.asked, c.want)
		}
	}
}
