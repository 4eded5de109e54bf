package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Superseder ends the certificates over dues of a vehicle in a city that are owed again, in the transaction that makes them so (I4).
type Superseder func(tx *scope.Tx, vehicle uuid.UUID, municipality int, years []int) error

// Superseding is the service with what ends certificates; without it no bill is given back in whole.
func (s *Service) Superseding(end Superseder) *Service {
	s.supersede = end
	return s
}

var errNoSuperseder = errors.New("payments: nothing ends certificates")

// Refund asks for money to go back, once per key, and grants it at once where no second person is needed: a city gives back its own bill of a payment, the platform any
// bill, or all of them. An office only asks, each city for its bill. Errors: payment_unknown, payment_not_refundable, refund_available_changed (with available_rial),
// refund_pending, refund_amount, refund_bill, refund_reason, refund_iban; approval_pending and those about humans.
func (s *Service) Refund(ctx context.Context, in scope.Scope, r RefundRequest) ([]Refund, error) {
	r.kind, r.Reference = ByUs, ""
	return s.askRefund(ctx, in, r)
}

// Chargeback records that the payer's bank has taken money back; a second person of the platform confirms it. Errors: those of Refund, refund_reference,
// refund_reference_taken; chargeback_too_much in place of payment_not_refundable.
func (s *Service) Chargeback(ctx context.Context, in scope.Scope, r RefundRequest) ([]Refund, error) {
	r.kind = ByThem
	return s.askRefund(ctx, in, r)
}

func (s *Service) askRefund(ctx context.Context, in scope.Scope, r RefundRequest) (made []Refund, err error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		made, err = scope.Once(tx, r.Key, func() ([]Refund, error) { return s.requestRefund(tx, r) })
		return err
	})
	if r.kind == ByThem && errors.Is(err, ErrNotRefundable) {
		err = ErrChargebackTooMuch.Because(err)
	}
	return made, err
}

// requestRefund writes the rows of a request, for all of which one decision is asked for, or for each city's its own where an office asks.
func (s *Service) requestRefund(tx *scope.Tx, r RefundRequest) ([]Refund, error) {
	own, err := refundables(tx, r.PaymentID) // of the asker's home alone
	if err == nil && len(own) == 0 {
		err = r.noPart(tx)
	}
	if err != nil {
		return nil, err
	}
	var p Payment
	err = tx.As(scope.Platform(), func() (err error) {
		if p, err = holdCaptured(tx, r.PaymentID); err != nil {
			return err
		}
		return r.unique(tx)
	})
	if err != nil {
		return nil, err
	}
	if own, err = refundables(tx, r.PaymentID); err != nil { // as they stand now that nobody else moves them
		return nil, err
	}
	chosen, amounts, err := r.choose(own)
	if err != nil {
		return nil, err
	}
	made := r.rows(tx, p, chosen, amounts)
	in := scope.Platform()
	if tx.Scope.Kind() == scope.KindOffice {
		in = tx.Scope // row security lets an office ask about its own payments alone
	}
	err = tx.As(in, func() error {
		for _, row := range made {
			if err := insertRefund(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.decideRefund(tx, p, made)
}

// noPart is what a request about a payment is refused with that has no part of the asker's: that it is unknown, or, to whoever sees it, that it is a top-up.
func (r RefundRequest) noPart(tx *scope.Tx) error {
	topUp, err := toppedUp(tx, r.PaymentID)
	switch {
	case err != nil:
		return err
	case topUp && r.kind == ByThem:
		return ErrNotRefundable
	}
	return ErrPaymentUnknown
}

// holdCaptured locks a captured payment, its order before it. Errors: payment_unknown, payment_not_refundable.
func holdCaptured(tx *scope.Tx, id uuid.UUID) (Payment, error) {
	p, err := load(tx, id, false)
	if err != nil {
		return p, err
	}
	if p.TopsUp() {
		return p, ErrNotRefundable
	}
	if err := lockOrder(tx, p); err != nil {
		return p, err
	}
	if p, err = load(tx, id, true); err == nil && p.State != Captured {
		err = ErrNotRefundable
	}
	return p, err
}

// unique refuses a chargeback that stands for another payment, and gives up what waited for this one in vain.
func (r RefundRequest) unique(tx *scope.Tx) error {
	if r.kind == ByThem {
		taken, err := charged(tx, r.Reference, r.PaymentID)
		if err == nil && taken {
			err = ErrRefundReference.On("reference")
		}
		if err != nil {
			return err
		}
	}
	return lapse(tx, r.PaymentID)
}

func (r RefundRequest) rows(tx *scope.Tx, p Payment, chosen []Refundable, amounts []money.Rial) []Refund {
	var group uuid.UUID // the first refund's id
	made := make([]Refund, len(chosen))
	for i, f := range chosen {
		id := tx.NewID()
		if i == 0 || tx.Scope.Kind() == scope.KindOffice { // which asks each city by itself
			group = id
		}
		made[i] = Refund{MunicipalityID: f.MunicipalityID, ID: id, GroupID: group, PaymentID: p.ID, BillID: f.BillID, OfficeID: p.OfficeID, Kind: r.kind, Amount: amounts[i],
			State: RefundWaiting, Reason: r.Reason, PayerIBAN: r.IBAN, RequestedBy: tx.Actor.ID, RequestedAt: tx.Now, ExpiresAt: tx.Now.Add(refundLife), Reference: r.Reference}
	}
	return made
}

// decideRefund grants a request at once, or leaves it to a second person: of the city, of the platform, or of each city that an office asks.
func (s *Service) decideRefund(tx *scope.Tx, p Payment, made []Refund) ([]Refund, error) {
	if tx.Scope.Kind() != scope.KindOffice {
		alone, err := withoutSecond(tx, made)
		if err != nil {
			return nil, err
		}
		if alone {
			return made, tx.As(scope.Platform(), func() error { return s.grant(tx, p, made, uuid.Nil) })
		}
		return made, leaveRefund(tx, made, tx.Scope)
	}
	for i := range made {
		if err := leaveRefund(tx, made[i:i+1], scope.Municipality(made[i].MunicipalityID)); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// leaveRefund leaves one request to a second person of a home.
func leaveRefund(tx *scope.Tx, rows []Refund, home scope.Scope) error {
	if err := tx.As(scope.Platform(), func() error { return openRefund(tx, rows, home) }); err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: "refund.requested", TargetKind: "payment", TargetID: rows[0].PaymentID.String(), Municipality: home.MunicipalityID(),
		Details: map[string]any{"refund": rows[0].GroupID, "amount_rial": sumOf(rows), "approval": rows[0].ApprovalID, "kind": rows[0].Kind}})
}

// withoutSecond tells whether whoever asks may grant it alone: what would have gone back of the payment with it, in parts or bill by bill, as far as their home sees it, is
// not above the threshold, and it is no chargeback.
func withoutSecond(tx *scope.Tx, made []Refund) (bool, error) {
	limit, err := threshold(tx, tx.Scope.MunicipalityID())
	if err != nil {
		return false, err
	}
	sum, err := askedOf(tx, made[0].PaymentID)
	return made[0].Kind == ByUs && sum <= limit, err
}

// openRefund opens the approval of one request, in the platform's scope, for the home that decides.
func openRefund(tx *scope.Tx, rows []Refund, home scope.Scope) error {
	sum := sumOf(rows)
	said := map[RefundKind]fault.Text{ByUs: {FA: "استرداد %d ریال از پرداخت %s", EN: "Refund of %d rial of payment %s"},
		ByThem: {FA: "برگشت %d ریال از پرداخت %s به خواست بانک پرداخت‌کننده", EN: "Chargeback of %d rial of payment %s"}}[rows[0].Kind]
	payment := rows[0].PaymentID
	asked, err := approvals.Open(tx, approvals.Request{Target: approvals.Target{Kind: approvals.Refund, ID: rows[0].GroupID.String(), In: home},
		Summary: fault.Text{FA: fmt.Sprintf(said.FA, sum, payment), EN: fmt.Sprintf(said.EN, sum, payment)},
		Payload: map[string]any{"refund": rows[0].GroupID, "payment": payment, "kind": rows[0].Kind, "amount_rial": sum, "reference": rows[0].Reference}, Reason: rows[0].Reason, Life: refundLife})
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].ApprovalID = asked.ID
		if err := saveRefund(tx, rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// asking is what an approval of a refund says that it lets go.
type asking struct {
	Refund  uuid.UUID  `json:"refund"` // the request
	Payment uuid.UUID  `json:"payment"`
	Amount  money.Rial `json:"amount_rial"`
}

// refundOf is the request that an approval is about.
func refundOf(tx *scope.Tx, a approvals.Approval) (of asking, rows []Refund, err error) {
	if err := json.Unmarshal(a.Payload, &of); err != nil {
		return of, nil, fmt.Errorf("read request of a refund: %w", err)
	}
	if rows, err = groupOf(tx, of.Refund, false); err == nil && len(rows) == 0 {
		err = ErrRefundUnknown
	}
	return of, rows, err
}

// fits tells whether refunds are those that somebody was asked about, and wait: of the one payment and office, of the home that decides, and no more of them.
func (of asking) fits(rows []Refund, home int) bool {
	for _, row := range rows {
		ours := home == ledger.Platform || row.MunicipalityID == home
		if row.State != RefundWaiting || row.PaymentID != of.Payment || row.OfficeID != rows[0].OfficeID || !ours {
			return false
		}
	}
	return sumOf(rows) == of.Amount
}

// RefundApproved grants an approved refund, in the transaction of the decision: it is the approvals.Execute of approvals.Refund. What has gone back meanwhile is looked at
// again. Errors: refund_state, refund_available_changed, payment_not_refundable.
func (s *Service) RefundApproved(tx *scope.Tx, a approvals.Approval) error {
	return tx.As(scope.Platform(), func() error {
		of, _, err := refundOf(tx, a)
		if err != nil {
			return err
		}
		p, err := holdCaptured(tx, of.Payment)
		if err != nil {
			return err
		}
		rows, err := groupOf(tx, of.Refund, true)
		if err != nil {
			return err
		}
		if !of.fits(rows, a.In.MunicipalityID()) {
			return ErrRefundState
		}
		return s.grant(tx, p, rows, a.ID)
	})
}

// RefundRefused ends a refused refund.
func (s *Service) RefundRefused(tx *scope.Tx, a approvals.Approval) error {
	return tx.As(scope.Platform(), func() error {
		_, rows, err := refundOf(tx, a)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.State = RefundRefused; row.GrantedAt.IsZero() {
				if err := saveRefund(tx, row); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Refunds lists the refunds that a scope sees, the newest first: a city its own, an office those of its payments, the platform all.
func (s *Service) Refunds(ctx context.Context, in scope.Scope, q RefundQuery) (list []Refund, err error) {
	if q.Limit <= 0 || q.Limit > mostListed {
		q.Limit = mostListed
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = remarked(tx, q)
		return err
	})
	return list, err
}

// remarked lists refunds with what was said when they were refused.
func remarked(tx *scope.Tx, q RefundQuery) ([]Refund, error) {
	list, err := listRefunds(tx, q)
	if err != nil {
		return nil, err
	}
	return list, readRemarks(tx, list)
}

// RefundsOf lists the refunds of one payment that a scope sees, and what of its bills, and of the fee, can still be given back. Errors: payment_unknown.
func (s *Service) RefundsOf(ctx context.Context, in scope.Scope, payment uuid.UUID) (list []Refund, left []Refundable, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		if left, err = refundables(tx, payment); err != nil {
			return err
		}
		if len(left) == 0 {
			return ErrPaymentUnknown
		}
		list, err = remarked(tx, RefundQuery{Payment: payment, Limit: mostListed})
		return err
	})
	return list, left, err
}

// giveBackBill makes the dues of a bill owed again and ends the certificates over them.
func (s *Service) giveBackBill(tx *scope.Tx, p Payment, row Refund) error {
	if s.supersede == nil {
		return errNoSuperseder
	}
	returned, given, err := bills.GiveBack(tx, p.OrderID, row.MunicipalityID, row.BillID)
	if err != nil {
		return err
	}
	if !given {
		return ErrRefundState
	}
	return s.supersede(tx, returned.VehicleID, row.MunicipalityID, returned.Years)
}
