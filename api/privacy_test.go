package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/api"
	"mofasa/api/apitest"
)

// secrets are what no log line may hold, in the writings that clerks use.
var secrets = []string{
	apitest.Plate, "۱۲ب۱۴۵۴۷", "12 ب 145 ایران 47", "12ب145-47", "34D21511", "12الف14547", "121-45478", "12145478",
	apitest.VIN, strings.ToLower(apitest.VIN), "0499370899", "10100387143", "IR820540102680020817909002", "6219861034529007",
	"09121234567", "+989121234567", "00989121234567", "989121234567", "۰۹۱۲۱۲۳۴۵۶۷", "0912 123 4567", "+98 912 123 4567",
}

// ownerName is what no filter could find in a log line, so that nothing may write it there.
const ownerName = "علی‌رضا موسوی"

// TestLogsHoldNoPersonalData feeds plates, VINs, IDs and tokens through every endpoint, in every place that a caller controls, and searches the logs (I6).
func TestLogsHoldNoPersonalData(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	payment := c.Pay(order.Id)
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, nil)
	people := crew(s)
	for _, secret := range append(secrets, c.Token, ownerName) {
		for _, o := range operations(t) {
			path := o.path
			for _, name := range o.pathParameters() {
				path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(secret))
			}
			holder := people[o.holder(t).username]
			for _, address := range []string{path, o.url()} { // the second passes the contract, so that the body is read
				holder.Do(o.method, address+"?Token="+url.QueryEscape(secret)+"&q="+url.QueryEscape(secret), fed(o, secret), "Idempotency-Key", uuid.NewString(),
					"User-Agent", url.QueryEscape(secret), "X-Request-Id", url.QueryEscape(secret))
			}
		}
		c.Do("GET", "/"+url.PathEscape(secret), nil)
	}
	logs := s.Logs.String()
	if !strings.Contains(logs, `"operation":"CreateInquiry"`) || !strings.Contains(logs, `"request_id":`) || !strings.Contains(logs, `"trace_id":`) {
		t.Fatalf("the log is not what is searched: %.500s", logs)
	}
	for _, secret := range append(secrets, c.Token, ownerName, apitest.Password, *payment.Reference) {
		for _, written := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if strings.Contains(logs, written) {
				at := strings.Index(logs, written)
				t.Errorf("the log holds %q: …%s…", written, logs[max(0, at-200):min(len(logs), at+100)])
			}
		}
	}
}

// fed puts the secret into every text of the operation's body, keeping it valid where the contract allows.
func fed(o operation, secret string) any {
	body, err := json.Marshal(bodies[o.OperationID])
	if err != nil || bodies[o.OperationID] == nil {
		return []byte(`{"plate":"` + secret + `"}`)
	}
	var fields map[string]any
	_ = json.Unmarshal(body, &fields)
	feed(fields, secret)
	return fields
}

// chosen are fields of which the contract or the calendar lists what is valid.
var chosen = []string{"purpose", "method", "kind", "history", "manner", "day", "entry", "from", "to", "paid_on"}

func feed(fields map[string]any, secret string) {
	for name, value := range fields {
		switch value := value.(type) {
		case string:
			if !slices.Contains(chosen, name) {
				fields[name] = secret
			}
		case map[string]any:
			feed(value, secret)
		}
	}
}

// TestTheLogFilterCatchesEveryWriting passes each secret through a log line as a message part, an attribute and an error.
func TestTheLogFilterCatchesEveryWriting(t *testing.T) {
	t.Parallel()
	for _, secret := range append(secrets, "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl") {
		var out bytes.Buffer
		log := api.NewLogger(&out, slog.LevelDebug)
		log.Info("looked up "+secret, "value", secret, "error", errors.New("no vehicle "+secret+" found"), slog.Group("deep", "value", secret))
		if strings.Contains(out.String(), secret) || strings.Count(out.String(), "[redacted]") != 4 {
			t.Errorf("%q: %s", secret, out.String())
		}
	}
	var out bytes.Buffer
	api.NewLogger(&out, slog.LevelInfo).Info("request", "operation", "CreateOrder", "ms", 12, "payment", "0198f3a2-7b1c-7def-8123-456789abcdef", "reason", "no_answer",
		"request_id", "fd34d21511-29aa-4d12-8d21-5116d8d21511", "trace_id", "a34d21511c0b4e2f9d12d34511aa34s2")
	if strings.Contains(out.String(), "[redacted]") {
		t.Errorf("the filter eats what is needed: %s", out.String())
	}
}
