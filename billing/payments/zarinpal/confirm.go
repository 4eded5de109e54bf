package zarinpal

import (
	"context"

	"mofasa/billing/payments/gateway"
)

const (
	verifyPath  = "/pg/v4/payment/verify.json"
	inquiryPath = "/pg/v4/payment/inquiry.json"
	reversePath = "/pg/v4/payment/reverse.json"
)

type verifyRequest struct {
	MerchantID string `json:"merchant_id"`
	Amount     int64  `json:"amount"`
	Authority  string `json:"authority"`
}

type authorityRequest struct {
	MerchantID string `json:"merchant_id"`
	Authority  string `json:"authority"`
}

// Inquire asks for the status of an authority (inquiry.json). The answer seldom tells an amount: the authority was issued for ours, and
// Verify compares it again.
func (a *Adapter) Inquire(ctx context.Context, _ string, sale gateway.Sale) (gateway.Answer, error) {
	return a.inquire(ctx, gateway.OpInquire, sale.Token, sale)
}

func (a *Adapter) inquire(ctx context.Context, op gateway.Operation, authority string, sale gateway.Sale) (gateway.Answer, error) {
	if !authorityForm.MatchString(authority) {
		return gateway.Answer{}, &gateway.Invalid{Field: "token", Reason: "must be an authority of this provider"}
	}
	answer, err := a.post(ctx, call{op, inquiryPath}, authorityRequest{a.config.MerchantID.Reveal(), authority})
	if err != nil {
		return gateway.Answer{}, err
	}
	answer.meaning = gateway.OpInquire
	switch answer.outcome() {
	case gateway.Outcome(gateway.NotFound):
		return gateway.Answer{State: gateway.NotFound, Code: answer.code}, nil
	case told:
	default:
		return gateway.Answer{}, answer.failure()
	}
	state := stateOf(string(answer.Status))
	if state == "" {
		return gateway.Answer{}, answer.uncertain("status unknown")
	}
	return a.told(answer, state, authority, sale)
}

// stateOf reads the statuses of inquiry.json; "" for any other.
func stateOf(status string) gateway.State {
	switch status {
	case "VERIFIED":
		return gateway.Verified
	case "PAID":
		return gateway.Paid
	case "IN_BANK":
		return gateway.Pending
	case "FAILED":
		return gateway.Failed
	case "REVERSED":
		return gateway.Reversed
	}
	return ""
}

// told fills in what Zarinpal compared: the merchant and, where the answer tells no other, the amount.
func (a *Adapter) told(answer reply, state gateway.State, authority string, sale gateway.Sale) (gateway.Answer, error) {
	result := gateway.Answer{State: state, Terminal: a.config.TerminalID, Code: answer.code, TraceNo: mark(answer.RefID), MaskedPAN: mask(mark(answer.CardPAN))}
	if state != gateway.Paid && state != gateway.Verified && state != gateway.Repeated && state != gateway.Reversed {
		return result, nil
	}
	result.Reference, result.Amount = authority, sale.Amount
	if answer.Amount != "" {
		amount, ok := rial(answer.Amount)
		if !ok {
			return gateway.Answer{}, answer.uncertain("amount unreadable")
		}
		result.Amount = amount
	}
	result.Affective = result.Amount
	return result, nil
}

// Verify claims a paid sale (verify.json); the reference is the authority. Zarinpal compares the amount: another is *gateway.Refused with
// -50. A repetition is Repeated (101). Where Zarinpal says "not paid" the status tells why.
func (a *Adapter) Verify(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	if err := check(reference, sale); err != nil {
		return gateway.Answer{}, err
	}
	answer, err := a.post(ctx, call{gateway.OpVerify, verifyPath}, verifyRequest{a.config.MerchantID.Reveal(), int64(sale.Amount), reference})
	if err != nil {
		return gateway.Answer{}, err
	}
	switch outcome := answer.outcome(); outcome {
	case gateway.Outcome(gateway.Verified), gateway.Outcome(gateway.Repeated):
		if mark(answer.RefID) == "" {
			return gateway.Answer{}, answer.uncertain("success without a ref_id")
		}
		return a.told(answer, gateway.State(outcome), reference, sale)
	case gateway.Outcome(gateway.NotFound):
		return gateway.Answer{State: gateway.NotFound, Code: answer.code}, nil
	case gateway.Compared:
		return a.compare(ctx, answer, sale, reference)
	}
	return gateway.Answer{}, answer.failure()
}

// Reverse returns a verified sale (reverse.json), inside 30 minutes. "Not successful or already reversed" is one code: the status tells
// which, and only a reversed sale answers Reversed.
func (a *Adapter) Reverse(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	if err := check(reference, sale); err != nil {
		return gateway.Answer{}, err
	}
	answer, err := a.post(ctx, call{gateway.OpReverse, reversePath}, authorityRequest{a.config.MerchantID.Reveal(), reference})
	if err != nil {
		return gateway.Answer{}, err
	}
	switch answer.outcome() {
	case gateway.Outcome(gateway.Reversed):
		return a.told(answer, gateway.Reversed, reference, sale)
	case gateway.Outcome(gateway.NotFound):
		return gateway.Answer{State: gateway.NotFound, Code: answer.code}, nil
	case gateway.Compared:
		return a.compare(ctx, answer, sale, reference)
	}
	return gateway.Answer{}, answer.failure()
}

// compare asks for the status behind a code that has two meanings. A status that contradicts the code settles nothing.
func (a *Adapter) compare(ctx context.Context, answer reply, sale gateway.Sale, authority string) (gateway.Answer, error) {
	status, err := a.inquire(ctx, answer.op, authority, sale)
	if err != nil {
		return gateway.Answer{}, err
	}
	status.Code = answer.code
	claimed := status.State == gateway.Verified || status.State == gateway.Paid
	switch {
	case answer.op == gateway.OpVerify && claimed:
		return gateway.Answer{}, answer.uncertain("called unpaid, but the status says paid")
	case answer.op == gateway.OpReverse && status.State != gateway.Reversed:
		return gateway.Answer{}, answer.refused()
	}
	return status, nil
}

func check(reference string, sale gateway.Sale) error {
	if !authorityForm.MatchString(reference) {
		return &gateway.Invalid{Field: "reference", Reason: "must be an authority of this provider"}
	}
	if sale.Amount <= 0 {
		return &gateway.Invalid{Field: "amount", Reason: "must be positive"}
	}
	return nil
}
