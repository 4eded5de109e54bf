package mellat

import (
	"net/url"

	"mofasa/billing/payments/gateway"
)

// Returned reads the form that the payer's browser posts: RefId, ResCode, SaleOrderId and, where Mellat claims a payment (ResCode 0),
// SaleReferenceId. Its token matches a stored session only if RefId and SaleOrderId both do. gateway.ErrCallback.
func Returned(values url.Values) (gateway.Callback, error) {
	one := func(name string) string {
		if len(values[name]) != 1 {
			return ""
		}
		return values[name][0]
	}
	token := one("SaleOrderId") + "-" + one("RefId")
	if _, err := orderOf(token); err != nil || codeOf(one("ResCode")) == "" {
		return gateway.Callback{}, gateway.ErrCallback
	}
	callback := gateway.Callback{Token: token}
	if one("ResCode") != "0" {
		return callback, nil
	}
	if _, err := saleOf(one("SaleReferenceId")); err != nil {
		return gateway.Callback{}, gateway.ErrCallback
	}
	callback.Reference = one("SaleReferenceId")
	return callback, nil
}
