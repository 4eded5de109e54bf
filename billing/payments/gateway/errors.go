package gateway

import (
	"fmt"
	"strings"
)

// Operation names a call of Gateway in errors.
type Operation string

// The calls that reach a provider.
const (
	OpStart   Operation = "start"
	OpInquire Operation = "inquire"
	OpVerify  Operation = "verify"
	OpReverse Operation = "reverse"
)

// Uncertain says that nobody can tell what happened: no answer in time, a broken connection, HTTP 3xx or 5xx, a 4xx that
// says nothing, an unreadable or contradictory body, a code that no manual lists. The payment stays unknown, never failed.
type Uncertain struct {
	Op     Operation
	Status int    // HTTP status, 0 where no answer came
	Code   string // provider's code, if one could be read
	Reason string // ours, free of the payer's data
	Err    error  // private cause, may be nil; errors.Is(err, context.DeadlineExceeded) works
}

// Error holds no token and no reference.
func (e *Uncertain) Error() string {
	text := fmt.Sprintf("gateway %s: outcome unknown: %s (http %d, code %q)", e.Op, e.Reason, e.Status, e.Code)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the private cause.
func (e *Uncertain) Unwrap() error { return e.Err }

// Refused says that the provider clearly declined and did nothing: from Start no session exists, from Verify nothing was
// claimed and the payment stays unknown, from Reverse the money stays where it is.
type Refused struct {
	Op   Operation
	Code string // provider's code
	Text string // provider's own words, for the record; not part of Error
}

// Error holds the code alone.
func (e *Refused) Error() string {
	return fmt.Sprintf("gateway %s: refused with code %q", e.Op, e.Code)
}

// Misconfigured says that the provider knows our terminal or address no more: an alarm for an operator. From Start no
// session exists; from any other call the payment stays unknown and the call is repeated once the terminal is repaired.
type Misconfigured struct {
	Op   Operation
	Code string // provider's code
	Text string // provider's own words, for the record; not part of Error
}

// Error holds the code alone.
func (e *Misconfigured) Error() string {
	return fmt.Sprintf("gateway %s: terminal or address not accepted, code %q", e.Op, e.Code)
}

// Invalid says that a request breaks a rule that is known beforehand; nothing left the process.
type Invalid struct {
	Field  string // name of the input, such as "splits[2].iban"
	Reason string
}

// Error names the field and the rule, never the value.
func (e *Invalid) Error() string { return "gateway request: " + e.Field + ": " + e.Reason }

// Mismatch says that an answer is not about our sale, or not for our amount: nothing may be delivered for it.
type Mismatch struct {
	Fields []string // of reference, terminal, amount, affective_amount, merchant_reference
}

// Error names the fields, never the values.
func (e *Mismatch) Error() string {
	return "gateway answer differs from our row in " + strings.Join(e.Fields, ", ")
}
