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
	ByAddress          Subject = iota // of IPv6 the first 64 bits: whoever has one address there has them all
	ByNetwork                         // the first 24 bits of an IPv4 address, 48 of IPv6 (identity.Origin.Network)
	ByAccount                         // the user name of a sign-in, or the id of a client, wherever it comes from
	ByAccountAtNetwork                // the same, at one network
	ByPerson                          // an API client counts as one
	ByClient                          // an API client alone; people pass
	ByOffice                          // whoever works for no office is counted by themselves
	ByMunicipality                    // the city in which the office stands; its own people do not use the offices' budget up
)

// words name the subjects in the contract.
var words = map[Subject]string{ByAddress: "address", ByNetwork: "network", ByAccount: "account", ByAccountAtNetwork: "account_at_network", ByPerson: "person", ByClient: "client",
	ByOffice: "office", ByMunicipality: "municipality"}

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
	Failure bool // charged for a wrong secret alone: what was none is given back, and success forgives whoever signed in what they have failed
	Known   bool // of an account or a network: an account passes at a network from which it has signed in lately (knownFor)
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
		"sign-in":      slices.Concat([]LimitRule{limit("sign-in-account", 10, 10*time.Minute, ByAccountAtNetwork), limit("sign-in-address", 60, 10*time.Minute, ByAddress)}, failuresOfAccounts("account"), failuresByAddress()),
		"credentials":  append([]LimitRule{limit("credentials-person", 20, 10*time.Minute, ByPerson)}, failures("person", ByPerson)...),
		"invitation":   {limit("invitation-address", 30, 10*time.Minute, ByAddress)},
		"client-token": slices.Concat([]LimitRule{limit("client-token-account", 30, 10*time.Minute, ByAccountAtNetwork), limit("client-token-address", 120, 10*time.Minute, ByAddress)}, failuresOfAccounts("client-account"), failuresByAddress()),
		"inquiry":      {limit("inquiry-office", 120, time.Minute, ByOffice), daily, limit("inquiry-municipality", 1200, time.Minute, ByMunicipality), client, unknown, unknownByOffice},
		"registry":     {registry, client, unknown, unknownByOffice},
		"write":        {limit("write-office", 240, time.Minute, ByOffice), client},
		"read":         {limit("read-office", 1200, time.Minute, ByOffice), client},
		"public-check": {limit("check-address", 60, time.Minute, ByAddress)},
		"public":       {limit("public-address", 120, time.Minute, ByAddress)},
		"callback":     {limit("callback-address", 120, time.Minute, ByAddress)},
	}
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
