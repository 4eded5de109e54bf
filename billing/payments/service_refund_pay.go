package payments

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/scope"
)

// RefundPaid records that a granted refund was transferred to its payer, by the bank's number of the transfer, once per key. A city's is the city's to pay, the fee's the
// platform's. Errors: refund_unknown, refund_state, refund_reference, refund_reference_taken.
func (s *Service) RefundPaid(ctx context.Context, in scope.Scope, id uuid.UUID, reference string, key scope.Key) (paid Refund, err error) {
	if reference, err = transferNumber(reference); err != nil {
		return Refund{}, err
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		paid, err = scope.Once(tx, key, func() (r Refund, err error) {
			municipality := tx.Scope.MunicipalityID()
			err = tx.As(scope.Platform(), func() error {
				r, err = s.payOut(tx, municipality, id, reference)
				return err
			})
			return r, err
		})
		return err
	})
	return paid, err
}

func (s *Service) payOut(tx *scope.Tx, municipality int, id uuid.UUID, reference string) (Refund, error) {
	const own = `WHERE r.municipality_id = ? AND r.id = ?`
	found, err := refunds(tx, own, municipality, id)
	if err == nil && len(found) == 0 {
		err = ErrRefundUnknown
	}
	if err != nil {
		return Refund{}, err
	}
	p, err := holdCaptured(tx, found[0].PaymentID)
	if errors.Is(err, ErrNotRefundable) {
		err = ErrRefundState
	}
	if err != nil {
		return Refund{}, err
	}
	if found, err = refunds(tx, own+` FOR UPDATE OF r`, municipality, id); err != nil {
		return Refund{}, err
	}
	if found[0].State != RefundGranted || found[0].Channel != ByPayout {
		return Refund{}, ErrRefundState
	}
	if municipality == ledger.Platform {
		if err := transferred(tx, reference); err != nil {
			return Refund{}, err
		}
	}
	found[0].Reference = reference
	err = s.settleRefunds(tx, p, found)
	return found[0], err
}

// RefundReversal is the job of asking a provider to give a payment back to its card.
type RefundReversal struct {
	Refund uuid.UUID `json:"refund"` // the request
}

// Kind is "refund_reversal".
func (RefundReversal) Kind() string { return "refund_reversal" }

// How long after an answer that says nothing a provider is asked again: soon while its window is open, seldom when only its books can tell.
const (
	reverseSoon   = 15 * time.Second
	reverseSeldom = 10 * time.Minute
)

// reverseRefund asks the provider, outside any transaction, until it says yes or no; that it is asked is stored before. What it refuses is paid out by a transfer, but only
// when it is certain that no earlier question reached it.
func (s *Service) reverseRefund(ctx context.Context, j RefundReversal) (time.Duration, error) {
	var rows []Refund
	var p Payment
	var now time.Time
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		now = tx.Now
		if rows, err = groupOf(tx, j.Refund, false); err != nil || !reversing(rows) {
			return err
		}
		p, err = load(tx, rows[0].PaymentID, false)
		return err
	})
	if err != nil || !reversing(rows) {
		return 0, err
	}
	before := !rows[0].AskedAt.IsZero()
	provider, err := s.providers.Of(ctx, p.Provider, p.Terminal)
	if err != nil && before && !now.Before(p.CreatedAt.Add(Silent)) { // its terminal is gone: nobody is left to be asked
		s.log.ErrorContext(ctx, "refund: the terminal that was to reverse it cannot be asked", "payment", p.ID, "refund", j.Refund, "error", err)
		return reverseSeldom, s.noteDoubt(ctx, j)
	}
	if err != nil {
		return 0, err
	}
	open := now.Before(p.CreatedAt.Add(s.reverseWindow(ctx, &p)))
	if !open && !before {
		return s.endReversal(ctx, j, paysOut, time.Time{})
	}
	before, asked, err := s.noteAsked(ctx, j) // by whoever else does this job, too
	if err != nil || asked.IsZero() {
		return reverseSeldom, err
	}
	v := s.askReverse(ctx, provider, p, before)
	if v == unsure && open {
		return reverseSoon, nil
	}
	if v == unsure {
		s.log.ErrorContext(ctx, "refund: nobody knows whether the provider has reversed it", "payment", p.ID, "refund", j.Refund)
		return reverseSeldom, s.noteDoubt(ctx, j)
	}
	return s.endReversal(ctx, j, v, asked)
}

func reversing(rows []Refund) bool {
	return len(rows) > 0 && rows[0].State == RefundGranted && rows[0].Channel == ByReversal
}

// reversal is what an answer of the provider means for a refund.
type reversal int

const (
	unsure   reversal = iota
	reversed          // the money has gone back to the card
	paysOut           // it has not, and will not
)

// askReverse asks once. A refusal proves nothing where an earlier question was never answered: the sale itself is asked about then.
func (s *Service) askReverse(ctx context.Context, provider gateway.Gateway, p Payment, before bool) reversal {
	answer, err := provider.Reverse(ctx, p.Reference, p.sale())
	s.warn(ctx, p, "reverse", err)
	var refused *gateway.Refused
	switch {
	case err == nil && answer.State == gateway.Reversed:
		return reversed
	case err != nil && !errors.As(err, &refused):
		return unsure
	case !before:
		return paysOut
	}
	for _, ask := range []func() (gateway.Answer, error){
		func() (gateway.Answer, error) { return provider.Inquire(ctx, p.Reference, p.sale()) },
		func() (gateway.Answer, error) { return provider.Verify(ctx, p.Reference, p.sale()) }, // claimed already: it only tells
	} {
		answer, err := ask()
		s.warn(ctx, p, "after reverse", err)
		switch {
		case err != nil:
		case answer.State == gateway.Reversed:
			return reversed
		case answer.State == gateway.Verified || answer.State == gateway.Repeated:
			return paysOut
		}
	}
	return unsure
}

// noteAsked stores that the provider is about to be asked, and tells whether it was before, as the locked rows say, and when it is now; zero: it is not to be asked, since
// people are about to say what it did, or it is said.
func (s *Service) noteAsked(ctx context.Context, j RefundReversal) (before bool, at time.Time, err error) {
	err = s.noteReversing(ctx, j, func(tx *scope.Tx, r *Refund) error {
		waits, err := verdictWaits(tx, j.Refund)
		if err == nil && !waits {
			before, at = before || !r.AskedAt.IsZero(), tx.Now.Truncate(time.Microsecond) // as the column keeps it
			r.AskedAt = at
		}
		return err
	})
	return before, at, err
}

// noteDoubt stores since when nobody can tell by asking what the provider did.
func (s *Service) noteDoubt(ctx context.Context, j RefundReversal) error {
	return s.noteReversing(ctx, j, func(tx *scope.Tx, r *Refund) error {
		if r.DoubtedAt.IsZero() {
			r.DoubtedAt = tx.Now
		}
		return nil
	})
}

// noteReversing stores something about each refund of a request that is still on its way by the provider.
func (s *Service) noteReversing(ctx context.Context, j RefundReversal, note func(*scope.Tx, *Refund) error) error {
	detached, cancel := detach(ctx)
	defer cancel()
	return s.tx.InTx(detached, scope.Platform(), func(tx *scope.Tx) error {
		rows, err := groupOf(tx, j.Refund, true)
		if err != nil || !reversing(rows) {
			return err
		}
		for _, row := range rows {
			if err := note(tx, &row); err != nil {
				return err
			}
			if err := saveRefund(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// endReversal stores what the provider said: the payment is reversed, or what was promised is to be paid out. That it will not go back holds only where nobody has asked
// since (asked; zero: ever), since they may have got another answer; then it is asked again.
func (s *Service) endReversal(ctx context.Context, j RefundReversal, v reversal, asked time.Time) (again time.Duration, err error) {
	detached, cancel := detach(ctx)
	defer cancel()
	err = s.tx.InTx(detached, scope.Platform(), func(tx *scope.Tx) error {
		again = 0
		rows, err := groupOf(tx, j.Refund, false)
		if err != nil || !reversing(rows) {
			return err
		}
		p, err := holdCaptured(tx, rows[0].PaymentID)
		if err != nil {
			return err
		}
		if rows, err = groupOf(tx, j.Refund, true); err != nil || !reversing(rows) {
			return err
		}
		if v == reversed {
			return s.settleRefunds(tx, p, rows)
		}
		if !rows[0].AskedAt.Equal(asked) {
			again = reverseSoon
			return nil
		}
		return payOutInstead(tx, rows)
	})
	return again, err
}
