package sim

import (
	"slices"
	"time"
)

// State is where a session stands.
type State string

// TOKEN → IN_PROGRESS → {PAID_UNVERIFIED, CANCELED, FAILED, EXPIRED}; PAID_UNVERIFIED → VERIFIED or AUTO_REVERSED;
// VERIFIED → REVERSED.
const (
	StateToken        State = "TOKEN"           // token issued, page not seen
	StateInProgress   State = "IN_PROGRESS"     // the payer looks at the page
	StatePaid         State = "PAID_UNVERIFIED" // card charged
	StateCanceled     State = "CANCELED"
	StateFailed       State = "FAILED"
	StateExpired      State = "EXPIRED" // the payer did not decide in time
	StateVerified     State = "VERIFIED"
	StateAutoReversed State = "AUTO_REVERSED" // not verified in time: the card got its money back
	StateReversed     State = "REVERSED"
	StateSettled      State = "SETTLED" // Mellat: verified and settled, so that the money is the merchant's
)

// Windows of SEP IPG manual 4.1.
const (
	receiptWindow = 60 * time.Minute // from the token
	reverseWindow = 50 * time.Minute // from the payment
)

// Transaction is one session, from its token on. Money is rial. Token is Zarinpal's authority and Mellat's RefId; ResNum is metadata's
// order_id and orderId there, RefNum is ref_id and SaleReferenceId.
type Transaction struct {
	Provider    Provider  `json:"provider"`
	Terminal    string    `json:"terminal"` // Zarinpal: the merchant id
	Token       string    `json:"token"`
	State       State     `json:"state"`
	TerminalID  int64     `json:"terminal_id,omitempty"` // SEP
	Amount      int64     `json:"amount"`
	Wage        int64     `json:"wage,omitempty"` // charged on top of Amount
	ResNum      string    `json:"res_num"`
	RedirectURL string    `json:"redirect_url"`
	GetMethod   bool      `json:"get_method,omitempty"` // a 3.x callback comes by GET
	Splits      []Split   `json:"splits,omitempty"`
	RefNum      string    `json:"ref_num,omitempty"` // from the payment on
	RRN         string    `json:"rrn,omitempty"`
	TraceNo     string    `json:"trace_no,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	PaidAt      time.Time `json:"paid_at,omitzero"`
	PaysAt      time.Time `json:"pays_at,omitzero"` // a late success: when the card will be charged
	VerifiedAt  time.Time `json:"verified_at,omitzero"`
	Forged      string    `json:"forged,omitempty"`   // the made-up reference of a forged callback
	Verifies    int       `json:"verifies,omitempty"` // verify calls that were processed
	Settles     int       `json:"settles,omitempty"`  // Mellat: settle calls that were processed
	Reverses    int       `json:"reverses,omitempty"` // reverse calls that were processed
	Scenario    Scenario  `json:"scenario,omitzero"`
}

// Split is one account row of a session. The amount that no row of Zarinpal's takes goes to the merchant's own account.
type Split struct {
	IBAN       string `json:"iban,omitempty"`
	SubService int64  `json:"sub_service,omitempty"` // Mellat's number of the account
	Amount     int64  `json:"amount"`
	PurchaseID string `json:"purchase_id,omitempty"` // SEP: thirty zeros for an ordinary account; Mellat: payerId
}

// open says that the payer can still decide.
func (t *Transaction) open() bool { return t.State == StateToken || t.State == StateInProgress }

// charged is what the card loses.
func (t *Transaction) charged() int64 { return t.Amount + t.Wage }

// settle lets time do what the provider does by itself, and says whether it did.
func (t *Transaction) settle(now time.Time) bool {
	switch {
	case t.open() && t.PaysAt.IsZero() && now.After(t.ExpiresAt):
		t.State = StateExpired
	case t.State == StatePaid && now.After(t.PaidAt.Add(t.Provider.verifyWindow())):
		t.State = StateAutoReversed
	default:
		return false
	}
	return true
}

// ResultCode values of VerifyTransaction and ReverseTransaction.
const (
	codeOK              = 0
	codeRepeated        = 2
	codeReversed        = 5
	codeNotFound        = -2
	codeTooLate         = -6
	codeDisabled        = -104
	codeUnknownTerminal = -105
	codeAddress         = -106
)

// verify claims the money. A verified sale confirms again and again, as the manual's text says; the scenario can make it
// answer 2 as the manual's table says. A confirmed sale stays confirmed after 30 minutes (our choice).
func (t *Transaction) verify() int {
	switch t.State {
	case StatePaid:
		t.State = StateVerified
		t.Verifies++
		return codeOK
	case StateVerified:
		t.Verifies++
		if t.Scenario.RepeatCode {
			return codeRepeated
		}
		return codeOK
	case StateAutoReversed:
		return codeTooLate
	case StateReversed:
		return codeReversed
	default:
		return codeNotFound
	}
}

// reverse returns the money. The codes of a reversal before verify (-2) and after 50 minutes (-6) are our choice.
func (t *Transaction) reverse(now time.Time) int {
	switch {
	case t.State == StateVerified && now.After(t.PaidAt.Add(reverseWindow)):
		return codeTooLate
	case t.State == StateVerified:
		t.State = StateReversed
		t.Reverses++
		return codeOK
	case t.State == StateReversed || t.State == StateAutoReversed:
		return codeRepeated
	default:
		return codeNotFound
	}
}

// receiptState is State and Status of the receipt call; known is false where SEP answers 404. An expired session is
// "Failed" there (our choice: the 4.1 table has no other).
func (t *Transaction) receiptState(now time.Time) (name string, status int, known bool) {
	if now.After(t.CreatedAt.Add(receiptWindow)) {
		return "", 0, false
	}
	switch t.State {
	case StateToken, StateInProgress:
		return "InProgress", 0, true
	case StateCanceled:
		return "CanceledByUser", 1, true
	case StatePaid:
		return "OK", 2, true
	case StateFailed, StateExpired:
		return "Failed", 3, true
	default:
		return "", 0, false
	}
}

// legacyState is State and Status of a 3.x callback.
func (t *Transaction) legacyState() (name string, status int) {
	switch t.State {
	case StateCanceled:
		return "CanceledByUser", 1
	case StateExpired:
		return "SessionIsNull", 4
	case StateFailed:
		return "Failed", 3
	default:
		return "OK", 2
	}
}

// bend takes the fault that the scenario has for one call, once less for the next time; the zero Bend is none.
func (t *Transaction) bend(call Call) Bend {
	for i, bend := range t.Scenario.Bends {
		if bend.Call != call {
			continue
		}
		t.Scenario.Bends = slices.Clone(t.Scenario.Bends)
		if bend.Times == 1 {
			t.Scenario.Bends = slices.Delete(t.Scenario.Bends, i, i+1)
		}
		if bend.Times > 1 {
			t.Scenario.Bends[i].Times--
		}
		return bend
	}
	return Bend{}
}
