package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/ledger"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Returned brings a payment to its end after the payer's browser came back. The callback only says which payment to ask about: by the
// provider's token, or by our own number where a callback carries no token. An unknown session is nil.
func (s *Service) Returned(ctx context.Context, token, merchantRef string) (*Payment, error) {
	var id uuid.UUID
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		id, err = findBySession(tx, s.gateway.Provider(), token, merchantRef)
		return err
	})
	if err != nil || id == uuid.Nil {
		return nil, err
	}
	p, err := s.Resolve(ctx, id)
	return &p, err
}

// Resolve asks the provider about a payment until the answer changes nothing any more, and stores what it learns. It is safe to run for one
// payment in several places at once: only the first capture counts.
func (s *Service) Resolve(ctx context.Context, id uuid.UUID) (Payment, error) {
	p, now, err := s.read(ctx, id)
	if err != nil || p.State.Final() {
		return p, err
	}
	if p.Token == "" {
		return s.settle(ctx, p, sessionless(p, now))
	}
	asked := p.Reference != "" // an earlier claim may have reached the provider without our knowing
	if !asked {
		answer, askErr := s.gateway.Inquire(ctx, p.Token)
		s.warn(ctx, p, "inquire", askErr)
		if p, err = s.settle(ctx, p, judgeInquiry(p, answer, askErr, now)); err != nil || p.State != Confirmed {
			return p, err
		}
	}
	answer, askErr := s.gateway.Verify(ctx, p.Reference, p.sale())
	s.warn(ctx, p, "verify", askErr)
	return s.settle(ctx, p, judgeVerify(p, answer, askErr, claim{asked, now}))
}

const duplicateReference = "duplicate_reference"

// sessionless judges a payment that has no session: the process stopped, or the provider was silent, while it was opened. Nobody was ever
// sent to a payment page, so no money can have moved once the opening call is surely over.
func sessionless(p Payment, now time.Time) verdict {
	if now.Before(p.CreatedAt.Add(time.Minute)) {
		return verdict{state: p.State, reason: p.Reason}
	}
	return verdict{state: Failed, reason: "session_not_opened"}
}

func (s *Service) warn(ctx context.Context, p Payment, call string, err error) {
	if err != nil {
		s.log.WarnContext(ctx, "gateway answer missing", "call", call, "payment", p.ID, "error", err)
	}
}

func (s *Service) read(ctx context.Context, id uuid.UUID) (Payment, time.Time, error) {
	var p Payment
	var now time.Time
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		now = tx.Now
		p, err = load(tx, id, false)
		return err
	})
	return p, now, err
}

// settle stores a verdict on the locked payment. A payment that somebody else has finished meanwhile stays as it is.
func (s *Service) settle(ctx context.Context, p Payment, v verdict) (Payment, error) {
	detached, cancel := detach(ctx)
	defer cancel()
	err := s.tx.InTx(detached, scope.Platform(), func(tx *scope.Tx) error {
		// The order is locked before the payment everywhere, so that no two transactions wait for each other.
		if _, err := bills.Lock(tx, p.OrderID); err != nil {
			return err
		}
		current, err := load(tx, p.ID, true)
		if err != nil {
			return err
		}
		// Money that comes after all is never dropped; a verdict on what is no longer so is.
		late := v.state == Captured && current.State == Failed
		stale := v.state != Captured && v.state != Suspense && (current.State != p.State || current.Token != p.Token)
		switch {
		case late:
			v = verdict{state: Suspense, reason: "late_success", answer: v.answer}
		case current.State.Final() || stale:
			p = current
			return nil
		}
		p, err = s.apply(tx, current, v)
		return err
	})
	if scope.Constraint(err) == "payments_reference" {
		// The provider's number already stands on another payment: this money was counted once and will not be again.
		return s.settle(ctx, p, verdict{state: Suspense, reason: duplicateReference, answer: v.answer})
	}
	return p, err
}

func (s *Service) apply(tx *scope.Tx, p Payment, v verdict) (Payment, error) {
	p.State, p.Reason = v.state, v.reason
	// What was verified is never renamed by an answer that does not fit, and a number counts for one payment only; the audit row names it.
	if p.Reference == "" && v.reason != duplicateReference {
		p.Reference = v.answer.Reference
	}
	p.RRN, p.MaskedPAN = firstOf(v.answer.RRN, p.RRN), firstOf(v.answer.MaskedPAN, p.MaskedPAN)
	switch p.State {
	case Captured:
		return s.capture(tx, p, v.answer)
	case Failed:
		if err := s.giveBack(tx, p); err != nil {
			return p, err
		}
	case Suspense:
		if err := s.suspend(tx, p, v.answer); err != nil {
			return p, err
		}
	}
	return p, update(tx, p)
}

// capture is the one transaction in which money becomes certain: payment, bills, claims, books of every city, receipt, audit. Where a bill
// turns out to be settled already, nothing is posted and the payment goes to suspense.
func (s *Service) capture(tx *scope.Tx, p Payment, a gateway.Answer) (Payment, error) {
	if err := tx.DB.SavePoint("settling").Error; err != nil {
		return p, fmt.Errorf("savepoint: %w", err)
	}
	settled, err := bills.Settle(tx, p.OrderID, p.BillIDs())
	if err != nil {
		return p, err
	}
	if !settled {
		if err := tx.DB.RollbackTo("settling").Error; err != nil {
			return p, fmt.Errorf("roll back to savepoint: %w", err)
		}
		p.State, p.Reason = Suspense, "bill_already_settled"
		if err := s.suspend(tx, p, a); err != nil {
			return p, err
		}
		return p, update(tx, p)
	}
	for _, part := range p.bills() {
		if err := post(tx, p, part); err != nil {
			return p, err
		}
	}
	if err := postFee(tx, p); err != nil {
		return p, err
	}
	if err := update(tx, p); err != nil {
		return p, err
	}
	if p.Receipt, err = giveReceipt(tx, p); err != nil {
		return p, err
	}
	return p, audit.Write(tx, audit.Record{Action: "payment.captured", TargetKind: "payment", TargetID: p.ID.String(),
		Details: map[string]any{"order": p.OrderID, "amount_rial": p.Amount, "receipt": p.Receipt.Number}})
}

// post enters what a city's bill got in its books: what the provider owes it, against its revenue by charge. What a correction of a tariff credited or demanded is
// set off against what that correction left, and is no revenue.
func post(tx *scope.Tx, p Payment, part Part) error {
	charges, err := bills.Charges(tx, part.MunicipalityID, part.BillID)
	if err != nil {
		return err
	}
	entry := ledger.Entry{MunicipalityID: part.MunicipalityID, Kind: "capture", SourceKind: "payment", SourceID: p.ID, BillID: part.BillID, OfficeID: p.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.Receivable(p.Provider), Amount: part.Amount}}}
	for _, c := range charges {
		entry.Postings = append(entry.Postings, ledger.Posting{Account: accountOf(c), Amount: -c.Amount})
	}
	return ledger.Post(tx, entry)
}

func accountOf(c bills.ChargeSum) ledger.Account {
	switch {
	case !c.Corrected:
		return ledger.Revenue(c.Charge)
	case c.Amount < 0:
		return ledger.Payable(ledger.Correction)
	}
	return ledger.Receivable(ledger.Correction)
}

// suspend records what the provider said, for the person who decides, and raises the alarm.
func (s *Service) suspend(tx *scope.Tx, p Payment, a gateway.Answer) error {
	s.log.ErrorContext(tx.DB.Statement.Context, "payment in suspense", "payment", p.ID, "reason", p.Reason)
	return audit.Write(tx, audit.Record{Action: "payment.suspended", TargetKind: "payment", TargetID: p.ID.String(), Details: map[string]any{
		"reason": p.Reason, "said": string(a.State), "code": a.Code, "reference": a.Reference, "terminal": a.Terminal, "amount_rial": a.Amount,
		"affective_rial": a.Affective, "rrn": a.RRN}})
}

// detach gives storing what is known some time of its own, even where the caller has gone.
func detach(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
