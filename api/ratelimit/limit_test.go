package ratelimit

import (
	"strings"
	"testing"
	"time"
)

func perHour(name string, requests int) Limit {
	return Limit{Name: name, Requests: requests, Window: time.Hour, OnFailure: FailOpen}
}

func TestLimitValidate(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(*Limit)
		want   string // part of the error; empty: valid
	}{
		{"valid", func(*Limit) {}, ""},
		{"longest name", func(l *Limit) { l.Name = strings.Repeat("a", 64) }, ""},
		{"finest", func(l *Limit) { l.Requests, l.Window = 1_000_000, time.Second }, ""},
		{"no name", func(l *Limit) { l.Name = "" }, "does not match"},
		{"name would break the header", func(l *Limit) { l.Name = `a"b` }, "does not match"},
		{"name would break the hash tag", func(l *Limit) { l.Name = "a}b" }, "does not match"},
		{"name too long", func(l *Limit) { l.Name = strings.Repeat("a", 65) }, "does not match"},
		{"name of all letters", func(l *Limit) { l.Name = "a9_-z" }, ""},
		{"name begins with a digit", func(l *Limit) { l.Name = "9a" }, "does not match"},
		{"name of capitals", func(l *Limit) { l.Name = "aB" }, "does not match"},
		{"Persian name", func(l *Limit) { l.Name = "حد" }, "does not match"},
		{"no requests", func(l *Limit) { l.Requests = 0 }, "requests 0"},
		{"too many requests", func(l *Limit) { l.Requests = 1_000_001 }, "requests 1000001"},
		{"no window", func(l *Limit) { l.Window = 0 }, "window 0s"},
		{"window too long", func(l *Limit) { l.Window = 32 * 24 * time.Hour }, "window 768h"},
		{"under a microsecond each", func(l *Limit) { l.Requests, l.Window = 1001, time.Millisecond }, "under 1 µs"},
		{"a day's quota", func(l *Limit) { l.Window, l.Quota = day, true }, ""},
		{"an hour's quota", func(l *Limit) { l.Quota = true }, ""},
		{"quota that does not fit a day", func(l *Limit) { l.Window, l.Quota = 7*time.Hour, true }, "no multiple of the quota's window"},
		{"quota of a week", func(l *Limit) { l.Window, l.Quota = 7*day, true }, "no multiple of the quota's window"},
		{"failure mode not stated", func(l *Limit) { l.OnFailure = 0 }, "neither open nor closed"},
		{"failure mode unknown", func(l *Limit) { l.OnFailure = 3 }, "neither open nor closed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := perHour("login", 5)
			c.change(&l)
			err := l.Validate()
			if c.want == "" && err != nil {
				t.Fatalf("%v", err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestCheckFindsProgrammingErrors(t *testing.T) {
	t.Parallel()
	l := perHour("login", 5)
	cases := []struct {
		name, group string
		takes       []Take
		want        string
	}{
		{"valid", "g", []Take{{Limit: l, Key: "k", Cost: 5}, {Limit: perHour("other", 1), Key: "k", Cost: 0}}, ""},
		{"nothing", "g", nil, ""},
		{"no group", "", []Take{{Limit: l, Key: "k", Cost: 1}}, "group is empty"},
		{"no key", "g", []Take{{Limit: l, Key: "", Cost: 1}}, "key is empty"},
		{"negative", "g", []Take{{Limit: l, Key: "k", Cost: -1}}, "cost -1"},
		{"can never fit", "g", []Take{{Limit: l, Key: "k", Cost: 6}}, "cost 6"},
		{"invalid limit", "g", []Take{{Limit: Limit{Name: "x", Requests: 1}, Key: "k", Cost: 1}}, "window"},
		{"a pass", "g", []Take{{Limit: l, Key: "k", Cost: 1, Pass: Pass{Name: "p", For: maxPass}}}, ""},
		{"a pass for ever", "g", []Take{{Limit: l, Key: "k", Cost: 1, Pass: Pass{Name: "p", For: maxPass + 1}}}, "a pass for"},
		{"a pass into the past", "g", []Take{{Limit: l, Key: "k", Cost: 1, Pass: Pass{Name: "p", For: -1}}}, "a pass for"},
		{"nobody's pass", "g", []Take{{Limit: l, Key: "k", Cost: 1, Pass: Pass{For: time.Hour}}}, "a pass for"},
		{"item and pass", "g", []Take{{Limit: l, Key: "k", Cost: 1, Item: "i", Pass: Pass{Name: "p"}}}, "an item and a pass"},
		{"same limit twice", "g", []Take{{Limit: l, Key: "a", Cost: 1}, {Limit: l, Key: "b", Cost: 1}}, "twice"},
	}
	for _, c := range cases {
		err := check(c.group, c.takes)
		if c.want == "" && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}
