package mellat

import (
	"crypto/sha256"
	"encoding/binary"
	"regexp"
	"strconv"

	"mofasa/billing/payments/gateway"
)

// A session's token is its order id and its RefId, "123-AF82041a2Bf68989c7ff9". The manual wants both of a callback to match the stored
// pair; as one text they can only be found together.
var tokenForm = regexp.MustCompile(`^([1-9][0-9]{0,17})-([0-9A-Za-z]{1,64})$`)

func tokenOf(order int64, refID string) string { return decimal(order) + "-" + refID }

// orderOf is the order id of a token.
func orderOf(token string) (int64, error) {
	parts := tokenForm.FindStringSubmatch(token)
	if parts == nil {
		return 0, &gateway.Invalid{Field: "token", Reason: "must be a token of this provider"}
	}
	return strconv.ParseInt(parts[1], 10, 64)
}

var orderForm = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// OrderID is the number that Behpardakht knows an attempt by, since it wants a number: the merchant reference itself where that is one of
// at most 18 digits, otherwise 18 digits of its SHA-256. Two references with one number are refused by code 41, which harms nobody.
func OrderID(merchantReference string) int64 {
	if orderForm.MatchString(merchantReference) {
		if order, err := strconv.ParseInt(merchantReference, 10, 64); err == nil {
			return order
		}
	}
	const range18 = 1_000_000_000_000_000_000 - 1
	sum := sha256.Sum256([]byte(merchantReference))
	return int64(binary.BigEndian.Uint64(sum[:8])%range18) + 1
}

// saleOf reads a SaleReferenceId.
func saleOf(reference string) (int64, error) {
	if !orderForm.MatchString(reference) {
		return 0, &gateway.Invalid{Field: "reference", Reason: "must be a SaleReferenceId: digits without a leading zero"}
	}
	return strconv.ParseInt(reference, 10, 64)
}

func decimal(number int64) string { return strconv.FormatInt(number, 10) }
