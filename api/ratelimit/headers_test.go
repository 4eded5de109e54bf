package ratelimit

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"
)

func TestWriteHeaders(t *testing.T) {
	t.Parallel()
	minute := State{Name: "minute", Requests: 60, Window: time.Minute, Remaining: 59, Reset: time.Second}
	day := State{Name: "day", Requests: 1000, Window: 24 * time.Hour, Remaining: 0, Reset: 86400*time.Millisecond - time.Microsecond}
	full := State{Name: "full", Requests: 5, Window: 1500 * time.Millisecond, Remaining: 5}
	cases := []struct {
		name          string
		d             Decision
		policy, limit string
		retry         string
	}{
		{"allowed", Decision{Allowed: true, States: []State{minute}}, `"minute";q=60;w=60`, `"minute";r=59;t=1`, ""},
		{"full, window rounded up", Decision{Allowed: true, States: []State{full}}, `"full";q=5;w=2`, `"full";r=5;t=0`, ""},
		{"denied", Decision{Denied: "day", States: []State{minute, day}, RetryAfter: day.Reset},
			`"minute";q=60;w=60, "day";q=1000;w=86400`, `"minute";r=59;t=1, "day";r=0;t=87`, "87"},
		{"at least a second", Decision{Denied: "minute", States: []State{minute}, RetryAfter: time.Microsecond},
			`"minute";q=60;w=60`, `"minute";r=59;t=1`, "1"},
		{"no advice", Decision{Denied: "minute"}, "", "", "1"},
		{"unavailable", Decision{Denied: "login", RetryAfter: time.Second, Unavailable: true}, "", "", "1"},
		{"no limits", Decision{Allowed: true}, "", "", ""},
	}
	for _, c := range cases {
		h := http.Header{}
		WriteHeaders(h, c.d)
		if h.Get("RateLimit-Policy") != c.policy || h.Get("RateLimit") != c.limit || h.Get("Retry-After") != c.retry {
			t.Errorf("%s: %v", c.name, h)
		}
		if c.policy == "" && len(h["Ratelimit-Policy"])+len(h["Ratelimit"]) > 0 {
			t.Errorf("%s: an empty list was written: %v", c.name, h)
		}
	}
}

// Limits before and after authentication are two decisions of one response.
func TestWriteHeadersKeepsEarlierDecisions(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	WriteHeaders(h, Decision{Allowed: true, States: []State{{Name: "a", Requests: 1, Window: time.Second}}})
	WriteHeaders(h, Decision{Allowed: true, States: []State{{Name: "b", Requests: 2, Window: time.Second}}})
	if got := h.Values("RateLimit-Policy"); !slices.Equal(got, []string{`"a";q=1;w=1`, `"b";q=2;w=1`}) {
		t.Fatalf("%q", got)
	}
	if got := h.Values("RateLimit"); !slices.Equal(got, []string{`"a";r=0;t=0`, `"b";r=0;t=0`}) {
		t.Fatalf("%q", got)
	}
}

func TestDecisionErr(t *testing.T) {
	t.Parallel()
	if err := (Decision{Allowed: true}).Err(); err != nil {
		t.Fatal(err)
	}
	if err := (Decision{RetryAfter: time.Minute}).Err(); !errors.Is(err, ErrLimited) {
		t.Fatal(err)
	}
	if err := (Decision{RetryAfter: time.Second, Unavailable: true}).Err(); !errors.Is(err, ErrUnavailable) {
		t.Fatal(err)
	}
	if ErrLimited.RetryAfter != 0 {
		t.Fatal("the definition itself was changed")
	}
}
