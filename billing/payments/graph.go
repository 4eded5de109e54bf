package payments

import (
	"fmt"
	"slices"
	"strings"
)

// State is where a payment stands.
type State string

// The states. Which may follow which, and what ends the waiting in each, says the graph alone.
const (
	Created   State = "created"   // stored, the other side has not answered yet
	Sent      State = "sent"      // the payer may pay
	Unknown   State = "unknown"   // the other side did not answer; nobody knows
	Confirmed State = "confirmed" // the payer was charged, our claim of the money is under way
	Captured  State = "captured"  // claimed, posted, receipt given
	Reversed  State = "reversed"  // the bank gave all of it back to the payer
	Refunded  State = "refunded"  // we gave all of it back to the payer
	Failed    State = "failed"    // the other side says that no money stays
	Suspense  State = "suspense"  // something does not fit; a person decides
)

// Taker is who may take an edge.
type Taker string

// The takers.
const (
	ByOffice   Taker = "office"   // whoever collects
	ByProvider Taker = "provider" // an answer of the bank's side, asked for by a callback or the resolver
	ByTimer    Taker = "timer"    // the resolver, when no window is open any more
	ByPerson   Taker = "person"   // two people at the suspense desk, or the treasury
)

// Event is what has happened when an edge was taken: a row of the payment's story.
type Event string

// The events.
const (
	WasAttempted Event = "payment.attempted"
	WasSent      Event = "payment.sent"
	WasUncertain Event = "payment.uncertain"
	WasConfirmed Event = "payment.confirmed"
	WasCaptured  Event = "payment.captured"
	WasFailed    Event = "payment.failed"
	WasSuspended Event = "payment.suspended"
	WasReversed  Event = "payment.reversed"
	WasRefunded  Event = "payment.refunded"
	WasResolved  Event = "payment.resolved" // out of suspense, by people
	WasAsked     Event = "payment.asked"    // nothing changed, but the other side said something new
)

// Edge is one step that a payment can take.
type Edge struct {
	From, To State
	Event    Event
	By       []Taker
}

// graph is the life of a payment. What is not in it does not happen, and nobody takes a step that is another's: the service refuses it.
var graph = []Edge{
	{Created, Sent, WasSent, []Taker{ByOffice}},
	{Created, Unknown, WasUncertain, []Taker{ByOffice}},
	{Created, Failed, WasFailed, []Taker{ByOffice, ByTimer}},
	{Created, Captured, WasCaptured, []Taker{ByOffice, ByProvider, ByPerson}}, // a deposit, a bank's own collection, money of the suspense desk: it is there already
	{Created, Suspense, WasSuspended, []Taker{ByProvider}},
	{Sent, Unknown, WasUncertain, []Taker{ByProvider, ByTimer}},
	{Sent, Confirmed, WasConfirmed, []Taker{ByProvider}},
	{Sent, Captured, WasCaptured, []Taker{ByProvider}}, // a card terminal's own word: nothing is left to claim
	{Sent, Failed, WasFailed, []Taker{ByProvider, ByTimer}},
	{Sent, Suspense, WasSuspended, []Taker{ByProvider, ByTimer}},
	{Unknown, Sent, WasSent, []Taker{ByProvider}},
	{Unknown, Confirmed, WasConfirmed, []Taker{ByProvider}},
	{Unknown, Failed, WasFailed, []Taker{ByProvider, ByTimer}},
	{Unknown, Suspense, WasSuspended, []Taker{ByProvider, ByTimer}},
	{Unknown, Captured, WasCaptured, []Taker{ByProvider}}, // confirmed before, then no answer to the claim
	{Confirmed, Captured, WasCaptured, []Taker{ByProvider}},
	{Confirmed, Unknown, WasUncertain, []Taker{ByProvider}},
	{Confirmed, Failed, WasFailed, []Taker{ByProvider, ByTimer}},
	{Confirmed, Suspense, WasSuspended, []Taker{ByProvider, ByTimer}},
	{Failed, Suspense, WasSuspended, []Taker{ByProvider}}, // a late success
	{Captured, Reversed, WasReversed, []Taker{ByProvider, ByPerson}},
	{Captured, Refunded, WasRefunded, []Taker{ByPerson}},
	{Suspense, Captured, WasResolved, []Taker{ByPerson}},
	{Suspense, Reversed, WasReversed, []Taker{ByPerson}},
	{Suspense, Refunded, WasRefunded, []Taker{ByPerson}},
	{Suspense, Failed, WasResolved, []Taker{ByPerson}},
}

// Graph lists the edges, in the order in which a payment meets them.
func Graph() []Edge { return slices.Clone(graph) }

// States lists the states, in the order in which a payment meets them.
func States() []State {
	return []State{Created, Sent, Unknown, Confirmed, Captured, Reversed, Refunded, Failed, Suspense}
}

// Waits tells what ends the waiting in a state: a timer of the resolver, people, or "" where nothing is awaited. Captured and failed end a
// payment, though a refund or a late success may follow.
func (s State) Waits() Taker {
	switch s {
	case Created, Sent, Unknown, Confirmed:
		return ByTimer
	case Suspense:
		return ByPerson
	}
	return ""
}

// Undecided lists the states in which the money is not certain: what ends the waiting is still to come.
func Undecided() []State {
	return slices.DeleteFunc(States(), func(s State) bool { return s.Waits() == "" })
}

// Final holds for states that the resolver leaves alone.
func (s State) Final() bool { return s.Waits() != ByTimer }

// edge finds the step between two states for who takes it. A step that is not in the graph is a defect of the program.
func edge(from, to State, by Taker) (Edge, error) {
	for _, e := range graph {
		if e.From == from && e.To == to && slices.Contains(e.By, by) {
			return e, nil
		}
	}
	return Edge{}, fmt.Errorf("payments: no way from %s to %s by %s", from, to, by)
}

// word is what a step is taken on: whose it is, and what they said.
type word struct {
	by   Taker
	said map[string]any
}

// Mermaid draws the graph as a state diagram (Mermaid's stateDiagram-v2).
func Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> created: office\n")
	for _, e := range graph {
		by := make([]string, len(e.By))
		for i, taker := range e.By {
			by[i] = string(taker)
		}
		fmt.Fprintf(&b, "    %s --> %s: %s (%s)\n", e.From, e.To, strings.TrimPrefix(string(e.Event), "payment."), strings.Join(by, ", "))
	}
	for _, s := range States() {
		if s.Waits() == "" {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	return b.String()
}
