package gateway

import (
	"time"

	"mofasa/billing/money"
)

// State is what a provider says of a sale at the time of the answer.
type State string

// The states. Only Verified moves money for good; only Cancelled, Failed, Expired and Reversed say that none stays.
const (
	Pending   State = "pending"   // the payer has not decided yet
	Paid      State = "paid"      // the card was charged; without Verify the provider returns the money by itself
	Verified  State = "verified"  // claimed: the money stays
	Cancelled State = "cancelled" // the payer gave up
	Failed    State = "failed"    // the bank refused
	NotFound  State = "not_found" // the provider has no such sale, or no longer tells: proves nothing before every window has closed
	Expired   State = "expired"   // the window has closed without a claim; the provider returns what was charged
	Reversed  State = "reversed"  // the money went back to the payer
	Repeated  State = "repeated"  // asked before: verified only if our own row or the amounts in the answer say so
)

// Decides holds for states that say what became of a sale; in the others it may still change.
func (s State) Decides() bool { return s != "" && s != Pending && s != Paid && s != NotFound }

// Answer is the provider's word about one sale. Fields that the provider did not tell are zero. Every one of them is for
// the caller to compare with its own row before it believes the state; Matches does so. A provider that compares the amount by
// itself, or knows it by our number alone, tells none: its adapter fills in what was compared.
type Answer struct {
	State             State
	Reference         string     // the provider's unique number of the sale (SEP: RefNum, Zarinpal: authority, Mellat: SaleReferenceId)
	MerchantReference string     // our number, where the provider repeats it (SEP: ResNum)
	Terminal          string     // the terminal that took the sale
	Amount            money.Rial // what was asked of the gateway
	Affective         money.Rial // what the card was charged; equals Amount where the provider knows no discounts
	RRN               string     // retrieval reference number of the interbank switch
	TraceNo           string     // trace number of the acquirer (Zarinpal: ref_id)
	MaskedPAN         string     // first six and last four digits; never more
	PaidAt            time.Time  // UTC
	Code              string     // the provider's raw code, for the record
}

// Matches compares an answer with our own row: reference, terminal, amount and charged amount, and our own number where
// the provider repeats it. It returns nil or a *Mismatch. Without it a reference of a cheaper sale, or of another
// merchant, would pay an order.
func (a Answer) Matches(reference, terminal string, sale Sale) error {
	var fields []string
	differs := func(name string, different bool) {
		if different {
			fields = append(fields, name)
		}
	}
	differs("reference", a.Reference != reference)
	differs("terminal", a.Terminal != terminal)
	differs("amount", a.Amount != sale.Amount)
	differs("affective_amount", a.Affective != sale.Amount)
	differs("merchant_reference", a.MerchantReference != "" && a.MerchantReference != sale.MerchantReference)
	if fields == nil {
		return nil
	}
	return &Mismatch{Fields: fields}
}
