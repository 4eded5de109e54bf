package gateway

import (
	"errors"
	"net/url"
)

// ErrCallback says that a return names no sale, names two, or carries a value that the provider cannot have issued.
var ErrCallback = errors.New("gateway: callback unreadable")

// Callback is what the payer's browser brought back. Anyone can forge it: it only names the session to go and ask about. Its
// reference is a hint for Inquire and Verify, which compare it with the session; it may be kept as a payment's reference only once one
// of them has confirmed it, or a forged return would keep the true one out.
type Callback struct {
	Token             string // of the session; may be missing where MerchantReference is there
	MerchantReference string // our number, where the provider repeats it
	Reference         string // the sale that the provider claims was paid; empty where it claims none
}

// String hides the token and the reference.
func (c Callback) String() string { return "gateway callback of " + c.MerchantReference }

// Returned reads the decoded query or form of a return; each adapter's package has one. ErrCallback.
type Returned func(values url.Values) (Callback, error)
