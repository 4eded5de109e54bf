package zarinpal

import (
	"context"
	"fmt"
	"regexp"

	"mofasa/billing/payments/gateway"
)

const (
	requestPath = "/pg/v4/payment/request.json"
	pagePath    = "/pg/StartPay/"
)

// request is request.json in the documentation's order.
type request struct {
	MerchantID  string   `json:"merchant_id"`
	Amount      int64    `json:"amount"`
	Currency    string   `json:"currency"`
	CallbackURL string   `json:"callback_url"`
	Description string   `json:"description"`
	Metadata    metadata `json:"metadata"`
	Wages       []wage   `json:"wages,omitempty"`
}

type metadata struct {
	Mobile  string `json:"mobile,omitempty"`
	OrderID string `json:"order_id"`
	// AutoVerify off: otherwise a setting of the merchant's panel could claim money that nobody has compared.
	AutoVerify bool `json:"auto_verify"`
}

type wage struct {
	IBAN        string `json:"iban"`
	Amount      int64  `json:"amount"`
	Description string `json:"description"`
}

// authorityForm is that of Zarinpal's own SDKs; the sandbox may issue a UUID.
var authorityForm = regexp.MustCompile(`^[0-9A-Za-z-]{36}$`)

var mobileForm = regexp.MustCompile(`^(09[0-9]{9})?$`)

// Start asks for an authority. *gateway.Invalid before anything is sent; *gateway.Refused and *gateway.Misconfigured by the table Codes.
func (a *Adapter) Start(ctx context.Context, r gateway.StartRequest) (gateway.Session, error) {
	if err := a.validate(r); err != nil {
		return gateway.Session{}, err
	}
	answer, err := a.post(ctx, call{gateway.OpStart, requestPath}, request{
		MerchantID: a.config.MerchantID.Reveal(), Amount: int64(r.Amount), Currency: "IRR", CallbackURL: r.CallbackURL,
		Description: a.config.Description, Metadata: metadata{Mobile: r.PayerMobile, OrderID: r.MerchantReference}, Wages: a.wages(r.Splits),
	})
	if err != nil {
		return gateway.Session{}, err
	}
	if answer.outcome() != gateway.Started {
		return gateway.Session{}, answer.failure()
	}
	authority := string(answer.Authority)
	if !authorityForm.MatchString(authority) {
		return gateway.Session{}, answer.uncertain("success without an authority")
	}
	return gateway.Session{Token: authority, RedirectURL: a.config.PageURL + pagePath + authority, ExpiresIn: PayWindow}, nil
}

// wages are the rows of all accounts but the merchant's own, which gets the rest by itself.
func (a *Adapter) wages(splits []gateway.Split) []wage {
	var wages []wage
	for _, split := range splits {
		if split.IBAN != a.config.OwnAccount {
			wages = append(wages, wage{split.IBAN, int64(split.Amount), a.config.Description})
		}
	}
	return wages
}

// validate needs not count the wages: one of six rows at most is the merchant's own.
func (a *Adapter) validate(r gateway.StartRequest) error {
	if err := a.Limits().Check(r); err != nil {
		return err
	}
	if !mobileForm.MatchString(r.PayerMobile) {
		return &gateway.Invalid{Field: "payer_mobile", Reason: "must be 09 and nine digits"}
	}
	for i, split := range r.Splits {
		if split.DepositID != "" {
			return &gateway.Invalid{Field: fmt.Sprintf("splits[%d].deposit_id", i), Reason: "Zarinpal carries none"}
		}
	}
	return nil
}
