package sales

import (
	"slices"
	"strings"
	"time"

	"mofasa/billing/money"
	"mofasa/billing/payments/pcpos"
)

const referenceDigits = 12

// judgeResponse completes an outcome by the terminal's own answer. It decides only what the answer makes certain: 00 with a reference is charged, and approved with the
// ordered amount alone; a refusal of the issuer without a reference is declined; everything else is for a search.
func judgeResponse(o pcpos.Outcome, order pcpos.SaleOrder, r pcpos.Response) (pcpos.Outcome, bool) {
	o.Evidence, o.Code, o.Terminal, o.TransactionNo, o.MaskedPAN, o.PaidAt = pcpos.ByResponse, r.Code, r.Terminal, r.TransactionNo, r.MaskedPAN, r.At
	paid := len(r.RRN) == referenceDigits && strings.Trim(r.RRN, "0") != ""
	verdict := pcpos.Lookup(r.Code).Verdict
	switch {
	case r.Processing != pcpos.SaleCode:
		return o, false
	case verdict == pcpos.Charged && paid && r.Amount > 0:
		return charged(o, order, r.RRN, r.Amount), true
	case verdict == pcpos.Declined && !paid && (r.Amount == order.Amount || r.Amount == 0):
		o.State = pcpos.StateDeclined
		return o, true
	}
	return o, false
}

// charged is approved where the amount, and the terminal if the order names one, are those of the order; else a mismatch.
func charged(o pcpos.Outcome, order pcpos.SaleOrder, rrn string, amount money.Rial) pcpos.Outcome {
	o.State, o.RRN, o.Charged = pcpos.StateApproved, rrn, amount
	if amount != order.Amount || order.Terminal != "" && o.Terminal != "" && o.Terminal != order.Terminal {
		o.State = pcpos.StateMismatch
	}
	return o
}

// judgeRecords completes an outcome by what the terminal remembers under the order number, newest first. More than one payment is a mismatch over their sum.
func judgeRecords(o pcpos.Outcome, order pcpos.SaleOrder, records []pcpos.Record) (pcpos.Outcome, bool) {
	paid := slices.DeleteFunc(slices.Clone(records), func(r pcpos.Record) bool { return !r.Paid() })
	if len(paid) == 0 {
		newest := records[0]
		o.State, o.Code, o.TransactionNo, o.MaskedPAN = pcpos.StateDeclined, newest.Code, newest.TransactionNo, newest.MaskedPAN
		return o, newest.Code != pcpos.Paid
	}
	newest := paid[0]
	o.Code, o.TransactionNo, o.MaskedPAN, o.PaidAt = newest.Code, newest.TransactionNo, newest.MaskedPAN, newest.At
	var sum money.Rial
	for _, r := range paid {
		sum += r.Amount // twelve digits each, twelve records at most
	}
	return charged(o, order, newest.RRN, sum), sum > 0
}

// clockSlack is how far the clocks of the terminal and of the PC may differ.
const clockSlack = 2 * time.Minute

// guess finds the one paid sale of this amount at this time whose reference no other attempt has; not one more, not one less.
func guess(order pcpos.SaleOrder, sentAt time.Time, longest time.Duration, records []pcpos.Record, taken []string) (pcpos.Record, bool) {
	from, to := sentAt.Add(-clockSlack), sentAt.Add(longest+clockSlack)
	candidates := slices.DeleteFunc(slices.Clone(records), func(r pcpos.Record) bool {
		fits := r.Paid() && r.Type == pcpos.SaleRecord && r.Amount == order.Amount && !r.At.Before(from) && !r.At.After(to)
		return !fits || slices.Contains(taken, r.RRN)
	})
	if len(candidates) != 1 {
		return pcpos.Record{}, false
	}
	return candidates[0], true
}
