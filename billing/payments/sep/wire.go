package sep

import (
	"context"

	"mofasa/billing/payments/gateway"
)

type call struct {
	op   gateway.Operation
	path string
}

// reply is the decoded body of an answer that may be believed: HTTP 2xx, or a 4xx whose body carries SEP's own codes.
type reply struct {
	object
	status int
}

// post sends one call and never repeats it. Every failure is *gateway.Uncertain: once the request may have left, only
// the provider knows what it did.
func (a *Adapter) post(ctx context.Context, to call, body any) (reply, error) {
	request, err := gateway.JSONCall(to.op, to.path, body)
	if err != nil {
		return reply{}, err
	}
	status, raw, err := a.line.Post(ctx, request)
	if err != nil {
		return reply{}, err
	}
	answer, err := parseObject(raw)
	if err != nil {
		return reply{}, &gateway.Uncertain{Op: to.op, Status: status, Reason: "answer unreadable", Err: err}
	}
	return reply{answer, status}, nil
}

// accepted says that the HTTP status agrees with a success in the body.
func (r reply) accepted() bool { return r.status/100 == 2 }

// uncertain reports an answer that could be read but not believed.
func (r reply) uncertain(op gateway.Operation, reason string) error {
	code := r.code("ResultCode")
	if code == "" {
		code = r.code("ErrorCode")
	}
	return &gateway.Uncertain{Op: op, Status: r.status, Code: code, Reason: reason}
}

// refusal sorts a clear no into an alarm for the operator and a plain refusal; without a code it says nothing.
func (r reply) refusal(op gateway.Operation, code, wordsKey string) error {
	switch {
	case code == "":
		return r.uncertain(op, "refusal without a code")
	case misconfigured(code):
		return &gateway.Misconfigured{Op: op, Code: code, Text: r.words(wordsKey)}
	default:
		return &gateway.Refused{Op: op, Code: code, Text: r.words(wordsKey)}
	}
}
