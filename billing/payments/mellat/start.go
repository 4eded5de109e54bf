package mellat

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"mofasa/billing/payments/gateway"
)

const pagePath = "/pgwchannel/startpay.mellat"

const nobody = "0" // payerId where there is none

var (
	mobileForm  = regexp.MustCompile(`^(09[0-9]{9})?$`)
	depositForm = regexp.MustCompile(`^([0-9]{30})?$`)
)

// Start asks for a RefId: bpPayRequest, or bpCumulativeDynamicPayRequest where the payment is split. The payer's browser must post
// Session.PostForm to the page. *gateway.Invalid before anything is sent; *gateway.Refused and *gateway.Misconfigured by the table Codes.
func (a *Adapter) Start(ctx context.Context, r gateway.StartRequest) (gateway.Session, error) {
	if err := a.validate(r); err != nil {
		return gateway.Session{}, err
	}
	order := OrderID(r.MerchantReference)
	text, err := a.ask(ctx, a.payRequest(order, r))
	if err != nil {
		return gateway.Session{}, err
	}
	first, refID, _ := strings.Cut(text, ",")
	code := codeOf(strings.TrimSpace(first))
	if gateway.Meaning(Codes(), gateway.OpStart, code) != gateway.Started {
		return gateway.Session{}, failure(gateway.OpStart, code)
	}
	refID = strings.TrimSpace(refID) // the manual's samples print a blank after the comma
	token := tokenOf(order, refID)
	if !tokenForm.MatchString(token) {
		return gateway.Session{}, &gateway.Uncertain{Op: gateway.OpStart, Code: code, Reason: "success without a RefId"}
	}
	form := url.Values{"RefId": {refID}}
	if r.PayerMobile != "" {
		form.Set("MobileNo", international(r.PayerMobile))
	}
	return gateway.Session{Token: token, RedirectURL: a.config.PageURL + pagePath, PostForm: form.Encode(), ExpiresIn: PayWindow}, nil
}

func (a *Adapter) payRequest(order int64, r gateway.StartRequest) call {
	const iran = 3*60*60 + 30*60
	local := a.config.Now().In(time.FixedZone("IRST", iran))
	parameters := []parameter{
		{"orderId", decimal(order)}, {"amount", decimal(int64(r.Amount))},
		{"localDate", local.Format("20060102")}, {"localTime", local.Format("150405")},
	}
	var last []parameter
	if r.PayerMobile != "" {
		last = []parameter{{"mobileNo", international(r.PayerMobile)}}
	}
	if a.undivided(r.Splits) {
		payer := nobody
		if len(r.Splits) == 1 && r.Splits[0].DepositID != "" {
			payer = r.Splits[0].DepositID
		}
		own := []parameter{{"additionalData", r.MerchantReference}, {"callBackUrl", r.CallbackURL}, {"payerId", payer}}
		return call{gateway.OpStart, "bpPayRequest", append(append(parameters, own...), last...)}
	}
	var triples strings.Builder
	for _, split := range r.Splits {
		fmt.Fprintf(&triples, "%d,%d,%s;", a.config.SubServices[split.IBAN], split.Amount, split.DepositID)
	}
	split := []parameter{{"additionalData", triples.String()}, {"callBackUrl", r.CallbackURL}}
	return call{gateway.OpStart, "bpCumulativeDynamicPayRequest", append(append(parameters, split...), last...)}
}

// undivided holds where all of it goes to the terminal's own account.
func (a *Adapter) undivided(splits []gateway.Split) bool {
	return len(splits) == 0 || len(splits) == 1 && splits[0].IBAN == a.config.Account
}

// international is 989… of 09….
func international(mobile string) string { return "98" + strings.TrimPrefix(mobile, "0") }

func (a *Adapter) validate(r gateway.StartRequest) error {
	const maxAdditional = 1000
	if err := a.Limits().Check(r); err != nil {
		return err
	}
	if len(r.MerchantReference) > maxAdditional {
		return &gateway.Invalid{Field: "merchant_reference", Reason: "at most 1000 bytes"}
	}
	if !mobileForm.MatchString(r.PayerMobile) {
		return &gateway.Invalid{Field: "payer_mobile", Reason: "must be 09 and nine digits"}
	}
	for i, split := range r.Splits {
		if !depositForm.MatchString(split.DepositID) {
			return &gateway.Invalid{Field: fmt.Sprintf("splits[%d].deposit_id", i), Reason: "must be 30 digits"}
		}
		if a.config.SubServices[split.IBAN] == 0 && !a.undivided(r.Splits) {
			return &gateway.Invalid{Field: fmt.Sprintf("splits[%d].iban", i), Reason: "the terminal has no sub-service for this account"}
		}
	}
	return nil
}
