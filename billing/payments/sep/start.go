package sep

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"mofasa/billing/payments/gateway"
)

const (
	tokenPath = "/onlinepg/onlinepg"
	pagePath  = "/OnlinePG/SendToken"
)

// Limits of the token request (SEP IPG manual 4.1, token table). The manual clamps the life time; so does the adapter, to
// know how long the session really lasts. The length of ResNum is what SEP's clients enforce.
const (
	minTokenMinutes = 20
	maxTokenMinutes = 3600
	maxResNum       = 50
	maxRedirectURL  = 2083
	depositIDDigits = 30
)

// noDepositID marks an ordinary account in a split row (MultiSettle note): thirty zeros.
const noDepositID = "000000000000000000000000000000"

// tokenRequest is the token call in SEP's exact spelling; parameter names are case-sensitive there.
type tokenRequest struct {
	Action             string     `json:"action"`
	TerminalID         string     `json:"TerminalId"`
	Amount             int64      `json:"Amount"`
	ResNum             string     `json:"ResNum"`
	RedirectURL        string     `json:"RedirectUrl"`
	CellNumber         string     `json:"CellNumber,omitempty"`
	TokenExpiryInMin   int64      `json:"TokenExpiryInMin"`
	TranType           string     `json:"TranType,omitempty"`
	SettlementIBANInfo []splitRow `json:"SettlementIBANInfo,omitempty"`
}

type splitRow struct {
	IBAN       string `json:"IBAN"`
	Amount     int64  `json:"Amount"`
	PurchaseID string `json:"PurchaseId"`
}

// Start asks SEP for a token. *gateway.Invalid before anything is sent; *gateway.Refused with SEP's errorCode (21: split
// rules); *gateway.Misconfigured for an unknown or disabled terminal or an unregistered address.
func (a *Adapter) Start(ctx context.Context, request gateway.StartRequest) (gateway.Session, error) {
	body, err := a.tokenRequest(request)
	if err != nil {
		return gateway.Session{}, err
	}
	answer, err := a.post(ctx, call{gateway.OpStart, tokenPath}, body)
	if err != nil {
		return gateway.Session{}, err
	}
	status, known := answer.number("status")
	token := answer.text("token")
	switch {
	case known && status == 1 && answer.accepted() && wellFormed(token, maxToken):
		return a.session(token, body.TokenExpiryInMin), nil
	case known && status == -1 && token == "":
		return gateway.Session{}, answer.refusal(gateway.OpStart, answer.code("errorCode"), "errorDesc")
	default:
		return gateway.Session{}, answer.uncertain(gateway.OpStart, "token answer without a sound status and token")
	}
}

func (a *Adapter) session(token string, minutes int64) gateway.Session {
	return gateway.Session{
		Token:       token,
		RedirectURL: a.page + pagePath + "?token=" + url.QueryEscape(token),
		ExpiresIn:   time.Duration(minutes) * time.Minute,
	}
}

func (a *Adapter) tokenRequest(request gateway.StartRequest) (tokenRequest, error) {
	if err := a.validate(request); err != nil {
		return tokenRequest{}, err
	}
	body := tokenRequest{
		Action:             "token",
		TerminalID:         a.terminal,
		Amount:             int64(request.Amount),
		ResNum:             request.MerchantReference,
		RedirectURL:        request.CallbackURL,
		CellNumber:         strings.TrimPrefix(request.PayerMobile, "0"),
		TokenExpiryInMin:   min(max(int64(request.Lifetime/time.Minute), minTokenMinutes), maxTokenMinutes),
		SettlementIBANInfo: splitRows(request.Splits),
	}
	if a.government && len(request.Splits) > 0 {
		body.TranType = "Government" // without it SEP books an ordinary sale and says nothing (Government note)
	}
	return body, nil
}

func splitRows(splits []gateway.Split) []splitRow {
	rows := make([]splitRow, 0, len(splits))
	for _, split := range splits {
		row := splitRow{IBAN: split.IBAN, Amount: int64(split.Amount), PurchaseID: split.DepositID}
		if row.PurchaseID == "" {
			row.PurchaseID = noDepositID
		}
		rows = append(rows, row)
	}
	return rows
}

func (a *Adapter) validate(request gateway.StartRequest) error {
	if err := request.Validate(maxSplits); err != nil {
		return err
	}
	if !wellFormed(request.MerchantReference, maxResNum) {
		return &gateway.Invalid{Field: "merchant_reference", Reason: "at most 50 printable ASCII characters without spaces"}
	}
	if len(request.CallbackURL) > maxRedirectURL {
		return &gateway.Invalid{Field: "callback_url", Reason: "at most 2083 characters"}
	}
	mobile := request.PayerMobile
	if mobile != "" && (len(mobile) != 11 || !strings.HasPrefix(mobile, "09") || !isDigits(mobile)) {
		return &gateway.Invalid{Field: "payer_mobile", Reason: "must be 09 and nine digits"}
	}
	for i, split := range request.Splits {
		if err := a.validateDepositID(split.DepositID); err != nil {
			err.Field = fmt.Sprintf("splits[%d].deposit_id", i)
			return err
		}
	}
	return nil
}

func (a *Adapter) validateDepositID(id string) *gateway.Invalid {
	if id == "" && a.government {
		return &gateway.Invalid{Reason: "a government terminal wants one for every row"}
	}
	if id != "" && (len(id) != depositIDDigits || !isDigits(id)) {
		return &gateway.Invalid{Reason: "must be 30 digits"}
	}
	return nil
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
