package sim

import (
	"errors"
	"maps"
	"slices"
)

// Scenario is what the simulator does to one session, chosen over the admin API and never by the merchant. The zero value
// behaves as documented: the payer decides, one 4.x callback, every call answers.
type Scenario struct {
	Outcome      Outcome  `json:"outcome,omitempty"`
	Callback     Callback `json:"callback,omitempty"`
	RawReference bool     `json:"raw_reference,omitempty"` // RefNum holds + and /, and the callback does not escape them
	RepeatCode   bool     `json:"repeat_code,omitempty"`   // SEP: a second verify answers 2 instead of 0
	LateMinutes  int      `json:"late_minutes,omitempty"`  // the card is charged so long after the pay button, and the callback says unpaid
	Bends        []Bend   `json:"bends,omitempty"`
}

// Outcome overrides what the pay button does; the cancel button always cancels.
type Outcome string

// The outcomes; empty is pay.
const (
	OutcomePay    Outcome = "pay"
	OutcomeFail   Outcome = "fail"
	OutcomeCancel Outcome = "cancel"
	OutcomeReturn Outcome = "return" // charged, and the bank returns the money at once, by itself
)

// Callback is how the payer returns to the merchant.
type Callback string

// The callbacks; empty is once.
const (
	CallbackOnce   Callback = "once"   // 302 to RedirectUrl?Token=&RefNum= (4.x)
	CallbackNone   Callback = "none"   // the payer's browser never returns
	CallbackTwice  Callback = "twice"  // a second, concurrent one beside the browser's
	CallbackLegacy Callback = "legacy" // SEP 3.x: the browser posts a form
	CallbackEarly  Callback = "early"  // paid at once, and the callback comes before the token call has been answered
	CallbackForged Callback = "forged" // nothing is charged, but the callback says so, with a made-up reference
)

// Call is a server-to-server call of the merchant.
type Call string

// The calls that a Bend can name.
const (
	CallToken   Call = "token"
	CallReceipt Call = "receipt"
	CallVerify  Call = "verify"
	CallReverse Call = "reverse"
	CallSettle  Call = "settle" // Mellat
)

// Way is how a call goes wrong.
type Way string

// The ways. The first three have no effect on the session, the others do what was asked first.
const (
	WayDropped Way = "dropped" // connection closed before anything happens
	WayError   Way = "error"   // HTTP status Code, or 500
	WayCode    Way = "code"    // the provider's own error Code
	WayLost    Way = "lost"    // done, then the connection is closed without an answer
	WaySlow    Way = "slow"    // done, then the answer waits DelayMS
	WayGarbage Way = "garbage" // done, then the answer is a page of HTML
	// The answer tells another amount, or another terminal: done at SEP; Zarinpal and Mellat compare by themselves and decline.
	WayAmount   Way = "amount"
	WayTerminal Way = "terminal"
)

// Bend makes one call go wrong.
type Bend struct {
	Call    Call  `json:"call"`
	Way     Way   `json:"way"`
	Code    int   `json:"code,omitempty"`     // for error and code
	DelayMS int64 `json:"delay_ms,omitempty"` // for slow
	Times   int   `json:"times,omitempty"`    // how often; 0: always
}

// done says that the call has its effect although the answer goes wrong.
func (b Bend) done() bool { return b.Way != WayDropped && b.Way != WayError && b.Way != WayCode }

// Named gives every scenario that has a name.
func Named() map[string]Scenario {
	const slow = 60_000
	bend := func(call Call, way Way, code, times int) Scenario {
		return Scenario{Bends: []Bend{{Call: call, Way: way, Code: code, Times: times}}}
	}
	return map[string]Scenario{
		"pay":                     {},
		"cancel":                  {Outcome: OutcomeCancel},
		"fail":                    {Outcome: OutcomeFail},
		"pay_without_callback":    {Callback: CallbackNone},
		"callback_twice":          {Callback: CallbackTwice},
		"callback_legacy":         {Callback: CallbackLegacy},
		"raw_reference":           {RawReference: true},
		"verify_repeated":         {RepeatCode: true},
		"verify_lost":             bend(CallVerify, WayLost, 0, 1),
		"verify_dropped":          bend(CallVerify, WayDropped, 0, 1),
		"verify_slow":             {Bends: []Bend{{Call: CallVerify, Way: WaySlow, DelayMS: slow, Times: 1}}},
		"verify_error":            bend(CallVerify, WayError, 0, 1),
		"verify_garbage":          bend(CallVerify, WayGarbage, 0, 1),
		"verify_other_amount":     bend(CallVerify, WayAmount, 0, 0),
		"verify_not_found":        bend(CallVerify, WayCode, codeNotFound, 0),
		"verify_too_late":         bend(CallVerify, WayCode, codeTooLate, 0),
		"verify_reversed":         bend(CallVerify, WayCode, codeReversed, 0),
		"verify_terminal_off":     bend(CallVerify, WayCode, codeDisabled, 0),
		"verify_terminal_unknown": bend(CallVerify, WayCode, codeUnknownTerminal, 0),
		"verify_address":          bend(CallVerify, WayCode, codeAddress, 0),
		"token_refused":           bend(CallToken, WayCode, errParameters, 1),
		"token_lost":              bend(CallToken, WayLost, 0, 1),
		"token_error":             bend(CallToken, WayError, 0, 1),
		"receipt_lost":            bend(CallReceipt, WayLost, 0, 1),
		"receipt_error":           bend(CallReceipt, WayError, 0, 1),
		"reverse_lost":            bend(CallReverse, WayLost, 0, 1),
		"reverse_address":         bend(CallReverse, WayCode, codeAddress, 0),
		"settle_lost":             bend(CallSettle, WayLost, 0, 1),
		"settle_dropped":          bend(CallSettle, WayDropped, 0, 1),

		"slow":                     {Bends: []Bend{{Call: CallVerify, Way: WaySlow, DelayMS: slow, Times: 1}}},
		"dead_before_effect":       bend(CallVerify, WayDropped, 0, 1),
		"dead_after_effect":        bend(CallVerify, WayLost, 0, 1),
		"duplicate_callback":       {Callback: CallbackTwice},
		"callback_before_response": {Callback: CallbackEarly},
		"forged_callback":          {Callback: CallbackForged},
		"smaller_amount":           {Bends: []Bend{{Call: CallReceipt, Way: WayAmount}, {Call: CallVerify, Way: WayAmount}}},
		"late_success":             {LateMinutes: lateMinutes},
		"reversed_by_bank":         {Outcome: OutcomeReturn},
		"wrong_terminal":           {Bends: []Bend{{Call: CallReceipt, Way: WayTerminal}, {Call: CallVerify, Way: WayTerminal}}},
	}
}

const lateMinutes = 5

// Names lists the named scenarios in order.
func Names() []string { return slices.Sorted(maps.Keys(Named())) }

var errScenario = errors.New("scenario: unknown outcome, callback, call or way")

// check refuses a misspelt scenario; a test would otherwise pass because nothing went wrong.
func (s Scenario) check() error {
	outcomes := []Outcome{"", OutcomePay, OutcomeFail, OutcomeCancel, OutcomeReturn}
	callbacks := []Callback{"", CallbackOnce, CallbackNone, CallbackTwice, CallbackLegacy, CallbackEarly, CallbackForged}
	calls := []Call{CallToken, CallReceipt, CallVerify, CallReverse, CallSettle}
	ways := []Way{WayDropped, WayError, WayCode, WayLost, WaySlow, WayGarbage, WayAmount, WayTerminal}
	sound := slices.Contains(outcomes, s.Outcome) && slices.Contains(callbacks, s.Callback) && s.LateMinutes >= 0
	for _, bend := range s.Bends {
		sound = sound && slices.Contains(calls, bend.Call) && slices.Contains(ways, bend.Way) && bend.Times >= 0
	}
	if !sound {
		return errScenario
	}
	return nil
}
