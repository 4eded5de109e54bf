package ratelimit

import (
	"strconv"
	"sync"
	"time"
)

const (
	refusalLife = 500 * time.Millisecond // units that another process gives back are heard of after this long
	maxRefusals = 4096                   // calls that are remembered, some 500 bytes each; one more forgets them all
)

// refusals remembers for a moment what Redis has refused, so that whoever goes on asking costs no trip. A call is refused from here only as long as Redis itself
// would refuse it by the numbers that it told: the decision is made anew from them, as of now. Another limit, as after an override, is another call.
type refusals struct {
	now    func() time.Time
	mu     sync.Mutex
	groups map[string]map[string]refusal
	count  int
	given  int // how often something was given back
}

// refusal is what Redis told of a call that it refused.
type refusal struct {
	began   time.Time // when the call was sent: a little before Redis's own now
	now     int64
	numbers []int64
}

// recall decides a call from memory, if it is to be refused. Given goes to remember with Redis's answer.
func (r *refusals) recall(group string, takes []Take) (d Decision, refused bool, given int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.groups[group]
	if len(calls) == 0 {
		return d, false, r.given
	}
	var room [512]byte
	call := appendCall(room[:0], takes)
	known, found := calls[string(call)]
	if !found {
		return d, false, r.given
	}
	if age := r.now().Sub(known.began); age >= 0 && age < refusalLife {
		d, _ = judge(known.now+age.Microseconds(), known.numbers, takes)
		refused = !d.Allowed
	}
	if !refused {
		delete(calls, string(call))
		r.count--
	}
	return d, refused, r.given
}

// remember keeps a refusal, unless something was given back since the call was sent.
func (r *refusals) remember(group string, takes []Take, told refusal, given int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if given != r.given {
		return
	}
	if r.count >= maxRefusals || r.groups == nil {
		r.groups, r.count = map[string]map[string]refusal{}, 0
	}
	if r.groups[group] == nil {
		r.groups[group] = map[string]refusal{}
	}
	call := string(appendCall(nil, takes))
	if _, known := r.groups[group][call]; !known {
		r.count++
	}
	r.groups[group][call] = told
}

// forget lets Redis decide about a group again: something was given back to it.
func (r *refusals) forget(group string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given++
	r.count -= len(r.groups[group])
	delete(r.groups, group)
}

// appendCall writes all that a decision depends on but for the stored numbers. Every text has its length before it, so that no two calls look alike.
func appendCall(to []byte, takes []Take) []byte {
	for _, t := range takes {
		for _, text := range [...]string{t.Limit.Name, t.Key, t.Item, t.Pass.Name} {
			to = append(append(strconv.AppendInt(to, int64(len(text)), 10), ':'), text...)
		}
		for _, n := range [...]int64{int64(t.Limit.Requests), int64(t.Limit.Window), int64(t.Cost)} {
			to = append(strconv.AppendInt(to, n, 10), ' ')
		}
		to = strconv.AppendBool(to, t.Limit.Quota)
	}
	return to
}
