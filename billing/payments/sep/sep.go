// Package sep speaks to the online gateway of Saman Electronic Payment (SEP IPG manual 4.1, with the callbacks of 3.1 and
// the split settlement of the Government and MultiSettle notes). It decides nothing about payments and stores nothing.
package sep

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mofasa/billing/payments/gateway"
)

// BaseURL is the production host; the caller's public address must be registered for the terminal there.
const BaseURL = "https://sep.shaparak.ir"

// Windows of the provider (SEP IPG manual 4.1, notes on receipt, verification and reversal).
const (
	ReceiptWindow = 60 * time.Minute // Inquire: after the token was created, and only before a verify or reverse
	VerifyWindow  = 30 * time.Minute // Verify: after the payment, else SEP returns the money by itself
	ReverseWindow = 50 * time.Minute // Reverse: after the payment, and only after a verify
)

const (
	provider  = "sep"
	maxSplits = 9
)

// Config is one terminal. Only BaseURL and TerminalID have no default.
type Config struct {
	BaseURL    string        // server-to-server host, BaseURL in production
	PageURL    string        // host that the payer's browser reaches; empty: BaseURL. They differ behind an egress proxy
	TerminalID string        // digits, no leading zero
	Government bool          // the terminal settles to the treasury: every split row carries its deposit id
	Client     *http.Client  // nil: a plain one. Redirects are never followed
	Timeout    time.Duration // for one call, zero: 15 s
}

// Adapter is a gateway.Gateway for one SEP terminal.
type Adapter struct {
	page       string
	terminal   string
	number     int64 // terminal as the receipt and verify calls want it
	government bool
	line       gateway.Line
}

var _ gateway.Gateway = (*Adapter)(nil)

// New checks the configuration; an error names the field that is wrong.
func New(config Config) (*Adapter, error) {
	if config.PageURL == "" {
		config.PageURL = config.BaseURL
	}
	number, err := strconv.ParseInt(config.TerminalID, 10, 64)
	if err != nil || number <= 0 || strconv.FormatInt(number, 10) != config.TerminalID {
		return nil, errors.New("sep: TerminalID must be digits without a leading zero")
	}
	if !gateway.IsHost(config.BaseURL) || !gateway.IsHost(config.PageURL) {
		return nil, fmt.Errorf("sep: BaseURL and PageURL must be absolute http or https URLs without a query")
	}
	return &Adapter{
		page:       strings.TrimRight(config.PageURL, "/"),
		terminal:   config.TerminalID,
		number:     number,
		government: config.Government,
		line:       gateway.NewLine(config.BaseURL, config.Client, config.Timeout),
	}, nil
}

// Provider is "sep".
func (a *Adapter) Provider() string { return provider }

// Terminal is the configured terminal number.
func (a *Adapter) Terminal() string { return a.terminal }

// Limits are those of SEP IPG manual 4.1 and the MultiSettle note. Money that nobody verified goes back 30 minutes after the
// payment, which comes 20 minutes after the token at the latest; the rest of the hour is slack.
func (a *Adapter) Limits() gateway.Limits {
	return gateway.Limits{MaxSplits: maxSplits, Windows: gateway.Windows{
		Pay: minTokenMinutes * time.Minute, Inquire: ReceiptWindow, Verify: VerifyWindow, Reverse: ReverseWindow, Closed: time.Hour,
	}}
}

// Verify claims a paid sale by its RefNum (VerifyTransaction). A repetition may answer Verified again or Repeated; a
// verification after 30 minutes is Expired. The amounts, terminal and RefNum of the answer are SEP's own: compare them.
func (a *Adapter) Verify(ctx context.Context, reference string, _ gateway.Sale) (gateway.Answer, error) {
	return a.confirm(ctx, verification(), reference)
}

// Reverse returns a verified sale to the payer by its RefNum (ReverseTransaction). A sale that is reversed already answers
// Reversed as well; a reversal after 50 minutes is *gateway.Refused.
func (a *Adapter) Reverse(ctx context.Context, reference string, _ gateway.Sale) (gateway.Answer, error) {
	return a.confirm(ctx, reversal(), reference)
}
