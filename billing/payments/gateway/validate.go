package gateway

import (
	"fmt"
	"net/url"
	"strings"

	"mofasa/billing/money"
)

// Validate checks what holds for every provider: a positive amount, our own number, an absolute callback, at most
// maxSplits rows whose IBANs are sound and whose amounts are positive and sum to exactly the amount. It returns nil or
// an *Invalid. Adapters add their own limits and call it before anything is sent.
func (r StartRequest) Validate(maxSplits int) error {
	if r.Amount <= 0 {
		return &Invalid{"amount", "must be positive"}
	}
	if strings.TrimSpace(r.MerchantReference) == "" {
		return &Invalid{"merchant_reference", "must not be empty"}
	}
	callback, err := url.Parse(r.CallbackURL)
	if err != nil || callback.Host == "" || (callback.Scheme != "https" && callback.Scheme != "http") {
		return &Invalid{"callback_url", "must be an absolute http or https URL"}
	}
	if len(r.Splits) > maxSplits {
		return &Invalid{"splits", fmt.Sprintf("at most %d rows", maxSplits)}
	}
	if len(r.Splits) == 0 {
		return nil
	}
	return validateSplits(r.Splits, r.Amount)
}

func validateSplits(splits []Split, amount money.Rial) error {
	rest := amount
	for i, split := range splits {
		if !validIBAN(split.IBAN) {
			return &Invalid{fmt.Sprintf("splits[%d].iban", i), "must be IR and 24 digits with sound check digits"}
		}
		if split.Amount <= 0 {
			return &Invalid{fmt.Sprintf("splits[%d].amount", i), "must be positive"}
		}
		if split.Amount > rest {
			return &Invalid{"splits", "rows exceed the amount"}
		}
		rest -= split.Amount
	}
	if rest != 0 {
		return &Invalid{"splits", "rows fall short of the amount"}
	}
	return nil
}

// validIBAN checks an Iranian IBAN by ISO 13616 (modulus 97): the bank refuses the whole payment for one wrong digit.
func validIBAN(iban string) bool {
	const ibanLength = 26
	if len(iban) != ibanLength || iban[:2] != "IR" {
		return false
	}
	remainder := 0
	for _, digit := range iban[4:] + "1827" + iban[2:4] { // "IR" spelled in digits
		if digit < '0' || digit > '9' {
			return false
		}
		remainder = (remainder*10 + int(digit-'0')) % 97
	}
	return remainder == 1
}
