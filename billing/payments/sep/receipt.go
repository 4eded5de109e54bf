package sep

import (
	"context"
	"strconv"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

const receiptPath = "/verifyTxnRandomSessionkey/api/v2/ipg/payment/receipt"

type receiptRequest struct {
	Token          string `json:"Token"`
	TerminalNumber int64  `json:"TerminalNumber"`
}

// receiptStatus is the pair that the manual prints for each state of a receipt; both halves must agree where both come.
type receiptStatus struct {
	status int64
	name   string
	state  gateway.State
}

// receiptStatuses is the status table of SEP IPG manual 4.1; 4 and 10 come from 3.1.
var receiptStatuses = []receiptStatus{
	{0, "InProgress", gateway.Pending},
	{1, "CanceledByUser", gateway.Cancelled},
	{2, "OK", gateway.Paid},
	{3, "Failed", gateway.Failed},
	{4, "SessionIsNull", gateway.Expired},
	{10, "TokenNotFound", gateway.NotFound},
}

// Inquire asks for the receipt of the sale's token; the reference is not needed. SEP answers it for 60 minutes after the token was created and only before a
// verify or reverse; otherwise NotFound, which then proves nothing. Paid still needs Verify.
func (a *Adapter) Inquire(ctx context.Context, _ string, sale gateway.Sale) (gateway.Answer, error) {
	token := sale.Token
	if !wellFormed(token, maxToken) {
		return gateway.Answer{}, &gateway.Invalid{Field: "token", Reason: "must be a token of this provider"}
	}
	answer, err := a.post(ctx, call{gateway.OpInquire, receiptPath}, receiptRequest{token, a.number})
	if err != nil {
		return gateway.Answer{}, err
	}
	failed, known := answer.flag("HasError")
	data, present := answer.child("Data")
	switch {
	case known && failed:
		return receiptError(answer)
	case known && present && answer.accepted():
		return receipt(answer, data, token)
	default:
		return gateway.Answer{}, answer.uncertain(gateway.OpInquire, "receipt without HasError or Data")
	}
}

func receiptError(answer reply) (gateway.Answer, error) {
	code := answer.code("ErrorCode")
	switch {
	case code == "404" || code == "10":
		return gateway.Answer{State: gateway.NotFound, Code: code}, nil
	case misconfigured(code):
		return gateway.Answer{}, answer.refusal(gateway.OpInquire, code, "ErrorMessage")
	default:
		return gateway.Answer{}, answer.uncertain(gateway.OpInquire, "receipt error that says nothing of the sale")
	}
}

func receipt(answer reply, data object, token string) (gateway.Answer, error) {
	uncertain := func(reason string) (gateway.Answer, error) {
		return gateway.Answer{}, answer.uncertain(gateway.OpInquire, reason)
	}
	if data.text("Token") != token {
		return uncertain("receipt of another token")
	}
	state, known := receiptState(data)
	if !known {
		return uncertain("receipt status unknown or contradictory")
	}
	result := gateway.Answer{State: state, MerchantReference: data.mark("ResNum"), Code: data.code("Status")}
	if terminal, known := data.number("TerminalId"); known {
		result.Terminal = strconv.FormatInt(terminal, 10)
	}
	if state != gateway.Paid {
		return result, nil
	}
	amount, _ := data.number("Amount")
	affective, _ := data.number("AffectiveAmount")
	result.Amount, result.Affective = money.Rial(amount), money.Rial(affective)
	result.Reference, result.RRN, result.TraceNo = data.mark("RefNum"), data.mark("Rrn"), data.mark("TraceNo")
	if amount <= 0 || affective <= 0 || result.Reference == "" {
		return uncertain("paid receipt without amounts or RefNum")
	}
	return result, nil
}

func receiptState(data object) (gateway.State, bool) {
	status, numbered := data.number("Status")
	name := plain(data.text("State"))
	for _, row := range receiptStatuses {
		byNumber, byName := status == row.status, name == plain(row.name)
		if (numbered && byNumber && (name == "" || byName)) || (!numbered && byName) {
			return row.state, true
		}
	}
	return "", false
}
