package sep_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/sep"
)

const (
	token    = "7d1f0c9ab2e44f0aa1c3d4e5f6071829"
	refNum   = "Qm9+uXa1/Kd0ZtT7eYp3WvLr8sHc"
	terminal = "13579246"
)

// seen is the last request that reached the provider.
type seen struct{ method, path, contentType, body string }

// provider answers every call with one status and body.
func provider(t *testing.T, status int, body string) (*sep.Adapter, *seen) {
	t.Helper()
	last := &seen{}
	adapter := serve(t, sep.Config{}, func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*last = seen{r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), string(raw)}
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
	return adapter, last
}

func serve(t *testing.T, config sep.Config, handler http.HandlerFunc) *sep.Adapter {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	config.BaseURL, config.TerminalID = server.URL, terminal
	if config.Timeout == 0 {
		config.Timeout = 5 * time.Second
	}
	adapter, err := sep.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

func want[T comparable](t testing.TB, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Fatalf("%s:\ngot  %v\nwant %v", what, got, wanted)
	}
}

// kind names the typed error, and its code where it has one.
func kind(err error) string {
	var (
		uncertain     *gateway.Uncertain
		refused       *gateway.Refused
		misconfigured *gateway.Misconfigured
		invalid       *gateway.Invalid
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &uncertain):
		return "uncertain " + uncertain.Code
	case errors.As(err, &refused):
		return "refused " + refused.Code
	case errors.As(err, &misconfigured):
		return "misconfigured " + misconfigured.Code
	case errors.As(err, &invalid):
		return "invalid " + invalid.Field
	default:
		return "untyped: " + err.Error()
	}
}
