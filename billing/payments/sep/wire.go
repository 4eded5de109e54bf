package sep

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"mofasa/billing/payments/gateway"
)

// maxAnswer bounds an answer; the largest documented one is below 2 KiB.
const maxAnswer = 64 << 10

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
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	request, err := a.request(ctx, to.path, body)
	if err != nil {
		return reply{}, fmt.Errorf("sep: build %s request: %w", to.op, err)
	}
	response, err := a.client.Do(request)
	if err != nil {
		return reply{}, &gateway.Uncertain{Op: to.op, Reason: "no answer", Err: err}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return reply{}, &gateway.Uncertain{Op: to.op, Status: response.StatusCode, Reason: "answer broke off", Err: err}
	}
	return read(to.op, response.StatusCode, raw)
}

func (a *Adapter) request(ctx context.Context, path string, body any) (*http.Request, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false) // RedirectUrl keeps its & as SEP's samples print it
	if err := encoder.Encode(body); err != nil {
		return nil, err
	}
	payload := bytes.TrimRight(buffer.Bytes(), "\n")
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+path, bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	return request, nil
}

func read(op gateway.Operation, status int, raw []byte) (reply, error) {
	uncertain := func(reason string, err error) (reply, error) {
		return reply{}, &gateway.Uncertain{Op: op, Status: status, Reason: reason, Err: err}
	}
	believable := status/100 == 2 || status/100 == 4
	if !believable {
		return uncertain("status says nothing of the sale", nil)
	}
	if len(raw) > maxAnswer {
		return uncertain("answer too large", nil)
	}
	body, err := parseObject(raw)
	if err != nil {
		return uncertain("answer unreadable", err)
	}
	return reply{body, status}, nil
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
