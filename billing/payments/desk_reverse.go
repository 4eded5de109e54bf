package payments

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/jobs"
	"mofasa/tenants/scope"
)

// Reversal is the job of asking a provider to give an item's money back.
type Reversal struct {
	Item     uuid.UUID `json:"item"`
	Approval uuid.UUID `json:"approval"`
}

// Kind is "suspense_reversal".
func (Reversal) Kind() string { return "suspense_reversal" }

// askReversal enqueues the question; meanwhile no other remedy can be carried out.
func (s *Service) askReversal(tx *scope.Tx, p Proposal, approval uuid.UUID) error {
	item, err := anItem(tx, p.Item, true)
	switch {
	case err != nil:
		return err
	case !item.Open():
		return ErrItemClosed
	case item.ApprovalID != uuid.Nil:
		return ErrUnderWay
	}
	if err := underWay(tx, p.Item, approval); err != nil {
		return err
	}
	return jobs.Insert(tx, Reversal{p.Item, approval}, tx.Now)
}

// The pause after a question without an answer grows by half of the time since the first one.
const (
	reversalSoonest   = time.Minute
	reversalSeldomest = 24 * time.Hour
)

// reverse asks the provider, outside any transaction, until it says yes or no, ever more seldom. A yes is carried out; a no leaves the item open for another remedy. While
// people are about to say what it did it is not asked.
func (s *Service) reverse(ctx context.Context, r Reversal) (time.Duration, error) {
	var item Item
	var p Payment
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		if item, err = anItem(tx, r.Item, false); err == nil {
			p, err = load(tx, item.SourceID, false)
		}
		return err
	})
	if err != nil || !item.Open() || item.ApprovalID != r.Approval {
		return 0, err
	}
	provider, err := s.providers.Of(ctx, p.Provider, p.Terminal)
	if err != nil {
		return 0, err
	}
	asked, now, may, err := s.noteReversal(ctx, r, p)
	if err != nil {
		return 0, err
	}
	v := unsure
	if may {
		v = s.askReverse(ctx, provider, p, asked.any())
	}
	if v == unsure {
		return asked.pause(now), nil
	}
	detached, cancel := detach(ctx)
	defer cancel()
	return 0, s.tx.InTx(detached, scope.Platform(), func(tx *scope.Tx) error { return s.reversedOrNot(tx, r, v == reversed) })
}

func (s *Service) reversedOrNot(tx *scope.Tx, r Reversal, yes bool) error {
	m, err := s.remedyOf(tx, Proposal{Item: r.Item, Remedy: Reverse})
	if errors.Is(err, ErrItemClosed) || err == nil && m.item.ApprovalID != r.Approval {
		return nil
	}
	if err != nil {
		return err
	}
	return m.endReversal(tx, yes)
}

// endReversal closes an item whose money has gone back, or frees it for another remedy.
func (m *matter) endReversal(tx *scope.Tx, yes bool) error {
	approval := m.item.ApprovalID
	if !yes {
		if err := underWay(tx, m.item.ID, uuid.Nil); err != nil {
			return err
		}
		m.payment.Reason = "reverse_refused"
		words := m.said()
		words["reversal_refused"] = approval.String()
		return advance(tx, m.payment, m.payment.State, word{ByProvider, words})
	}
	if err := m.reversed(tx); err != nil {
		return err
	}
	if err := closeItem(tx, m.item.ID, Reverse, approval); err != nil {
		return err
	}
	return m.record(tx, approval, m.item.Amount)
}

// reversalAsks are when a provider was asked for one reversal; zero times: none.
type reversalAsks struct{ first, last time.Time }

func (q reversalAsks) any() bool { return !q.last.IsZero() }

func (q reversalAsks) pause(now time.Time) time.Duration {
	if !q.any() {
		return reversalSoonest
	}
	return min(max(now.Sub(q.first)/2, reversalSoonest), reversalSeldomest)
}

// noteReversal stores that a provider is about to be asked to reverse an item's money, and tells what it was asked before: an answer may have been lost then. It may not be
// asked while a verdict waits for a second person.
func (s *Service) noteReversal(ctx context.Context, r Reversal, p Payment) (before reversalAsks, now time.Time, may bool, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		now = tx.Now
		if err := lockOrder(tx, p); err != nil {
			return err
		}
		current, err := load(tx, p.ID, true)
		if err != nil {
			return err
		}
		if before, err = reversalAsked(tx, p.ID, r.Approval); err != nil {
			return err
		}
		waits, err := verdictWaits(tx, r.Item)
		if may = !waits; err != nil || waits {
			return err
		}
		return heard(tx, &current, map[string]any{"item": r.Item.String(), "asked": "reverse", "reversal_asked": r.Approval.String()})
	})
	return before, now, may, err
}

// reversalAsked looks for what noteReversal stores.
func reversalAsked(tx *scope.Tx, payment, approval uuid.UUID) (reversalAsks, error) {
	var first, last sql.NullTime
	err := tx.DB.Raw(`SELECT min(at), max(at) FROM payment_events WHERE payment_id = ? AND said->>'reversal_asked' = ?`, payment, approval.String()).Row().Scan(&first, &last)
	if err != nil {
		return reversalAsks{}, fmt.Errorf("read when a reversal was asked for: %w", err)
	}
	return reversalAsks{moment(first), moment(last)}, nil
}

// ItemVerdict is what people found in the provider's settlement report about a reversal of an item of the desk that the provider never answered.
type ItemVerdict struct {
	Item     uuid.UUID
	WentBack bool
	Evidence string // reference of the report
	Reason   string
	Key      scope.Key
}

// ProposeItemVerdict leaves to a second person of the platform whether an item's money went back by its provider, once the provider's window is over and it has not said; once
// per key. While it waits the provider is not asked. Errors: suspense_unknown, suspense_closed, refund_not_doubtful, refund_evidence; approval_reason, approval_pending.
func (s *Service) ProposeItemVerdict(ctx context.Context, v ItemVerdict) (asked approvals.Approval, err error) {
	if v.Evidence, err = evidenceOf(v.Evidence); err != nil {
		return asked, err
	}
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		asked, err = scope.Once(tx, v.Key, func() (approvals.Approval, error) { return s.proposeItemVerdict(ctx, tx, v) })
		return err
	})
	return asked, err
}

func (s *Service) proposeItemVerdict(ctx context.Context, tx *scope.Tx, v ItemVerdict) (approvals.Approval, error) {
	m, err := s.remedyOf(tx, Proposal{Item: v.Item, Remedy: Reverse})
	if err != nil {
		return approvals.Approval{}, err
	}
	if m.item.ApprovalID == uuid.Nil || tx.Now.Before(m.payment.CreatedAt.Add(s.doubtAfter(ctx, m.payment))) {
		return approvals.Approval{}, ErrNotDoubtful
	}
	says := fault.Text{FA: "به کارت برگشته است", EN: "it went back to the card"}
	if !v.WentBack {
		says = fault.Text{FA: "برنگشته است", EN: "it did not go back"}
	}
	return approvals.Open(tx, approvals.Request{Target: approvals.Target{Kind: approvals.RefundOutcome, ID: v.Item.String(), In: scope.Platform()},
		Summary: fault.Text{FA: fmt.Sprintf("برگشت %d ریال از میز مبالغ معلق: %s (گزارش %s)", m.item.Amount, says.FA, v.Evidence),
			EN: fmt.Sprintf("Reversal of %d rial of suspense: %s (report %s)", m.item.Amount, says.EN, v.Evidence)},
		Payload: outcome{Item: v.Item, WentBack: v.WentBack, Evidence: v.Evidence}, Reason: v.Reason, Life: refundLife})
}

// doubtAfter is how old a payment is when its provider reverses it no more, or is unknown.
func (s *Service) doubtAfter(ctx context.Context, p *Payment) time.Duration {
	if window := s.reverseWindow(ctx, p); window > 0 {
		return window
	}
	return Silent
}

// itemVerdict carries an approved verdict about an item out.
func (s *Service) itemVerdict(tx *scope.Tx, v outcome, verdict uuid.UUID) error {
	m, err := s.remedyOf(tx, Proposal{Item: v.Item, Remedy: Reverse, Evidence: v.Evidence})
	if err != nil {
		return err
	}
	if m.item.ApprovalID == uuid.Nil { // it has answered meanwhile
		return ErrNotDoubtful
	}
	asked, err := reversalAsked(tx, m.payment.ID, m.item.ApprovalID)
	if err != nil {
		return err
	}
	if tx.Now.Before(asked.last.Add(quiet)) {
		return ErrBeingAsked
	}
	err = audit.Write(tx, audit.Record{Action: "suspense.outcome", TargetKind: "suspense_item", TargetID: v.Item.String(),
		Details: map[string]any{"went_back": v.WentBack, "evidence": v.Evidence, "approval": verdict}})
	if err != nil {
		return err
	}
	return m.endReversal(tx, v.WentBack)
}
