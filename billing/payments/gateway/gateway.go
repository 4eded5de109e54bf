// Package gateway is the port between payments and online payment providers: what a provider can be asked, what its
// answers mean, and which errors leave a payment unknown. It decides nothing and reaches nobody by
// itself: adapters own the wire, for which Line is the exchange that they share, and callers own the decision.
package gateway

import (
	"context"
	"log/slog"
	"time"

	"mofasa/billing/money"
)

// Gateway is one terminal at one online payment provider. Implementations are safe for concurrent use, never retry by
// themselves, and report errors only as *Invalid, *Refused, *Misconfigured or *Uncertain.
type Gateway interface {
	// Provider is the stable lower-case name of the provider, such as "sep".
	Provider() string
	// Terminal is the merchant's terminal number at the provider.
	Terminal() string
	// Limits is what this terminal can do and how long its provider's windows stay open.
	Limits() Limits
	// Start opens a payment session for one attempt. Nobody can pay before the payer is sent to Session.RedirectURL.
	Start(ctx context.Context, request StartRequest) (Session, error)
	// Inquire asks what the provider knows of a sale, by its token and by its reference where one is known or a callback named
	// one. It confirms nothing: only Verify keeps the money. Without a reference a provider whose Limits say ReferenceByCallback
	// is not asked, and the answer is NotFound.
	Inquire(ctx context.Context, reference string, sale Sale) (Answer, error)
	// Verify claims the money of a paid sale by the provider's reference, in as many steps as the provider wants: Verified means
	// that the money is ours. It may be repeated while no answer has arrived; a repetition takes up where the last one broke off.
	Verify(ctx context.Context, reference string, sale Sale) (Answer, error)
	// Reverse returns the whole amount of a verified sale to the payer, inside the provider's window; where Limits say
	// ReverseBeforeClaim, only while the last step of Verify is still to be done.
	Reverse(ctx context.Context, reference string, sale Sale) (Answer, error)
}

// StartRequest is one attempt to pay; Validate states its rules.
type StartRequest struct {
	MerchantReference string        // our number of the attempt, never used twice
	Amount            money.Rial    // what the card is charged
	CallbackURL       string        // absolute http(s) URL that the payer's browser returns to
	PayerMobile       string        // optional, 09xxxxxxxxx; providers use it only to offer stored cards
	Lifetime          time.Duration // how long the payer may take; the provider's own bounds win, zero asks for its default
	Splits            []Split       // empty: the whole amount goes to the terminal's own account
}

// Split is the part of a payment that the bank sends straight to one account.
type Split struct {
	IBAN      string     // "IR" and 24 digits
	Amount    money.Rial // positive
	DepositID string     // شناسه واریز of a government account, 30 digits; empty for an ordinary account
}

// Session is an open payment page. Its token opens the page to whoever holds it, so printing and logging hide it.
type Session struct {
	Token       string
	RedirectURL string        // where the payer's browser goes; may carry the token
	PostForm    string        // form that the browser must post to RedirectURL, URL-encoded; empty: a link is enough
	ExpiresIn   time.Duration // how long the provider keeps the page open
}

// String hides the token and the address that carries it.
func (s Session) String() string { return "gateway session, open for " + s.ExpiresIn.String() }

// LogValue hides the token and the address that carries it.
func (s Session) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Sale is what our own row says of the attempt. Providers differ in which parts a verification must repeat; an adapter
// sends what its provider wants and ignores the rest.
type Sale struct {
	Token             string
	MerchantReference string
	Amount            money.Rial
}

// LogValue hides the token.
func (s Sale) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String hides the token.
func (s Sale) String() string { return "gateway sale " + s.MerchantReference }
