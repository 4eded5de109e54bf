package api

import (
	"maps"
	"slices"
	"time"

	"mofasa/api/ratelimit"
	"mofasa/tenants/limits"
)

// Subject says whose bucket a limit counts.
type Subject int

// The subjects.
const (
	ByAddress      Subject = iota
	ByAccount              // the user name of a sign-in, wherever it comes from
	ByPerson               // an API client counts as one
	ByClient               // an API client alone; people pass
	ByOffice               // whoever works for no office is counted by themselves
	ByMunicipality         // the city in which the office stands; its own people do not use the offices' budget up
)

// words name the subjects in the contract.
var words = map[Subject]string{ByAddress: "address", ByAccount: "account", ByPerson: "person", ByClient: "client", ByOffice: "office", ByMunicipality: "municipality"}

// String is the subject's word in the contract.
func (s Subject) String() string { return words[s] }

// kinds lists for whom a limit of this subject can be overridden: never for somebody narrower than a bucket, or two callers would read one
// bucket by two limits.
func (s Subject) kinds() []limits.Kind {
	switch s {
	case ByPerson:
		return []limits.Kind{limits.Person, limits.Client, limits.Office, limits.Municipality}
	case ByClient:
		return []limits.Kind{limits.Client, limits.Office, limits.Municipality}
	case ByOffice:
		return []limits.Kind{limits.Office, limits.Municipality}
	case ByMunicipality:
		return []limits.Kind{limits.Municipality}
	default: // strangers
		return nil
	}
}

// LimitRule is one limit of a class with whose bucket it counts and what a request costs.
type LimitRule struct {
	Limit   ratelimit.Limit
	Subject Subject
	Cost    int  // 0 only looks
	Unknown bool // looked at before the request, and charged for each distinct vehicle that was looked up and does not exist
	Failure bool // charged for a wrong secret alone: what was none is given back, and success forgives the account what it has failed
}

// LimitTable lists the limits of each class of x-rate-limit. A class that is not in it has no limit.
type LimitTable map[string][]LimitRule

// DefaultLimits are the limits as shipped; overrides change them for single subjects. Nearly all go on inside the process, bounded, while Redis
// is down: a counter with a queue must not stand still for it, nor may sign-in or the check of a certificate. The registry's desk has no queue, and
// shows personal data: what is not counted there does not happen.
func DefaultLimits() LimitTable {
	limit := func(name string, n int, window time.Duration, by Subject) LimitRule {
		return LimitRule{Limit: ratelimit.Limit{Name: name, Requests: n, Window: window, OnFailure: ratelimit.FailOpen}, Subject: by, Cost: 1}
	}
	daily := limit("inquiry-office-day", 5000, 24*time.Hour, ByOffice)
	daily.Limit.Quota = true
	registry := limit("registry-person", 240, time.Minute, ByPerson)
	registry.Limit.OnFailure = ratelimit.FailClosed
	unknown, unknownByOffice := limit("unknown-vehicles", 30, time.Hour, ByPerson), limit("unknown-vehicles-office", 100, time.Hour, ByOffice)
	for _, guard := range []*LimitRule{&unknown, &unknownByOffice} {
		guard.Cost, guard.Unknown = 0, true
	}
	client := limit("client", 600, time.Minute, ByClient)
	return LimitTable{
		"sign-in":      slices.Concat([]LimitRule{limit("sign-in-account", 10, 10*time.Minute, ByAccount), limit("sign-in-address", 60, 10*time.Minute, ByAddress)}, failures("account", ByAccount), failuresByAddress()),
		"credentials":  append([]LimitRule{limit("credentials-person", 20, 10*time.Minute, ByPerson)}, failures("person", ByPerson)...),
		"invitation":   {limit("invitation-address", 30, 10*time.Minute, ByAddress)},
		"client-token": slices.Concat([]LimitRule{limit("client-token-account", 30, 10*time.Minute, ByAccount), limit("client-token-address", 120, 10*time.Minute, ByAddress)}, failures("client-account", ByAccount), failuresByAddress()),
		"inquiry":      {limit("inquiry-office", 120, time.Minute, ByOffice), daily, limit("inquiry-municipality", 1200, time.Minute, ByMunicipality), client, unknown, unknownByOffice},
		"registry":     {registry, client, unknown, unknownByOffice},
		"write":        {limit("write-office", 240, time.Minute, ByOffice), client},
		"read":         {limit("read-office", 1200, time.Minute, ByOffice), client},
		"public-check": {limit("check-address", 60, time.Minute, ByAddress)},
		"public":       {limit("public-address", 120, time.Minute, ByAddress)},
		"callback":     {limit("callback-address", 120, time.Minute, ByAddress)},
	}
}

// failures are the delays after wrong secrets. Each is a bucket that a failure takes one from; while it is empty, the next try waits until one is back: a minute after
// five failures, eight minutes after ten, an hour after twenty. No account waits for longer, so that nobody is shut out for good by somebody else's guesses.
func failures(whose string, by Subject) []LimitRule {
	rules := []LimitRule{
		{Limit: ratelimit.Limit{Name: "failures-" + whose + "-short", Requests: 5, Window: 5 * time.Minute}},
		{Limit: ratelimit.Limit{Name: "failures-" + whose + "-long", Requests: 10, Window: 80 * time.Minute}},
		{Limit: ratelimit.Limit{Name: "failures-" + whose + "-day", Requests: 20, Window: 20 * time.Hour}},
	}
	for i := range rules {
		rules[i].Limit.OnFailure, rules[i].Subject, rules[i].Cost, rules[i].Failure = ratelimit.FailOpen, by, 1, true
	}
	return rules
}

// failuresByAddress let a whole office mistype behind one address, but nobody go through a list of accounts.
func failuresByAddress() []LimitRule {
	rules := []LimitRule{
		{Limit: ratelimit.Limit{Name: "failures-address-short", Requests: 30, Window: 15 * time.Minute}},
		{Limit: ratelimit.Limit{Name: "failures-address-day", Requests: 150, Window: 24 * time.Hour}},
	}
	for i := range rules {
		rules[i].Limit.OnFailure, rules[i].Subject, rules[i].Cost, rules[i].Failure = ratelimit.FailOpen, ByAddress, 1, true
	}
	return rules
}

// Rules lists each limit once, by name, with the classes that it is in.
func (t LimitTable) Rules() (rules []LimitRule, classes map[string][]string) {
	classes = map[string][]string{}
	for _, class := range slices.Sorted(maps.Keys(t)) {
		for _, r := range t[class] {
			if classes[r.Limit.Name] == nil {
				rules = append(rules, r)
			}
			classes[r.Limit.Name] = append(classes[r.Limit.Name], class)
		}
	}
	slices.SortFunc(rules, func(a, b LimitRule) int {
		if a.Limit.Name < b.Limit.Name {
			return -1
		}
		return 1
	})
	return rules, classes
}

// Definitions is what may be overridden.
func (t LimitTable) Definitions() []limits.Definition {
	rules, _ := t.Rules()
	list := make([]limits.Definition, len(rules))
	for i, r := range rules {
		list[i] = limits.Definition{Name: r.Limit.Name, Window: r.Limit.Window, Quota: r.Limit.Quota, Kinds: r.Subject.kinds()}
	}
	return list
}

// Overridden is the rule's limit for somebody: of the subjects, from narrow to wide, the first counts that has an override.
func (r LimitRule) Overridden(book limits.Book, at time.Time, subjects []limits.Subject) (ratelimit.Limit, *limits.Override) {
	kinds := r.Subject.kinds()
	fitting := make([]limits.Subject, 0, len(subjects))
	for _, s := range subjects {
		if slices.Contains(kinds, s.Kind) {
			fitting = append(fitting, s)
		}
	}
	o, found := book.Find(r.Limit.Name, at, fitting...)
	if !found {
		return r.Limit, nil
	}
	l := r.Limit
	l.Requests, l.Window = o.Requests, o.Window
	if l.Validate() != nil { // written under another version of the limit; what is shipped holds
		return r.Limit, nil
	}
	return l, &o
}
