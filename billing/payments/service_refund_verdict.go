package payments

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// What the word of two people about a reversal refuses with.
var (
	ErrNotDoubtful = fault.Define(fault.Conflict, "refund_not_doubtful",
		"ارائه‌دهنده هنوز می‌تواند دربارهٔ این برگشت پاسخ بدهد، یا پاسخ داده است.", "The provider may still answer about this reversal, or has answered.")
	ErrBeingAsked = fault.Define(fault.Conflict, "refund_being_asked",
		"همین حالا از ارائه‌دهنده پرسیده می‌شود؛ چند دقیقهٔ دیگر دوباره کوشش کنید.", "The provider is being asked at this moment; try again in some minutes.")
	errVerdictEvidence = fault.Define(fault.Invalid, "refund_evidence",
		"شمارهٔ گزارش تسویهٔ ارائه‌دهنده لازم است (حداکثر ۱۰۰ نویسه).", "The reference of the provider's settlement report is needed, of at most 100 characters.")
)

// quiet is how long the provider has not been asked when people may say what it did: longer than one of its calls can take, so that none is under way that still could do it.
const quiet = 2 * time.Minute

// ReversalVerdict is what people found in the provider's settlement report about a reversal that it never answered.
type ReversalVerdict struct {
	Refund   uuid.UUID // one of the request's; the word is about all of the request
	WentBack bool
	Evidence string // reference of the report
	Reason   string
	Key      scope.Key
}

// outcome is a verdict as it waits for a second person.
type outcome struct {
	Refund   uuid.UUID `json:"refund,omitzero"` // the request
	Item     uuid.UUID `json:"item,omitzero"`   // or of the suspense desk
	WentBack bool      `json:"went_back"`
	Evidence string    `json:"evidence"`
}

// ProposeVerdict leaves to a second person of the platform whether the money of a refund went back by its provider, of which nobody can tell by asking; once per key. While it
// waits the provider is not asked. Errors: refund_unknown, refund_state, refund_not_doubtful, refund_evidence; approval_reason, approval_pending.
func (s *Service) ProposeVerdict(ctx context.Context, v ReversalVerdict) (asked approvals.Approval, err error) {
	if v.Evidence, err = evidenceOf(v.Evidence); err != nil {
		return asked, err
	}
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		asked, err = scope.Once(tx, v.Key, func() (approvals.Approval, error) { return proposeVerdict(tx, v) })
		return err
	})
	return asked, err
}

func evidenceOf(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > 100 {
		return "", errVerdictEvidence.On("evidence")
	}
	return text, nil
}

func proposeVerdict(tx *scope.Tx, v ReversalVerdict) (approvals.Approval, error) {
	found, err := refunds(tx, `WHERE r.id = ?`, v.Refund)
	if err == nil && len(found) == 0 {
		err = ErrRefundUnknown
	}
	if err != nil {
		return approvals.Approval{}, err
	}
	_, rows, err := holdReversing(tx, found[0].GroupID)
	switch {
	case err != nil:
		return approvals.Approval{}, err
	case rows[0].DoubtedAt.IsZero():
		return approvals.Approval{}, ErrNotDoubtful
	}
	says := fault.Text{FA: "به کارت برگشته است", EN: "it went back to the card"}
	if !v.WentBack {
		says = fault.Text{FA: "برنگشته است و باید واریز شود", EN: "it did not go back and is to be transferred"}
	}
	sum, payment := sumOf(rows), rows[0].PaymentID
	return approvals.Open(tx, approvals.Request{Target: approvals.Target{Kind: approvals.RefundOutcome, ID: rows[0].GroupID.String(), In: scope.Platform()},
		Summary: fault.Text{FA: fmt.Sprintf("برگشت %d ریال از پرداخت %s: %s (گزارش %s)", sum, payment, says.FA, v.Evidence),
			EN: fmt.Sprintf("Reversal of %d rial of payment %s: %s (report %s)", sum, payment, says.EN, v.Evidence)},
		Payload: outcome{Refund: rows[0].GroupID, WentBack: v.WentBack, Evidence: v.Evidence}, Reason: v.Reason, Life: refundLife})
}

// holdReversing locks a payment and a request whose money is to go back by its provider. Errors: refund_unknown, refund_state.
func holdReversing(tx *scope.Tx, group uuid.UUID) (Payment, []Refund, error) {
	rows, err := groupOf(tx, group, false)
	if err == nil && len(rows) == 0 {
		err = ErrRefundUnknown
	}
	if err == nil && !reversing(rows) {
		err = ErrRefundState
	}
	if err != nil {
		return Payment{}, nil, err
	}
	p, err := holdCaptured(tx, rows[0].PaymentID)
	if err != nil {
		return p, nil, err
	}
	if rows, err = groupOf(tx, group, true); err == nil && !reversing(rows) {
		err = ErrRefundState
	}
	return p, rows, err
}

// VerdictApproved carries an approved verdict out, in the transaction of the decision: the payment is reversed, or the money is to be transferred, or an item of the suspense
// desk is free for another remedy. It is the approvals.Execute of approvals.RefundOutcome. Errors: refund_state, refund_not_doubtful, suspense_closed where the provider has answered meanwhile, refund_being_asked.
func (s *Service) VerdictApproved(tx *scope.Tx, a approvals.Approval) error {
	var v outcome
	if err := json.Unmarshal(a.Payload, &v); err != nil {
		return fmt.Errorf("read verdict of a reversal: %w", err)
	}
	return tx.As(scope.Platform(), func() error {
		if v.Item != uuid.Nil {
			return s.itemVerdict(tx, v, a.ID)
		}
		p, rows, err := holdReversing(tx, v.Refund)
		if err != nil {
			return err
		}
		if tx.Now.Before(rows[0].AskedAt.Add(quiet)) {
			return ErrBeingAsked
		}
		for i := range rows {
			rows[i].VerdictID = a.ID
		}
		err = audit.Write(tx, audit.Record{Action: "refund.outcome", TargetKind: "payment", TargetID: p.ID.String(),
			Details: map[string]any{"refund": v.Refund, "went_back": v.WentBack, "evidence": v.Evidence, "approval": a.ID}})
		if err != nil {
			return err
		}
		if v.WentBack {
			return s.settleRefunds(tx, p, rows)
		}
		return payOutInstead(tx, rows)
	})
}

// payOutInstead lets what the provider has not given back be transferred.
func payOutInstead(tx *scope.Tx, rows []Refund) error {
	for _, row := range rows {
		row.Channel = ByPayout
		if err := saveRefund(tx, row); err != nil {
			return err
		}
		if err := row.record(tx, "refund.not_reversed"); err != nil {
			return err
		}
	}
	return nil
}
