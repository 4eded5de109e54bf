package payments

import (
	"cmp"
	"errors"
	"time"

	"mofasa/billing/payments/gateway"
)

// verdict is what an answer of the provider means for a payment: the next state and why.
type verdict struct {
	state  State
	reason string
	answer gateway.Answer
	asked  string // what the provider was asked: "inquiry", "verify"; "": nothing
	by     Taker  // whose step it is; "": the provider's
}

// of is a verdict on the answer to a question.
func (v verdict) of(asked string) verdict {
	v.asked = asked
	return v
}

// word is the verdict as a step is taken on it.
func (v verdict) word() word { return word{cmp.Or(v.by, ByProvider), v.said()} }

// said is the question and the provider's answer, if it gave one, as the payment's story keeps them.
func (v verdict) said() map[string]any {
	words := saidBy(v.answer)
	if v.asked == "" {
		return words
	}
	if words == nil {
		words = map[string]any{}
	}
	words["asked"] = v.asked
	return words
}

// judgeInquiry reads the provider's word about a session. It may confirm that the card was charged, never that the money is ours.
// Not found proves nothing until every window is closed: the receipt appears late and disappears early.
func judgeInquiry(p Payment, a gateway.Answer, err error, closed bool) verdict {
	if err != nil && closed {
		// A reference is stored before the money is claimed: without one it never was, and the provider has returned what was charged.
		return verdict{state: Failed, reason: "never_claimed", by: ByTimer}
	}
	if err != nil {
		return uncertain(err)
	}
	switch a.State {
	case gateway.Paid, gateway.Verified, gateway.Repeated:
		if err := a.Matches(a.Reference, p.Terminal, p.sale()); err != nil || a.Reference == "" {
			return verdict{state: Suspense, reason: "mismatch", answer: a}
		}
		return verdict{state: Confirmed, answer: a}
	case gateway.Cancelled, gateway.Failed, gateway.Expired, gateway.Reversed:
		return verdict{state: Failed, reason: string(a.State)}
	}
	if closed {
		return verdict{state: Failed, reason: string(gateway.Expired), by: ByTimer}
	}
	return verdict{state: Sent}
}

// claim is what is known of a claim of the money when its answer is judged.
type claim struct {
	before bool // an earlier claim of the same money may have reached the provider
	closed bool // every window of the provider is over
}

// judgeVerify reads the provider's answer to our claim of the money. A repeated claim without details is ours: only this terminal can claim,
// and the payment was confirmed with a matching amount before. "Too late" proves nothing where an earlier claim may have been in time.
func judgeVerify(p Payment, a gateway.Answer, err error, c claim) verdict {
	if err != nil && c.closed {
		return verdict{state: Suspense, reason: neverVerified, by: ByTimer}
	}
	if err != nil {
		return uncertain(err)
	}
	switch a.State {
	case gateway.Verified, gateway.Repeated:
		bare := a.State == gateway.Repeated && a.Reference == ""
		if err := a.Matches(p.Reference, p.Terminal, p.sale()); err != nil && !bare {
			return verdict{state: Suspense, reason: "mismatch", answer: a}
		}
		return verdict{state: Captured, answer: a}
	case gateway.Expired:
		if c.before {
			return verdict{state: Suspense, reason: "expired_after_claim"}
		}
		return verdict{state: Failed, reason: string(a.State)}
	case gateway.Reversed, gateway.Failed, gateway.Cancelled:
		return verdict{state: Failed, reason: string(a.State)}
	}
	if c.closed {
		return verdict{state: Suspense, reason: neverVerified, by: ByTimer}
	}
	return verdict{state: Unknown, reason: string(a.State)}
}

// judgeSilence judges a payment that only the other side can report on, the card terminal's agent: while the card may still be read it waits, then nobody
// knows, and when the agent has been silent for Silent people decide, with the bank's statement.
func judgeSilence(p Payment, now time.Time) verdict {
	switch {
	case now.After(p.CreatedAt.Add(Silent)):
		return verdict{state: Suspense, reason: "terminal_silent", by: ByTimer}
	case now.After(p.ExpiresAt) && p.State != Unknown: // else its agent has said so
		return verdict{state: Unknown, reason: noOutcome, by: ByTimer}
	}
	return verdict{state: p.State, reason: p.Reason}
}

// uncertain keeps the payment unknown, whatever went wrong: no error of a call after the start proves that no money moved.
func uncertain(err error) verdict {
	var wrong *gateway.Misconfigured
	if errors.As(err, &wrong) {
		return verdict{state: Unknown, reason: "terminal_refused"}
	}
	return verdict{state: Unknown, reason: "no_answer"}
}

// judgeStart reads the provider's answer to the opening of a session.
func judgeStart(err error) verdict {
	var unsure *gateway.Uncertain
	switch {
	case err == nil:
		return verdict{state: Sent}
	case errors.As(err, &unsure):
		return verdict{state: Unknown, reason: "no_answer"}
	default:
		return verdict{state: Failed, reason: "provider_refused"}
	}
}
