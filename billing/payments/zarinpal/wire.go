package zarinpal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

// scalar is a string or a number as text: Zarinpal's samples write codes both ways. Anything else is "".
type scalar string

// UnmarshalJSON reads a string or a number, and takes anything else for untold.
func (s *scalar) UnmarshalJSON(raw []byte) error {
	var text string
	var number json.Number
	switch {
	case json.Unmarshal(raw, &text) == nil:
		*s = scalar(strings.TrimSpace(text))
	case json.Unmarshal(raw, &number) == nil:
		*s = scalar(number)
	}
	return nil
}

// members are what an answer can carry, in data or in errors.
type members struct {
	Code      scalar `json:"code"`
	Message   scalar `json:"message"`
	Authority scalar `json:"authority"`
	RefID     scalar `json:"ref_id"`
	CardPAN   scalar `json:"card_pan"`
	Status    scalar `json:"status"`
	Amount    scalar `json:"amount"`
}

type call struct {
	op   gateway.Operation
	path string
}

// reply is an answer whose code could be read.
type reply struct {
	members
	op      gateway.Operation // that the caller asked for
	meaning gateway.Operation // by which the code is read
	code    string
	status  int
}

// post sends one call and never repeats it. Every failure is *gateway.Uncertain: once the request may have left, only the provider knows
// what it did.
func (a *Adapter) post(ctx context.Context, to call, body any) (reply, error) {
	request, err := gateway.JSONCall(to.op, to.path, body)
	if err != nil {
		return reply{}, err
	}
	status, raw, err := a.line.Post(ctx, request)
	if err != nil {
		return reply{}, err
	}
	return read(to.op, status, raw)
}

var errAnswer = errors.New("zarinpal: not the documented envelope")

// read finds the one code of an answer: in data where the call succeeded, in errors where it did not. The HTTP status of an error is not
// documented, so 4xx is read like 2xx; but no success comes with it.
func read(op gateway.Operation, status int, raw []byte) (reply, error) {
	uncertain := func(reason string, err error) (reply, error) {
		return reply{}, &gateway.Uncertain{Op: op, Status: status, Reason: reason, Err: err}
	}
	var envelope struct{ Data, Errors json.RawMessage }
	if json.Unmarshal(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), &envelope) != nil {
		return uncertain("answer unreadable", errAnswer)
	}
	data, failed := object(envelope.Data), object(envelope.Errors)
	answer := reply{members: data, op: op, meaning: op, status: status, code: code(data.Code)}
	if failed != (members{}) {
		answer.members, answer.code = failed, code(failed.Code)
	}
	success := answer.code == "100" || answer.code == "101"
	switch {
	case failed != (members{}) && (data != (members{}) || success), success && status/100 != 2:
		return uncertain("answer contradicts itself", nil)
	case answer.code == "":
		return uncertain("answer without a code", nil)
	}
	return answer, nil
}

// object reads an object, or the first of an array of objects; an empty array, null and anything else tell nothing.
func object(raw json.RawMessage) members {
	var one members
	if json.Unmarshal(raw, &one) == nil {
		return one
	}
	var many []members
	if json.Unmarshal(raw, &many) == nil && len(many) > 0 {
		return many[0]
	}
	return members{}
}

var codeForm = regexp.MustCompile(`^-?[0-9]{1,6}$`)

// code is a short whole number; "" for anything else, so that nothing longer than a code reaches an error text.
func code(text scalar) string {
	if !codeForm.MatchString(string(text)) {
		return ""
	}
	return string(text)
}

func (r reply) outcome() gateway.Outcome { return gateway.Meaning(Codes(), r.meaning, r.code) }

// failure is the error that a code without a state stands for.
func (r reply) failure() error {
	switch r.outcome() {
	case gateway.IsRefused:
		return r.refused()
	case gateway.Misconfigures:
		return &gateway.Misconfigured{Op: r.op, Code: r.code, Text: words(r.Message)}
	}
	return r.uncertain("code without a documented meaning here")
}

func (r reply) refused() error {
	return &gateway.Refused{Op: r.op, Code: r.code, Text: words(r.Message)}
}

func (r reply) uncertain(reason string) error {
	return &gateway.Uncertain{Op: r.op, Status: r.status, Code: r.code, Reason: reason}
}

// words is the provider's sentence, fit for a record: printable and bounded.
func words(text scalar) string {
	const longest = 200
	var words []rune
	for _, r := range string(text) {
		if unicode.IsPrint(r) && len(words) < longest {
			words = append(words, r)
		}
	}
	return string(words)
}

var markForm = regexp.MustCompile(`^[!-~]{1,64}$`)

// mark is a text that may be stored as a number of the sale: short printable ASCII, otherwise "".
func mark(text scalar) string {
	if !markForm.MatchString(string(text)) {
		return ""
	}
	return string(text)
}

// mask keeps the first six and last four characters whatever the provider sends: a whole card number is never kept.
func mask(pan string) string {
	const shown, head, tail = 10, 6, 4
	if len(pan) <= shown {
		return strings.Repeat("*", len(pan))
	}
	return pan[:head] + strings.Repeat("*", len(pan)-shown) + pan[len(pan)-tail:]
}

func rial(text scalar) (money.Rial, bool) {
	amount, err := strconv.ParseInt(string(text), 10, 64)
	return money.Rial(amount), err == nil && amount > 0
}
