package sep

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"mofasa/billing/payments/gateway"
)

// Longest values that SEP can have issued; RefNum by the manual, the others by what clients see, with room.
const (
	maxRefNum = 50
	maxToken  = 256
	maxState  = 40
)

// ErrCallback says that a callback names no sale, names two, or carries a value that SEP cannot have issued.
var ErrCallback = fmt.Errorf("sep: %w", gateway.ErrCallback)

// Callback is what the payer's browser brought back. Anyone can forge it: it only names the sale to inquire about or
// verify. Which version a terminal uses is not announced, so both are read.
type Callback struct {
	Version int    // 4: Token and RefNum only; 3: State or Status is present
	Token   string // finds the attempt; may be missing in version 3
	RefNum  string // the reference to verify; empty where nothing was paid, as SEP claims
	ResNum  string // our number, version 3 only
	State   string // claimed state name without spaces, version 3 only
	Status  string // claimed status code, version 3 only
}

// String hides the token and the reference.
func (c Callback) String() string { return "sep callback of " + c.ResNum + " state " + c.State }

// ParseCallback reads the raw query of a version 4 return (GET) or the raw body of a version 3 form (POST). SEP may leave
// the + of a RefNum unescaped, which decoding turns into a space; it becomes a + again. Parameters that are not SEP's are
// ignored, even where their escapes are broken. ErrCallback.
func ParseCallback(raw string) (Callback, error) {
	values := url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(key)
		if err != nil || !isCallbackKey(key) {
			continue
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return Callback{}, ErrCallback
		}
		values.Add(key, value)
	}
	return ReadCallback(values)
}

// ReadCallback reads a query or form that is decoded already; spaces in token and references become + again. ErrCallback.
func ReadCallback(values url.Values) (Callback, error) {
	fields := map[string]string{}
	for key, all := range values {
		if !isCallbackKey(key) {
			continue
		}
		for _, value := range all {
			key, value := strings.ToLower(key), repair(key, value)
			if old, taken := fields[key]; taken && old != value {
				return Callback{}, ErrCallback
			}
			fields[key] = value
		}
	}
	callback := Callback{
		Version: 4,
		Token:   fields["token"],
		RefNum:  fields["refnum"],
		ResNum:  fields["resnum"],
		State:   fields["state"],
		Status:  fields["status"],
	}
	if callback.State != "" || callback.Status != "" {
		callback.Version = 3
	}
	if !callback.sound() {
		return Callback{}, ErrCallback
	}
	return callback, nil
}

// Returned is SEP's gateway.Returned: the session and, where SEP claims a payment, the RefNum to verify.
func Returned(values url.Values) (gateway.Callback, error) {
	callback, err := ReadCallback(values)
	if err != nil {
		return gateway.Callback{}, err
	}
	return gateway.Callback{Token: callback.Token, MerchantReference: callback.ResNum, Reference: callback.RefNum}, nil
}

func isCallbackKey(key string) bool {
	switch strings.ToLower(key) {
	case "token", "refnum", "resnum", "state", "status":
		return true
	default:
		return false
	}
}

// repair undoes form decoding: no value of SEP holds a space, a + of base64 does become one. State names lose both.
func repair(key, value string) string {
	if strings.EqualFold(key, "state") {
		return strings.NewReplacer(" ", "", "+", "").Replace(value)
	}
	return strings.ReplaceAll(value, " ", "+")
}

// sound says that a callback names a sale and holds only values that SEP can have issued.
func (c Callback) sound() bool {
	named := c.Token != "" || c.ResNum != ""
	return named && fits(c.Token, maxToken) && fits(c.RefNum, maxRefNum) && fits(c.ResNum, maxResNum) &&
		fits(c.State, maxState) && fits(c.Status, maxState)
}

// fits says that text is empty or well formed.
func fits(text string, longest int) bool { return text == "" || wellFormed(text, longest) }

// wellFormed says that text is non-empty printable ASCII without spaces, and not longer than longest.
func wellFormed(text string, longest int) bool {
	strange := func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }
	return text != "" && len(text) <= longest && !strings.ContainsFunc(text, strange)
}
