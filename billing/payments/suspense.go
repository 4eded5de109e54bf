package payments

import (
	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// SourceKind says what stands in suspense.
type SourceKind string

// The kinds.
const (
	OfPayment  SourceKind = "payment"
	OfBankLine SourceKind = "bank_line"
	OfTopUp    SourceKind = "topup"
)

// Parked is money, or the word of it, that fits nothing and waits for a person.
type Parked struct {
	Source   SourceKind
	ID       uuid.UUID // of the source
	OfficeID uuid.UUID // Nil: no office had a hand in it
	Provider string
	Reason   string
	Amount   money.Rial // what a provider confirmed as ours; 0: nothing that we know of
	Bill     string     // the bill ID that a bank's line names: its city sees the item
	Said     map[string]any
}

// Park opens an item of the suspense desk and, where money is ours, posts it to the suspense account of the platform's books (I3).
func Park(tx *scope.Tx, it Parked) (uuid.UUID, error) {
	id, err := insertItem(tx, it)
	if err == nil {
		err = insertParts(tx, id, it)
	}
	if err != nil || it.Amount == 0 {
		return id, err
	}
	return id, ledger.Post(tx, it.entry(id))
}

func (it Parked) entry(item uuid.UUID) ledger.Entry {
	return ledger.Entry{MunicipalityID: ledger.Platform, Kind: "suspense", SourceKind: "suspense", SourceID: item, OfficeID: it.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.Receivable(it.Provider), Amount: it.Amount}, {Account: ledger.Suspense, Amount: -it.Amount}}}
}

// overheard takes a word that comes while people decide about a locked payment: they read it in the story, and money that it is the first to confirm stands in suspense from
// then on (I3).
func overheard(tx *scope.Tx, p Payment, v verdict) (Payment, error) {
	a, confirmed := v.answer, ours(p, v)
	if other := p.Reference != "" && a.Reference != "" && p.Reference != a.Reference; confirmed == 0 || other {
		return p, heard(tx, &p, v.said())
	}
	p.Reference, p.RRN, p.MaskedPAN = firstOf(p.Reference, a.Reference), firstOf(p.RRN, a.RRN), firstOf(p.MaskedPAN, a.MaskedPAN)
	if err := advance(tx, &p, Suspense, v.word()); err != nil {
		return p, err
	}
	item, first, err := confirmItem(tx, p.ID, confirmed)
	if err != nil || !first {
		return p, err
	}
	return p, ledger.Post(tx, Parked{OfficeID: p.OfficeID, Provider: p.Provider, Amount: confirmed}.entry(item))
}

// suspend parks a payment with what the provider said, for the people who decide, and raises the alarm.
func (s *Service) suspend(tx *scope.Tx, p Payment, on word, confirmed money.Rial) (Payment, error) {
	s.log.ErrorContext(tx.DB.Statement.Context, "payment in suspense", "payment", p.ID, "reason", p.Reason)
	if err := advance(tx, &p, Suspense, on); err != nil {
		return p, err
	}
	if _, err := Park(tx, Parked{Source: OfPayment, ID: p.ID, OfficeID: p.OfficeID, Provider: p.Provider, Reason: p.Reason, Amount: confirmed, Said: on.said}); err != nil {
		return p, err
	}
	return p, audit.Write(tx, audit.Record{Action: "payment.suspended", TargetKind: "payment", TargetID: p.ID.String(),
		Details: map[string]any{"reason": p.Reason, "said": on.said}})
}

// ours is how much of what the provider said is money that it keeps for us: only what was verified, and not what counts for another payment.
func ours(p Payment, v verdict) money.Rial {
	if v.reason == duplicateReference || v.answer.State != gateway.Verified && v.answer.State != gateway.Repeated {
		return 0
	}
	return firstRial(v.answer.Affective, firstRial(v.answer.Amount, p.Amount))
}
