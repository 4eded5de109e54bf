package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Returned brings a payment to its end after the payer's browser came back. The callback only says which payment to ask about: by the
// provider's token, or by our own number where a callback carries no token. A reference that it names is kept as something to ask about, where nothing else will
// name one. An unknown session is nil.
func (s *Service) Returned(ctx context.Context, provider string, back gateway.Callback) (*Payment, error) {
	var found session
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		found, err = findBySession(tx, provider, back)
		return err
	})
	if err != nil || found.ID == uuid.Nil {
		return nil, err
	}
	if err := s.remember(ctx, provider, found, back.Reference); err != nil {
		return nil, err
	}
	p, err := s.Resolve(ctx, found.ID)
	return &p, err
}

// remember keeps a reference that came back, where the provider is asked by it.
func (s *Service) remember(ctx context.Context, provider string, of session, reference string) error {
	to, err := s.providers.Of(ctx, provider, of.Terminal)
	if err != nil || reference == "" || !to.Limits().ReferenceByCallback {
		return err
	}
	return s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return keepReturn(tx, of.ID, reference) })
}

// Resolve asks the provider about a payment until the answer changes nothing any more, and stores what it learns. It is safe to run for one
// payment in several places at once: only the first capture counts.
func (s *Service) Resolve(ctx context.Context, id uuid.UUID) (Payment, error) {
	p, now, err := s.read(ctx, id)
	if err != nil || p.State.Final() {
		return p, err
	}
	if p.Method == ByTerminal {
		return s.settle(ctx, p, judgeSilence(p, now))
	}
	if p.Token == "" {
		return s.settle(ctx, p, sessionless(p, now))
	}
	provider, err := s.providers.Of(ctx, p.Provider, p.Terminal)
	if err != nil {
		return p, err
	}
	asked := p.Reference != "" // an earlier claim may have reached the provider without our knowing
	closed := now.After(p.CreatedAt.Add(closes(provider.Limits().Windows)))
	if !asked {
		answer, askErr := s.inquire(ctx, provider, p)
		s.warn(ctx, p, "inquire", askErr)
		var ours bool
		if p, ours, err = s.take(ctx, p, judgeInquiry(p, answer, askErr, closed).of("inquiry")); err != nil || p.State != Confirmed {
			return p, err
		}
		asked = !ours // whoever confirmed it meanwhile may have claimed it, too
	}
	answer, askErr := provider.Verify(ctx, p.Reference, p.sale())
	s.warn(ctx, p, "verify", askErr)
	return s.settle(ctx, p, judgeVerify(p, answer, askErr, claim{asked, closed}).of("verify"))
}

// inquire asks about the session, or about each reference that came back, where only the payer's return names one. A made-up reference beside the true one changes
// nothing: what was charged counts first, and silence about one of them is silence.
func (s *Service) inquire(ctx context.Context, provider gateway.Gateway, p Payment) (gateway.Answer, error) {
	if !provider.Limits().ReferenceByCallback {
		return provider.Inquire(ctx, p.Reference, p.sale())
	}
	var references []string
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		references, err = returns(tx, p.ID)
		return err
	})
	if err != nil || len(references) == 0 {
		return gateway.Answer{State: gateway.NotFound}, err
	}
	found := gateway.Answer{State: gateway.NotFound}
	for _, reference := range references {
		answer, askErr := provider.Inquire(ctx, reference, p.sale())
		switch {
		case askErr != nil:
			err = askErr
		case answer.State == gateway.Paid || answer.State == gateway.Verified || answer.State == gateway.Repeated:
			return answer, nil
		case answer.State != gateway.NotFound:
			found = answer
		}
	}
	return found, err
}

const (
	duplicateReference = "duplicate_reference"
	alreadySettled     = "bill_already_settled"
	neverVerified      = "never_verified"
	appliedElsewhere   = "applied_elsewhere" // the money pays another bill: its word told again is no late success
)

// opening is how long the call that opens a session can last.
const opening = time.Minute

// sessionless judges a payment that has no session: the process stopped, or the provider was silent, while it was opened. Nobody was ever
// sent to a payment page, so no money can have moved once the opening call is surely over.
func sessionless(p Payment, now time.Time) verdict {
	if now.Before(p.CreatedAt.Add(opening)) {
		return verdict{state: p.State, reason: p.Reason}
	}
	return verdict{state: Failed, reason: "session_not_opened", by: ByTimer}
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

// settle stores a verdict on the locked payment. A payment that somebody else has moved meanwhile stays as it is.
func (s *Service) settle(ctx context.Context, p Payment, v verdict) (Payment, error) {
	p, _, err := s.take(ctx, p, v)
	return p, err
}

// take is settle, and tells whether the verdict was taken.
func (s *Service) take(ctx context.Context, p Payment, v verdict) (_ Payment, taken bool, _ error) {
	detached, cancel := detach(ctx)
	defer cancel()
	err := s.tx.InTx(detached, scope.Platform(), func(tx *scope.Tx) error {
		taken = false
		// The order is locked before the payment everywhere, so that no two transactions wait for each other.
		if err := lockOrder(tx, p); err != nil {
			return err
		}
		current, err := load(tx, p.ID, true)
		if err != nil {
			return err
		}
		// Money that comes after all is never dropped; a verdict on what is no longer so is.
		late := current.State == Failed && current.Reason != appliedElsewhere && ours(current, v) > 0
		stale := v.state != Captured && v.state != Suspense && current.Version != p.Version
		switch {
		case late:
			v.state, v.reason, v.by = Suspense, "late_success", ByProvider
		case current.State == Suspense && v.answer.State != "": // the people who decide read it
			p, err = overheard(tx, current, v)
			return err
		case current.State.Final() || stale:
			p = current
			return nil
		}
		taken = true
		p, err = s.apply(tx, current, v)
		return err
	})
	if scope.Constraint(err) == "payments_reference" {
		// The provider's number already stands on another payment: this money was counted once and will not be again.
		return s.take(ctx, p, verdict{state: Suspense, reason: duplicateReference, answer: v.answer, asked: v.asked})
	}
	return p, taken, err
}

// apply takes the verdict's edge on a locked payment, with all that it brings.
func (s *Service) apply(tx *scope.Tx, p Payment, v verdict) (Payment, error) {
	if v.state == p.State && v.reason == p.Reason {
		return p, nil
	}
	p.Reason = v.reason
	// What was verified is never renamed by an answer that does not fit, and a number counts for one payment only; the story names it.
	if p.Reference == "" && v.reason != duplicateReference {
		p.Reference = v.answer.Reference
	}
	p.RRN, p.MaskedPAN = firstOf(v.answer.RRN, p.RRN), firstOf(v.answer.MaskedPAN, p.MaskedPAN)
	switch v.state {
	case Captured:
		return s.capture(tx, p, v.word(), v.answer)
	case Suspense:
		return s.suspend(tx, p, v.word(), ours(p, v))
	case Failed:
		if err := s.giveBack(tx, p); err != nil {
			return p, err
		}
	}
	return p, advance(tx, &p, v.state, v.word())
}

// saidBy is the provider's answer as the payment's story keeps it.
func saidBy(a gateway.Answer) map[string]any {
	if a.State == "" {
		return nil
	}
	return map[string]any{"state": string(a.State), "code": a.Code, "reference": a.Reference, "terminal": a.Terminal, "amount_rial": a.Amount,
		"affective_rial": a.Affective, "rrn": a.RRN, "trace": a.TraceNo}
}

// capture is the one transaction in which money becomes certain: payment, bills, claims, books of every city, receipt, audit. Where a bill
// turns out to be settled already, no city is paid and the money goes to suspense.
func (s *Service) capture(tx *scope.Tx, p Payment, on word, a gateway.Answer) (Payment, error) {
	if p.TopsUp() {
		return s.credit(tx, p, on)
	}
	demanded, settled, err := bills.Settle(tx, p.OrderID, p.BillIDs())
	if err != nil {
		return p, err
	}
	if !settled {
		p.Reason = alreadySettled
		return s.suspend(tx, p, on, firstRial(a.Affective, p.Amount))
	}
	return s.captured(tx, p, on, earned(p, demanded))
}

// earned is what a payment of bills that demand so much brings to all books.
func earned(p Payment, demanded map[uuid.UUID][]bills.ChargeSum) []ledger.Entry {
	var books []ledger.Entry
	for _, part := range p.bills() {
		books = append(books, entered(p, part, demanded[part.BillID]))
	}
	if fee, taken := feeEntry(p); taken {
		books = append(books, fee)
	}
	if p.Method == ByDeposit {
		books = append(books, drawn(p))
	}
	return books
}

// captured is the end that every captured payment has: its books, its state, a receipt and the record.
func (s *Service) captured(tx *scope.Tx, p Payment, on word, books []ledger.Entry) (Payment, error) {
	p, err := receipted(tx, p, on, books)
	if err != nil {
		return p, err
	}
	return p, audit.Write(tx, capturedRecord(p))
}

// receipted is captured without the record, which names the receipt.
func receipted(tx *scope.Tx, p Payment, on word, books []ledger.Entry) (Payment, error) {
	posted, err := ledger.Posted(tx, books...)
	if err != nil {
		return p, err
	}
	taken, err := advancing(tx, &p, Captured, on)
	if err != nil {
		return p, err
	}
	if err := tx.Send(append(taken, posted, receipting(tx, &p))...); err != nil {
		return p, fmt.Errorf("capture payment: %w", err)
	}
	return p, nil
}

func capturedRecord(p Payment) audit.Record {
	return audit.Record{Action: "payment.captured", TargetKind: "payment", TargetID: p.ID.String(),
		Details: map[string]any{"order": p.OrderID, "amount_rial": p.Amount, "receipt": p.Receipt.Number}}
}

// entered is what a city's bill got in its books: what the provider owes it, against its revenue by charge. What a correction of a tariff credited or demanded is
// set off against what that correction left, and is no revenue.
func entered(p Payment, part Part, charges []bills.ChargeSum) ledger.Entry {
	entry := ledger.Entry{MunicipalityID: part.MunicipalityID, Kind: "capture", SourceKind: "payment", SourceID: p.ID, BillID: part.BillID, OfficeID: p.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.Receivable(p.Provider), Amount: part.Amount}}}
	for _, c := range charges {
		entry.Postings = append(entry.Postings, ledger.Posting{Account: accountOf(c), Amount: -c.Amount})
	}
	return entry
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

// detach gives storing what is known some time of its own, even where the caller has gone.
func detach(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
}

func firstRial(a, b money.Rial) money.Rial {
	if a != 0 {
		return a
	}
	return b
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
