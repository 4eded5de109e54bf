package api

import (
	"net"
	"net/http/httptest"
	"testing"
)

// TestNobodyChoosesTheirOwnAddress forges X-Forwarded-For from a public and from a private network, through the proxy and past it.
func TestNobodyChoosesTheirOwnAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		peer string
		hops []string
		want string
	}{
		"through the proxy":              {"127.0.0.1:5000", []string{"203.0.113.9"}, "203.0.113.9"},
		"from IPv6":                      {"[::1]:5000", []string{"2001:db8::1"}, "2001:db8::1"},
		"in brackets":                    {"172.18.0.1:5000", []string{"[2001:db8::1]"}, "2001:db8::1"},
		"forged from a public network":   {"127.0.0.1:5000", []string{"198.51.100.7, 203.0.113.9"}, "203.0.113.9"},
		"forged from a private network":  {"127.0.0.1:5000", []string{"198.51.100.7, 10.1.2.3"}, "10.1.2.3"},
		"forged in a header of its own":  {"127.0.0.1:5000", []string{"198.51.100.7", "10.1.2.3"}, "10.1.2.3"},
		"forged with rubbish":            {"127.0.0.1:5000", []string{"rubbish, 10.1.2.3"}, "10.1.2.3"},
		"past the proxy":                 {"203.0.113.9:5000", []string{"198.51.100.7"}, "203.0.113.9"},
		"without a word of the proxy":    {"127.0.0.1:5000", nil, "127.0.0.1"},
		"the proxy's word is no address": {"127.0.0.1:5000", []string{"198.51.100.7, unknown"}, "127.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, hop := range c.hops {
			r.Header.Add("X-Forwarded-For", hop)
		}
		if got := callers(true)(r); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if got, _, _ := net.SplitHostPort(c.peer); callers(false)(r) != got {
			t.Errorf("%s, without a proxy: %s, want %s", name, callers(false)(r), got)
		}
	}
}
