package sep

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

const (
	verifyPath  = "/verifyTxnRandomSessionkey/ipg/VerifyTransaction"
	reversePath = "/verifyTxnRandomSessionkey/ipg/ReverseTransaction"
)

// confirmation is what tells VerifyTransaction and ReverseTransaction apart: both take and answer the same fields.
type confirmation struct {
	call
	state func(code string) gateway.State // what a ResultCode says of the sale, "" where it says nothing
	late  string                          // the ResultCode that declines and leaves the sale as it is
}

func verification() confirmation {
	return confirmation{call: call{gateway.OpVerify, verifyPath}, state: verifyState}
}

// reversal: a late one has no documented code; -6 is the manual's "too late" and cannot mean here that the money returned.
func reversal() confirmation {
	return confirmation{call: call{gateway.OpReverse, reversePath}, state: reverseState, late: "-6"}
}

// verifyState is the ResultCode table of SEP IPG manual 4.1 for VerifyTransaction.
func verifyState(code string) gateway.State {
	switch code {
	case "0":
		return gateway.Verified
	case "2":
		return gateway.Repeated
	case "-2":
		return gateway.NotFound
	case "-6":
		return gateway.Expired
	case "5":
		return gateway.Reversed
	default:
		return ""
	}
}

// reverseState is the same table for ReverseTransaction, where a repetition finds the money returned already.
func reverseState(code string) gateway.State {
	switch code {
	case "0", "2", "5":
		return gateway.Reversed
	case "-2":
		return gateway.NotFound
	default:
		return ""
	}
}

// misconfigured says that a code blames the terminal or our address: 8, 12 and 20 of token and receipt, the others of
// verify and reverse (SEP IPG manual 4.1).
func misconfigured(code string) bool {
	switch code {
	case "8", "12", "20", "-104", "-105", "-106":
		return true
	default:
		return false
	}
}

type confirmRequest struct {
	RefNum         string `json:"RefNum"`
	TerminalNumber int64  `json:"TerminalNumber"`
}

func (a *Adapter) confirm(ctx context.Context, kind confirmation, reference string) (gateway.Answer, error) {
	if !wellFormed(reference, maxRefNum) {
		return gateway.Answer{}, &gateway.Invalid{Field: "reference", Reason: "must be a RefNum of at most 50 characters"}
	}
	answer, err := a.post(ctx, kind.call, confirmRequest{reference, a.number})
	if err != nil {
		return gateway.Answer{}, err
	}
	code := answer.code("ResultCode")
	if code == "" {
		return gateway.Answer{}, answer.uncertain(kind.op, "no ResultCode")
	}
	if misconfigured(code) || code == kind.late {
		return gateway.Answer{}, answer.refusal(kind.op, code, "ResultDescription")
	}
	state := kind.state(code)
	if state == "" {
		return gateway.Answer{}, answer.uncertain(kind.op, "ResultCode without a documented meaning")
	}
	return confirmed(answer, kind.op, state)
}

// confirmed reads the detail. A success that contradicts itself, or a verification that does not say how much was taken
// from whom, cannot be compared with our row and therefore settles nothing.
func confirmed(answer reply, op gateway.Operation, state gateway.State) (gateway.Answer, error) {
	detail, told := answer.child("TransactionDetail")
	result := transaction(detail)
	result.State, result.Code = state, answer.code("ResultCode")
	if result.Code != "0" {
		return result, nil
	}
	if success, known := answer.flag("Success"); (known && !success) || !answer.accepted() {
		return gateway.Answer{}, answer.uncertain(op, "ResultCode 0 with Success false or an HTTP error")
	}
	complete := told && result.Reference != "" && result.Terminal != "" && result.Amount > 0 && result.Affective > 0
	if state == gateway.Verified && !complete {
		return gateway.Answer{}, answer.uncertain(op, "ResultCode 0 without a complete detail")
	}
	return result, nil
}

// transaction reads TransactionDetail, whose misspelt keys are SEP's own; their right spelling is accepted, too.
func transaction(detail object) gateway.Answer {
	result := gateway.Answer{
		Reference: detail.mark("RefNum"),
		RRN:       detail.mark("RRN"),
		TraceNo:   cmp.Or(detail.mark("StraceNo"), detail.mark("TraceNo")),
		MaskedPAN: mask(detail.mark("MaskedPan")),
		PaidAt:    localTime(cmp.Or(detail.text("StraceDate"), detail.text("TraceDate"))),
	}
	if terminal, known := detail.number("TerminalNumber"); known {
		result.Terminal = strconv.FormatInt(terminal, 10)
	}
	amount, known := detail.number("OrginalAmount")
	if !known {
		amount, _ = detail.number("OriginalAmount")
	}
	affective, _ := detail.number("AffectiveAmount")
	result.Amount, result.Affective = money.Rial(amount), money.Rial(affective)
	return result
}

// mask keeps the first six and last four characters whatever the provider sends: a whole card number is never kept.
func mask(pan string) string {
	const shown, head, tail = 10, 6, 4
	if len(pan) <= shown {
		return strings.Repeat("*", len(pan))
	}
	return pan[:head] + strings.Repeat("*", len(pan)-shown) + pan[len(pan)-tail:]
}

// localTime reads a time of day in Iran, UTC+03:30 all year since 1402; zero where there is none.
func localTime(text string) time.Time {
	const offset = 3*60*60 + 30*60
	at, err := time.ParseInLocation(time.DateTime, text, time.FixedZone("IRST", offset))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
