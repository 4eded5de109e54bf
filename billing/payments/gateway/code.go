package gateway

// Outcome is what an adapter makes of a provider's code: a State, or one of the words below.
type Outcome string

// The outcomes that are no states. Started is the success of Start.
const (
	Started       Outcome = "started"
	IsRefused     Outcome = "refused"       // *Refused
	Misconfigures Outcome = "misconfigured" // *Misconfigured
	IsUncertain   Outcome = "uncertain"     // *Uncertain
	Compared      Outcome = "compared"      // the adapter asks for the sale's status before it believes the code
)

// Code is one documented code of a provider: what it says, for an operator to read, and what each call that may be answered by it
// makes of it. A code that is not documented for a call is *Uncertain there.
type Code struct {
	Value   string
	Persian string
	English string
	Means   map[Operation]Outcome
}

// Meaning looks a code up; IsUncertain where the provider documents nothing for it and the call.
func Meaning(codes []Code, op Operation, value string) Outcome {
	for _, code := range codes {
		if code.Value == value && code.Means[op] != "" {
			return code.Means[op]
		}
	}
	return IsUncertain
}
