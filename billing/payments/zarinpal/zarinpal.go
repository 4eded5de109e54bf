// Package zarinpal speaks to the payment gateway of Zarinpal (REST v4: request, verify, inquiry, reverse, with shares by "wages"). It
// decides nothing about payments and stores nothing.
package zarinpal

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

// BaseURL is the production host of the present documentation; the sandbox is https://sandbox.zarinpal.com.
const BaseURL = "https://payment.zarinpal.com"

// Limits and windows. How long a paid session waits for its verification is not published: 15 minutes are planned, and nothing is given
// up before a day has passed. The others stand in the documentation of request, wages (setshare) and reverse.
const (
	PayWindow     = 15 * time.Minute
	VerifyWindow  = 15 * time.Minute
	ReverseWindow = 30 * time.Minute
	closed        = 24 * time.Hour

	minAmount      money.Rial = 1_000
	maxAmount      money.Rial = 1_000_000_000 // 100 million toman
	minWage        money.Rial = 10_000
	maxWages                  = 5
	ownPercent                = 1 // wages take 99 % of the amount at most
	maxDescription            = 500
)

// Config is one merchant. Only Description, PageURL, Client and Timeout have a default.
type Config struct {
	BaseURL     string         // server-to-server host, BaseURL in production
	PageURL     string         // host that the payer's browser reaches; empty: BaseURL
	TerminalID  string         // our public name for the merchant, in place of its secret id: letters, digits, dot, dash, underscore; at most 64
	MerchantID  gateway.Secret // 36 characters; whoever holds it can act as the merchant
	OwnAccount  string         // IBAN of the merchant's default account, which gets what no wage takes
	Description string         // what the payer reads; empty: عوارض خودرو
	Client      *http.Client   // nil: a plain one. Redirects are never followed
	Timeout     time.Duration  // for one call, zero: 15 s
}

// Adapter is a gateway.Gateway for one Zarinpal merchant.
type Adapter struct {
	config Config
	line   gateway.Line
}

var _ gateway.Gateway = (*Adapter)(nil)

var (
	terminalForm = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)
	merchantForm = regexp.MustCompile(`^[0-9A-Za-z-]{36}$`)
	accountForm  = regexp.MustCompile(`^IR[0-9]{24}$`)
)

// New checks the configuration; an error names the field that is wrong, never its value.
func New(config Config) (*Adapter, error) {
	if config.PageURL == "" {
		config.PageURL = config.BaseURL
	}
	if config.Description == "" {
		config.Description = "عوارض خودرو"
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	config.PageURL = strings.TrimRight(config.PageURL, "/")
	return &Adapter{config: config, line: gateway.NewLine(config.BaseURL, config.Client, config.Timeout)}, nil
}

func (c Config) check() error {
	switch {
	case !gateway.IsHost(c.BaseURL) || !gateway.IsHost(c.PageURL):
		return errors.New("zarinpal: BaseURL and PageURL must be absolute http or https URLs without a query")
	case !terminalForm.MatchString(c.TerminalID):
		return errors.New("zarinpal: TerminalID must be 1 to 64 letters, digits, dots, dashes or underscores")
	case !merchantForm.MatchString(c.MerchantID.Reveal()):
		return errors.New("zarinpal: MerchantID must be 36 letters, digits and dashes")
	case c.TerminalID == c.MerchantID.Reveal():
		return errors.New("zarinpal: TerminalID is stored and shown, it must not be the secret MerchantID")
	case !accountForm.MatchString(c.OwnAccount):
		return errors.New("zarinpal: OwnAccount must be IR and 24 digits")
	case utf8.RuneCountInString(c.Description) > maxDescription:
		return errors.New("zarinpal: Description must have at most 500 characters")
	}
	return nil
}

// Provider is "zarinpal".
func (a *Adapter) Provider() string { return "zarinpal" }

// Terminal is the configured public name of the merchant.
func (a *Adapter) Terminal() string { return a.config.TerminalID }

// Limits are five wages and the merchant's own account, which keeps at least 1 %; 1,000 rial to 100 million toman.
func (a *Adapter) Limits() gateway.Limits {
	return gateway.Limits{
		MaxSplits: maxWages + 1, MinAmount: minAmount, MaxAmount: maxAmount, MinSplit: minWage, OwnAccount: a.config.OwnAccount, OwnPercent: ownPercent,
		Windows: gateway.Windows{Pay: PayWindow, Verify: VerifyWindow, Reverse: ReverseWindow, Closed: closed},
	}
}
