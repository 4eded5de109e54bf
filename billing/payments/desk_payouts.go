package payments

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// What paying out from the suspense desk refuses with.
var (
	ErrPayoutUnknown = fault.Define(fault.NotFound, "payout_unknown", "چنین پرداختی از میز مبالغ معلق خواسته نشده است.", "No such payout of the suspense desk is on record with you.")
	ErrPayoutPaid    = fault.Define(fault.Conflict, "payout_paid", "واریز این پول پیش‌تر گزارش شده است.", "This money was reported as transferred before.")
)

// Payout is money of an item of the suspense desk that two people gave back to whoever paid it, by a transfer of the platform's treasury.
type Payout struct {
	ID, ItemID uuid.UUID
	OfficeID   uuid.UUID // Nil: no office had a hand in it
	Provider   string    // over whom it came
	Reason     string    // of the item
	IBAN       string    // of the payer
	Amount     money.Rial
	AskedAt    time.Time
	PaidAt     time.Time // zero: it waits
	PaidBy     uuid.UUID // who reported it
	Reference  string    // the bank's number of the transfer
}

// PayoutQuery narrows a list of payouts. Zero fields narrow nothing.
type PayoutQuery struct {
	State  string    // "waiting", "paid"; "": both
	Before uuid.UUID // older than this one: the next page
	Limit  int       // 1–200; 0: 200
}

// treasury is, in the platform's books, the bank account that it gives other people's money back from.
const treasury ledger.Account = "bank:treasury"

// Payouts lists what the desk has given back, the newest first. It is the platform's alone.
func (s *Service) Payouts(ctx context.Context, in scope.Scope, q PayoutQuery) (list []Payout, err error) {
	if q.Limit <= 0 || q.Limit > mostListed {
		q.Limit = mostListed
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = listPayouts(tx, q)
		return err
	})
	return list, err
}

// PayoutPaid records that a payout was transferred, by the bank's number of the transfer, once per key. Errors: payout_unknown, payout_paid, refund_reference,
// refund_reference_taken.
func (s *Service) PayoutPaid(ctx context.Context, in scope.Scope, id uuid.UUID, reference string, key scope.Key) (paid Payout, err error) {
	if reference, err = transferNumber(reference); err != nil {
		return Payout{}, err
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		paid, err = scope.Once(tx, key, func() (Payout, error) { return payOutItem(tx, id, reference) })
		return err
	})
	return paid, err
}

func payOutItem(tx *scope.Tx, id uuid.UUID, reference string) (Payout, error) {
	p, err := aPayout(tx, id)
	switch {
	case err != nil:
		return Payout{}, err
	case !p.PaidAt.IsZero():
		return Payout{}, ErrPayoutPaid
	}
	if err := transferred(tx, reference); err != nil {
		return Payout{}, err
	}
	p.PaidAt, p.PaidBy, p.Reference = tx.Now, tx.Actor.ID, reference
	if err := savePayout(tx, p); err != nil {
		return Payout{}, err
	}
	err = ledger.Post(tx, ledger.Entry{MunicipalityID: ledger.Platform, Kind: "payout", SourceKind: "suspense", SourceID: p.ItemID, OfficeID: p.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.RefundsPayable, Amount: p.Amount}, {Account: treasury, Amount: -p.Amount}}})
	if err != nil {
		return Payout{}, err
	}
	return p, audit.Write(tx, audit.Record{Action: "suspense.paid_out", TargetKind: "suspense_item", TargetID: p.ItemID.String(),
		Details: map[string]any{"payout": p.ID, "amount_rial": p.Amount, "reference": reference}})
}

// transferNumber is a bank's number of a transfer as it is kept. Errors: refund_reference.
func transferNumber(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > 100 {
		return "", errRefundNumber.On("reference")
	}
	return text, nil
}
