package zarinpal

import (
	"net/url"

	"mofasa/billing/payments/gateway"
)

// Returned reads Zarinpal's return: Authority and Status, OK or NOK. Nothing in it is signed. gateway.ErrCallback.
func Returned(values url.Values) (gateway.Callback, error) {
	authority, status := values["Authority"], values["Status"]
	if len(authority) != 1 || len(status) != 1 || !authorityForm.MatchString(authority[0]) {
		return gateway.Callback{}, gateway.ErrCallback
	}
	callback := gateway.Callback{Token: authority[0]}
	switch status[0] {
	case "OK":
		callback.Reference = authority[0]
	case "NOK":
	default:
		return gateway.Callback{}, gateway.ErrCallback
	}
	return callback, nil
}
