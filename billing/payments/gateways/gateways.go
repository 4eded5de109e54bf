// Package gateways is the registry of online terminals. The platform has one of its own, by configuration; it and every city may open another one, which two people
// decide. A city's own terminal takes that city's bills; the platform's takes those of all others.
package gateways

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/mellat"
	"mofasa/billing/payments/sep"
	"mofasa/billing/payments/zarinpal"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
)

// What a change of terminals is refused with.
var (
	// ErrUnknown says that there is no such terminal, or that it is not where the change would take it from.
	ErrUnknown = fault.Define(fault.NotFound, "gateway_unknown", "چنین پایانهٔ اینترنتی ثبت نشده است.", "No such online terminal is registered.")
	// ErrSettings says that settings or secrets are not those of the provider.
	ErrSettings = fault.Define(fault.Invalid, "gateway_settings", "مشخصات پایانه برای این شرکت پرداخت درست نیست.", "The settings of the terminal are not right for this provider.")
	// ErrOwnShare says that the provider leaves money with the terminal's own account, which is not the account of whoever the money belongs to.
	ErrOwnShare = fault.Define(fault.Invalid, "gateway_own_share",
		"این شرکت پرداخت بخشی از پول را در حساب خود پایانه نگه می‌دارد. چنین پایانه‌ای تنها وقتی پذیرفته است که از آن یک شهرداری و حسابش حساب همان شهرداری باشد.",
		"This provider leaves a part of the money with the terminal's own account. Such a terminal must be a city's own, and its account that city's.")
	// ErrTaken says that the terminal takes money already.
	ErrTaken = fault.Define(fault.Conflict, "gateway_terminal_taken", "این پایانه هم‌اکنون در جای دیگری به کار است.", "This terminal is in use elsewhere.")
	// ErrState says that the change was overtaken by another.
	ErrState = fault.Define(fault.Conflict, "gateway_state", "وضعیت این پایانه در این میان عوض شده است.", "The state of this terminal has changed meanwhile.")
	// ErrCity says that there is no such city, or that it has no account yet.
	ErrCity = fault.Define(fault.Invalid, "gateway_city", "چنین شهرداری نیست یا هنوز حسابی ندارد.", "There is no such municipality, or it has no account yet.")
)

// The providers.
const (
	SEP      = "sep"
	Zarinpal = "zarinpal"
	Mellat   = "mellat"
)

// Settings are what is no secret of a terminal. Each provider knows its own and refuses the others.
type Settings struct {
	OwnAccount  string           `json:"own_account,omitempty"`  // Zarinpal, Mellat: IBAN of the terminal's own account
	Description string           `json:"description,omitempty"`  // Zarinpal: what the payer reads
	SubServices map[string]int64 `json:"sub_services,omitempty"` // Mellat: number of each account that a payment can be split among, by IBAN
}

// Secrets are what a provider knows the merchant by. SEP has none.
type Secrets struct {
	MerchantID gateway.Secret // Zarinpal
	UserName   gateway.Secret // Mellat
	Password   gateway.Secret // Mellat
}

// State is where a terminal stands.
type State string

// The states: asked for by one person, opened by a second one, closed for ever.
const (
	Asked  State = "asked"
	Open   State = "open"
	Closed State = "closed"
)

// Terminal is one row of the registry, without its secrets.
type Terminal struct {
	MunicipalityID int // 0: the platform's
	ID             uuid.UUID
	Provider       string
	Number         string // of the terminal; for Zarinpal our public name of the merchant
	Settings       Settings
	State          State
	AskedBy        uuid.UUID
	AskedAt        time.Time
	OpenedAt       time.Time // zero: never
	ClosedAt       time.Time // zero: not yet
	Approval       uuid.UUID // the request that waits about it; Nil: none, or not told
}

// Hosts are where the providers are, by configuration: whoever asks for a terminal does not choose whom we talk to.
type Hosts struct {
	SEP, SEPPage           string // server to server, and where the payer's browser goes if that differs
	Zarinpal, ZarinpalPage string
	Mellat, MellatPage     string
	Now                    func() time.Time
	Client                 *http.Client  // nil: a plain one
	Timeout                time.Duration // for one call; 0: the adapter's own
}

// build makes the adapter of a terminal. Errors: gateway_settings.
func (h Hosts) build(t Terminal, s Secrets) (gateway.Gateway, error) {
	if err := t.Settings.suit(t.Provider); err != nil {
		return nil, err
	}
	g, err := h.adapter(t, s)
	if err != nil {
		return nil, ErrSettings.On("settings").Because(err)
	}
	return g, nil
}

func (h Hosts) adapter(t Terminal, s Secrets) (gateway.Gateway, error) {
	switch t.Provider {
	case SEP:
		return sep.New(sep.Config{BaseURL: h.SEP, PageURL: h.SEPPage, TerminalID: t.Number, Client: h.Client, Timeout: h.Timeout})
	case Zarinpal:
		return zarinpal.New(zarinpal.Config{BaseURL: h.Zarinpal, PageURL: h.ZarinpalPage, TerminalID: t.Number, MerchantID: s.MerchantID, OwnAccount: t.Settings.OwnAccount,
			Description: t.Settings.Description, Client: h.Client, Timeout: h.Timeout})
	case Mellat:
		number, err := strconv.ParseInt(t.Number, 10, 64)
		if err != nil || strconv.FormatInt(number, 10) != t.Number {
			return nil, fmt.Errorf("mellat: the terminal's number must be digits")
		}
		return mellat.New(mellat.Config{BaseURL: h.Mellat, PageURL: h.MellatPage, TerminalID: number, UserName: s.UserName, Password: s.Password, Account: t.Settings.OwnAccount,
			SubServices: t.Settings.SubServices, Now: h.Now, Client: h.Client, Timeout: h.Timeout})
	}
	return nil, fmt.Errorf("no provider %q", t.Provider)
}

// suit refuses what the provider does not know, and accounts that are none.
func (s Settings) suit(provider string) error {
	account, described, split := s.OwnAccount != "", s.Description != "", len(s.SubServices) > 0
	switch {
	case provider == SEP && (account || described || split), provider == Zarinpal && split, provider == Mellat && described:
		return ErrSettings.On("settings")
	}
	for iban := range s.SubServices {
		if _, err := identifiers.ParseIBAN(iban); err != nil {
			return ErrSettings.On("settings.sub_services").Because(err)
		}
	}
	if _, err := identifiers.ParseIBAN(s.OwnAccount); account && err != nil {
		return ErrSettings.On("settings.own_account").Because(err)
	}
	return nil
}

// suit refuses what the provider does not know, so that a secret is never kept for nothing; and asks for what it needs.
func (s Secrets) suit(provider string) error {
	merchant, user := s.MerchantID != "", s.UserName != "" || s.Password != ""
	if merchant != (provider == Zarinpal) || user != (provider == Mellat) {
		return ErrSettings.On("secrets")
	}
	return nil
}
