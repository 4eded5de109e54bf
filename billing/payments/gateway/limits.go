package gateway

import (
	"fmt"
	"math/big"
	"time"

	"mofasa/billing/money"
)

// Limits is what one terminal of a provider can do. Zero fields limit nothing.
type Limits struct {
	MaxSplits int        // accounts that one payment can be divided among
	MinAmount money.Rial // of a payment
	MaxAmount money.Rial // of a payment
	MinSplit  money.Rial // of one split row, OwnAccount's excepted
	// OwnAccount is the terminal's own account, which must keep OwnPercent of every split payment: a row of the split names it.
	OwnAccount string
	OwnPercent int64
	// ReferenceByCallback says that nothing but the payer's return names the reference: an attempt whose return was lost cannot be
	// verified, and the provider gives its money back.
	ReferenceByCallback bool
	// ReverseBeforeClaim says that a sale can be reversed only between the steps of Verify; a Verified one is refunded instead.
	ReverseBeforeClaim bool
	Windows            Windows
}

// Windows is how long a provider lets things happen. What a provider does not publish is planned short, except Closed, which is long.
type Windows struct {
	Pay     time.Duration // from Start, with a zero Lifetime
	Inquire time.Duration // from Start; 0: at any time
	Verify  time.Duration // from the payment; later the provider returns the money by itself
	Reverse time.Duration // from the payment (Mellat: from the verification)
	Closed  time.Duration // from Start: every window is surely over, and what was never claimed never will be
}

// Check adds to StartRequest.Validate what depends on the terminal. It returns nil or an *Invalid.
func (l Limits) Check(r StartRequest) error {
	if err := r.Validate(l.MaxSplits); err != nil {
		return err
	}
	if r.Amount < l.MinAmount {
		return &Invalid{"amount", fmt.Sprintf("at least %d rial", l.MinAmount)}
	}
	if l.MaxAmount > 0 && r.Amount > l.MaxAmount {
		return &Invalid{"amount", fmt.Sprintf("at most %d rial", l.MaxAmount)}
	}
	if len(r.Splits) == 0 {
		return nil
	}
	return l.checkSplits(r)
}

func (l Limits) checkSplits(r StartRequest) error {
	var own money.Rial
	for i, split := range r.Splits {
		if split.IBAN == l.OwnAccount {
			own += split.Amount // the rows sum to the amount: no overflow
			continue
		}
		if split.Amount < l.MinSplit {
			return &Invalid{fmt.Sprintf("splits[%d].amount", i), fmt.Sprintf("at least %d rial", l.MinSplit)}
		}
	}
	percent := func(part money.Rial, of int64) *big.Int {
		return new(big.Int).Mul(big.NewInt(int64(part)), big.NewInt(of))
	}
	if percent(own, 100).Cmp(percent(r.Amount, l.OwnPercent)) < 0 {
		return &Invalid{"splits", fmt.Sprintf("%d %% must stay with the terminal's own account", l.OwnPercent)}
	}
	return nil
}
