package mellat

import (
	"context"

	"mofasa/billing/payments/gateway"
)

// Operations that take the sale: the order id twice, because the call may have one of its own, and the SaleReferenceId.
const (
	opVerify  = "bpVerifyRequest"
	opSettle  = "bpSettleRequest"
	opInquiry = "bpInquiryRequest"
	opReverse = "bpReversalRequest"
)

// sold is one sale that an operation of the port is about.
type sold struct {
	op               gateway.Operation
	order, reference int64
	answer           gateway.Answer // all but State and Code
}

// sale reads what identifies a sale. Mellat tells no amount: it knows the sale by the order id, for which it was given ours, and only if
// the SaleReferenceId belongs to it.
func (a *Adapter) sale(op gateway.Operation, reference string, row gateway.Sale) (sold, error) {
	number, err := saleOf(reference)
	if err != nil {
		return sold{}, err
	}
	order, err := orderOf(row.Token)
	if err != nil {
		return sold{}, err
	}
	return sold{op, order, number, gateway.Answer{Reference: reference, Terminal: a.Terminal(), Amount: row.Amount, Affective: row.Amount}}, nil
}

// code makes one call about a sale and gives the code that it answers.
func (a *Adapter) code(ctx context.Context, name string, s sold) (string, error) {
	text, err := a.ask(ctx, call{s.op, name, []parameter{
		{"orderId", decimal(s.order)}, {"saleOrderId", decimal(s.order)}, {"saleReferenceId", decimal(s.reference)},
	}})
	if err != nil {
		return "", err
	}
	code := codeOf(text)
	if code == "" {
		return "", &gateway.Uncertain{Op: s.op, Reason: "answer without a code"}
	}
	return code, nil
}

// in gives the answer in one state. Of a sale that Mellat does not find it told nothing.
func (s sold) in(state gateway.State, code string) gateway.Answer {
	answer := s.answer
	if state == gateway.NotFound || state == gateway.Cancelled {
		answer = gateway.Answer{}
	}
	answer.State, answer.Code = state, code
	return answer
}

// uncertain reports a code that could be read but not believed.
func (s sold) uncertain(code, reason string) error {
	return &gateway.Uncertain{Op: s.op, Code: code, Reason: reason}
}

// Inquire asks for a sale by bpInquiryRequest. Without a SaleReferenceId, which only the payer's return names, nothing can be asked and the
// answer is NotFound. A sale that is verified but not settled is Paid: its claim is still to be finished. What the inquiry answers is not
// listed in the manual; the codes are read by their meaning.
func (a *Adapter) Inquire(ctx context.Context, reference string, row gateway.Sale) (gateway.Answer, error) {
	if _, err := orderOf(row.Token); err != nil {
		return gateway.Answer{}, err
	}
	if reference == "" {
		return gateway.Answer{State: gateway.NotFound}, nil
	}
	s, err := a.sale(gateway.OpInquire, reference, row)
	if err != nil {
		return gateway.Answer{}, err
	}
	return a.inquire(ctx, s)
}

func (a *Adapter) inquire(ctx context.Context, s sold) (gateway.Answer, error) {
	code, err := a.code(ctx, opInquiry, s)
	if err != nil {
		return gateway.Answer{}, err
	}
	switch state := gateway.State(gateway.Meaning(Codes(), gateway.OpInquire, code)); state {
	case gateway.Paid, gateway.Verified, gateway.Reversed, gateway.NotFound, gateway.Cancelled:
		return s.in(state, code), nil
	}
	if gateway.Meaning(Codes(), gateway.OpInquire, code) == gateway.Misconfigures {
		return gateway.Answer{}, &gateway.Misconfigured{Op: s.op, Code: code}
	}
	return gateway.Answer{}, s.uncertain(code, "inquiry says nothing of the sale")
}

// Verify claims a paid sale: bpVerifyRequest, then bpSettleRequest. Verified means that both are done, Repeated that both had been. A call
// that was done before counts only after bpInquiryRequest has said so of this very sale. If the second call fails the answer is
// *gateway.Uncertain, and a repetition settles.
func (a *Adapter) Verify(ctx context.Context, reference string, row gateway.Sale) (gateway.Answer, error) {
	s, err := a.sale(gateway.OpVerify, reference, row)
	if err != nil {
		return gateway.Answer{}, err
	}
	code, err := a.code(ctx, opVerify, s)
	if err != nil {
		return gateway.Answer{}, err
	}
	switch outcome := gateway.Meaning(Codes(), gateway.OpVerify, code); outcome {
	case gateway.Outcome(gateway.Verified):
		return a.settle(ctx, s)
	case gateway.Compared:
		return a.resume(ctx, s, code)
	case gateway.Outcome(gateway.Reversed), gateway.Outcome(gateway.NotFound), gateway.Outcome(gateway.Cancelled):
		return s.in(gateway.State(outcome), code), nil
	}
	return gateway.Answer{}, failure(gateway.OpVerify, code)
}

// resume takes up a claim that Mellat calls done before: settled, it is repeated; verified alone, it is settled now.
func (a *Adapter) resume(ctx context.Context, s sold, code string) (gateway.Answer, error) {
	found, err := a.inquire(ctx, s)
	if err != nil {
		return gateway.Answer{}, err
	}
	switch {
	case found.State == gateway.Verified:
		return s.in(gateway.Repeated, code), nil
	case found.State == gateway.Reversed:
		return found, nil
	case found.State == gateway.Paid && verified(found.Code):
		return a.settle(ctx, s)
	}
	return gateway.Answer{}, s.uncertain(code, "called verified, but the inquiry does not say so")
}

// settle is the second half of the claim. Whatever keeps it from being done leaves the sale verified.
func (a *Adapter) settle(ctx context.Context, s sold) (gateway.Answer, error) {
	code, err := a.code(ctx, opSettle, s)
	if err != nil {
		return gateway.Answer{}, err
	}
	switch {
	case code == settledNow:
		return s.in(gateway.Verified, code), nil
	case code == settledBefore:
		return a.settledBefore(ctx, s)
	case code == reversedBefore:
		return s.in(gateway.Reversed, code), nil
	case gateway.Meaning(Codes(), gateway.OpVerify, code) == gateway.Misconfigures:
		return gateway.Answer{}, &gateway.Misconfigured{Op: s.op, Code: code}
	}
	return gateway.Answer{}, s.uncertain(code, "verified, but not settled")
}

// settledBefore believes "settled already" once the inquiry says it of this sale.
func (a *Adapter) settledBefore(ctx context.Context, s sold) (gateway.Answer, error) {
	found, err := a.inquire(ctx, s)
	if err != nil {
		return gateway.Answer{}, err
	}
	if found.State != gateway.Verified {
		return gateway.Answer{}, s.uncertain(settledBefore, "called settled, but the inquiry does not say so")
	}
	return s.in(gateway.Repeated, settledBefore), nil
}

// Reverse returns a sale that is verified and not settled yet (bpReversalRequest). A settled one is *gateway.Refused: its money is the
// city's and goes back by a refund.
func (a *Adapter) Reverse(ctx context.Context, reference string, row gateway.Sale) (gateway.Answer, error) {
	s, err := a.sale(gateway.OpReverse, reference, row)
	if err != nil {
		return gateway.Answer{}, err
	}
	code, err := a.code(ctx, opReverse, s)
	if err != nil {
		return gateway.Answer{}, err
	}
	switch state := gateway.State(gateway.Meaning(Codes(), gateway.OpReverse, code)); state {
	case gateway.Reversed, gateway.NotFound:
		return s.in(state, code), nil
	}
	return gateway.Answer{}, failure(gateway.OpReverse, code)
}
