// Package mellat speaks to the payment gateway of Behpardakht Mellat (IPG manual 1.29, SOAP 1.1). The money is the merchant's only after
// two calls, verify and settle; the adapter's Verify makes both. It decides nothing about payments and stores nothing.
package mellat

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"mofasa/billing/payments/gateway"
)

// BaseURL is the production host; the caller's public address must be registered for the terminal there, and the callback's domain.
const BaseURL = "https://bpm.shaparak.ir"

// Windows of the manual: a session of at least 15 minutes, 20 minutes to verify, and a reversal after the verification and before the
// settlement, for three hours and not beyond the end of the day.
const (
	PayWindow     = 15 * time.Minute
	VerifyWindow  = 20 * time.Minute
	ReverseWindow = 3 * time.Hour
	closed        = time.Hour
)

const (
	maxSplits = 10
)

// Config is one terminal. Only PageURL, SubServices, Client and Timeout have a default.
type Config struct {
	BaseURL    string         // server-to-server host, BaseURL in production
	PageURL    string         // host that the payer's browser reaches; empty: BaseURL
	TerminalID int64          // given by Behpardakht
	UserName   gateway.Secret // of the terminal's web service
	Password   gateway.Secret // of the terminal's web service
	Account    string         // IBAN of the terminal's own account
	// SubServices are the accounts that a payment can be split among, by IBAN: the number that Behpardakht gave to each. Without any, a
	// payment goes to Account undivided.
	SubServices map[string]int64
	Now         func() time.Time // for localDate and localTime
	Client      *http.Client     // nil: a plain one. Redirects are never followed
	Timeout     time.Duration    // for one call, zero: 15 s. Verify makes two calls, four at most
}

// Adapter is a gateway.Gateway for one Mellat terminal.
type Adapter struct {
	config Config
	line   gateway.Line
}

var _ gateway.Gateway = (*Adapter)(nil)

var accountForm = regexp.MustCompile(`^IR[0-9]{24}$`)

// New checks the configuration; an error names the field that is wrong, never its value.
func New(config Config) (*Adapter, error) {
	if config.PageURL == "" {
		config.PageURL = config.BaseURL
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
		return errors.New("mellat: BaseURL and PageURL must be absolute http or https URLs without a query")
	case c.TerminalID <= 0:
		return errors.New("mellat: TerminalID must be positive")
	case c.UserName == "" || c.Password == "":
		return errors.New("mellat: UserName and Password must not be empty")
	case !accountForm.MatchString(c.Account):
		return errors.New("mellat: Account must be IR and 24 digits")
	case c.Now == nil:
		return errors.New("mellat: Now must tell the time")
	}
	for account, number := range c.SubServices {
		if !accountForm.MatchString(account) || number <= 0 {
			return errors.New("mellat: SubServices must map IBANs to positive numbers")
		}
	}
	return nil
}

// Provider is "mellat".
func (a *Adapter) Provider() string { return "mellat" }

// Terminal is the configured terminal number.
func (a *Adapter) Terminal() string { return decimal(a.config.TerminalID) }

// Limits are ten sub-services, or the one account of a plain terminal.
func (a *Adapter) Limits() gateway.Limits {
	splits := 1
	if len(a.config.SubServices) > 0 {
		splits = maxSplits
	}
	return gateway.Limits{
		MaxSplits: splits, ReferenceByCallback: true, ReverseBeforeClaim: true,
		Windows: gateway.Windows{Pay: PayWindow, Verify: VerifyWindow, Reverse: ReverseWindow, Closed: closed},
	}
}
