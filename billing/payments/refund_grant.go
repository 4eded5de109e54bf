package payments

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/deposits"
	"mofasa/billing/ledger"
	"mofasa/tenants/audit"
	"mofasa/tenants/jobs"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// grant is the one transaction in which money is given back: what can still go, each city's books, a whole bill's dues and certificates, and the way of the money. The
// order and the payment are locked.
func (s *Service) grant(tx *scope.Tx, p Payment, rows []Refund, approval uuid.UUID) error {
	if err := holdVehicle(tx, p); err != nil { // a correction of these bills waits, or is seen
		return err
	}
	available, err := refundables(tx, p.ID)
	if err != nil {
		return err
	}
	channel, err := s.channelOf(tx, p, rows)
	if err != nil {
		return err
	}
	for i := range rows {
		row := &rows[i]
		row.State, row.Channel, row.GrantedAt, row.ApprovalID = RefundGranted, channel, tx.Now, approval
		if err := s.grantOne(tx, &p, row, available); err != nil {
			return err
		}
	}
	switch channel {
	case ByReversal:
		return jobs.Insert(tx, RefundReversal{rows[0].GroupID}, tx.Now)
	case ByPayout:
		return nil
	}
	return s.settleRefunds(tx, p, rows)
}

// holdVehicle makes corrections of tariffs about the dues of a payment's vehicle wait until the transaction has ended.
func holdVehicle(tx *scope.Tx, p Payment) error {
	order, err := bills.Lock(tx, p.OrderID)
	if err != nil {
		return err
	}
	if err := tx.NameVehicle(order.VehicleID); err != nil {
		return fmt.Errorf("name vehicle: %w", err)
	}
	return vehicles.HoldVehicle(tx)
}

func (s *Service) grantOne(tx *scope.Tx, p *Payment, row *Refund, available []Refundable) error {
	var of Refundable
	for _, f := range available {
		if f.MunicipalityID == row.MunicipalityID {
			of = f
		}
	}
	if open := of.open(row.Kind); row.Amount > open {
		return ErrAvailable.With("available_rial", int64(open))
	}
	if row.Whole = of.whole(row.Amount); row.Whole && of.demanded(row.Kind) {
		return ErrRefundCorrected.With("bill_id", row.BillID)
	}
	books, err := refundEntry(tx, *row)
	if err != nil {
		return err
	}
	if err := ledger.Post(tx, books); err != nil {
		return err
	}
	if row.Whole {
		if err := s.giveBackBill(tx, *p, *row); err != nil {
			return err
		}
	}
	if err := promise(tx, p, row.Amount); err != nil {
		return err
	}
	if err := saveRefund(tx, *row); err != nil {
		return err
	}
	return row.record(tx, "refund.granted")
}

func (r Refund) record(tx *scope.Tx, action string) error {
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "refund", TargetID: r.ID.String(), Municipality: r.MunicipalityID,
		Details: map[string]any{"payment": r.PaymentID, "bill": r.BillID, "amount_rial": r.Amount, "whole": r.Whole, "channel": r.Channel, "kind": r.Kind, "approval": r.ApprovalID}})
}

// channelOf is the way of the money back. A provider reverses a payment in whole alone, and inside its window; where nobody here knows the provider's window, whoever does
// the job will.
func (s *Service) channelOf(tx *scope.Tx, p Payment, rows []Refund) (Channel, error) {
	switch {
	case rows[0].Kind == ByThem:
		return ByTheirBank, nil
	case p.Method == ByDeposit:
		return BackToDeposit, nil
	case p.Method != ByGateway || sumOf(rows) != p.Amount || p.Reference == "":
		return ByPayout, nil
	case s.providers == nil:
		return ByReversal, nil
	}
	if window := s.reverseWindow(tx.DB.Statement.Context, &p); tx.Now.Before(p.CreatedAt.Add(window)) {
		return ByReversal, nil
	}
	return ByPayout, nil
}

// refundEntry is what a granted refund is in the books: what was earned, against what is to be given back.
func refundEntry(tx *scope.Tx, r Refund) (ledger.Entry, error) {
	stands, err := standing(tx, r)
	if err != nil {
		return ledger.Entry{}, err
	}
	postings, err := owedBack(stands, r.Amount)
	if err != nil {
		return ledger.Entry{}, err
	}
	return r.entry("refund", append(postings, ledger.Posting{Account: ledger.RefundsPayable, Amount: -r.Amount})...), nil
}

func (r Refund) entry(kind string, postings ...ledger.Posting) ledger.Entry {
	return ledger.Entry{MunicipalityID: r.MunicipalityID, Kind: kind, SourceKind: "refund", SourceID: r.ID, BillID: r.BillID, OfficeID: r.OfficeID, Postings: postings}
}

// settleRefunds posts that granted money has gone back, and with the last of it ends the payment. The order and the payment are locked.
func (s *Service) settleRefunds(tx *scope.Tx, p Payment, rows []Refund) error {
	for i := range rows {
		row := &rows[i]
		row.State, row.PaidAt = RefundPaid, tx.Now
		if tx.Actor.Kind == scope.ActorPerson {
			row.PaidBy = tx.Actor.ID
		}
		if err := row.settle(tx, p); err != nil {
			return err
		}
		if err := saveRefund(tx, *row); err != nil {
			return err
		}
		if err := row.record(tx, "refund.paid"); err != nil {
			return err
		}
	}
	waiting, ours, err := unpaidRefunds(tx, p.ID)
	if err != nil || waiting > 0 || p.Refunded != p.Amount {
		return err
	}
	to := Refunded
	if ours == 0 {
		to = Reversed
	}
	p.Reason = ""
	return advance(tx, &p, to, word{ByPerson, map[string]any{"refund": rows[0].GroupID.String()}})
}

// settle posts where the money of one refund went.
func (r Refund) settle(tx *scope.Tx, p Payment) error {
	to, err := r.from(p)
	if err != nil {
		return err
	}
	books := []ledger.Entry{r.entry("refund_paid", ledger.Posting{Account: ledger.RefundsPayable, Amount: r.Amount}, ledger.Posting{Account: to, Amount: -r.Amount})}
	if r.Channel == BackToDeposit {
		if _, err := deposits.Apply(tx, p.OfficeID, deposits.Refund, r.Amount, deposits.Source{Kind: "refund", ID: r.ID}); err != nil {
			return err
		}
		if r.BillID != uuid.Nil {
			back := r.entry("refund_deposit", ledger.Posting{Account: ledger.CityPayable(r.MunicipalityID), Amount: r.Amount}, ledger.Posting{Account: ledger.Deposit(p.OfficeID), Amount: -r.Amount})
			back.MunicipalityID = ledger.Platform
			books = append(books, back)
		}
	}
	return ledger.Post(tx, books...)
}

var errNoPart = errors.New("payments: a refund of no part of its payment")

// from is the account that the money leaves: what the provider owes, where it takes the money back by itself; otherwise the account that got the most of the bill.
func (r Refund) from(p Payment) (ledger.Account, error) {
	fee := r.BillID == uuid.Nil
	switch {
	case r.Channel == ByReversal:
		return ledger.Receivable(p.Provider), nil
	case r.Channel == BackToDeposit && fee:
		return ledger.Deposit(p.OfficeID), nil
	case r.Channel == BackToDeposit:
		return ledger.Receivable(Prepaid), nil
	case fee && p.Fee != nil:
		return ledger.Bank(p.Fee.IBAN), nil
	}
	var most Part
	for _, part := range p.Parts {
		if part.BillID == r.BillID && part.Amount > most.Amount {
			most = part
		}
	}
	if most.IBAN == "" {
		return "", errNoPart
	}
	return ledger.Bank(most.IBAN), nil
}
