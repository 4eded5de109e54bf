package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	defaultTimeout = 15 * time.Second
	// maxAnswer bounds an answer; the largest documented one is below 2 KiB.
	maxAnswer = 64 << 10
)

// Line is a provider's host, and the exchange of one call with it as every adapter needs it: sent once, bounded in time and size, and uncertain whenever the answer says
// nothing of the sale.
type Line struct {
	base    string
	client  *http.Client
	timeout time.Duration
}

// NewLine makes the line to an absolute base URL (IsHost). A nil client is a plain one, and redirects are never followed; a zero timeout is 15 s for one call.
func NewLine(base string, client *http.Client, timeout time.Duration) Line {
	if client == nil {
		client = &http.Client{}
	}
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return Line{base: strings.TrimRight(base, "/"), client: &own, timeout: timeout}
}

// IsHost holds for an absolute http or https URL without query and fragment.
func IsHost(base string) bool {
	u, err := url.Parse(base)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.RawQuery == "" && u.Fragment == ""
}

// Call is one POST.
type Call struct {
	Op      Operation
	Path    string // from the base URL
	Headers map[string]string
	Body    []byte
}

// JSONCall is a call with a JSON body and answer. HTML characters stay as they are. It fails for a body that cannot be encoded: nothing has left then.
func JSONCall(op Operation, path string, body any) (Call, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false) // addresses keep their & as the providers' samples print it
	if err := encoder.Encode(body); err != nil {
		return Call{}, &Uncertain{Op: op, Reason: "request not built", Err: err}
	}
	return Call{Op: op, Path: path, Headers: map[string]string{"Content-Type": "application/json", "Accept": "application/json"}, Body: bytes.TrimRight(buffer.Bytes(), "\n")}, nil
}

// Post sends a call and never repeats it. It gives the status, 2xx or 4xx, and the body of an answer of at most 64 KiB. Every failure is *Uncertain: once the request
// may have left, only the provider knows what it did.
func (l Line) Post(ctx context.Context, c Call) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	uncertain := func(status int, reason string, err error) (int, []byte, error) {
		return 0, nil, &Uncertain{Op: c.Op, Status: status, Reason: reason, Err: err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base+c.Path, bytes.NewReader(c.Body))
	if err != nil {
		return uncertain(0, "request not built", err)
	}
	for name, value := range c.Headers {
		request.Header.Set(name, value)
	}
	response, err := l.client.Do(request)
	if err != nil {
		return uncertain(0, "no answer", err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return uncertain(response.StatusCode, "answer broke off", err)
	case response.StatusCode/100 != 2 && response.StatusCode/100 != 4:
		return uncertain(response.StatusCode, "status says nothing of the sale", nil)
	case len(raw) > maxAnswer:
		return uncertain(response.StatusCode, "answer too large", nil)
	}
	return response.StatusCode, raw, nil
}
