package bills

import (
	"slices"

	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// What the agreement between the office and a city does not allow; an inquiry says the same of what it shows. Each names the city's code.
var (
	ErrNoAgreement     = inquiries.ErrNoAgreement
	ErrChargeNotAgreed = inquiries.ErrChargeNotAgreed
	ErrOrderCeiling    = inquiries.ErrOrderCeiling
	ErrDayCeiling      = inquiries.ErrDayCeiling
)

// ErrMethodNotAgreed says that the agreement with a city of an order does not cover the method of a payment. It names the city's code.
var ErrMethodNotAgreed = fault.Define(fault.Forbidden, "method_not_agreed",
	"توافق‌نامهٔ دفتر با یکی از شهرداری‌های این سبد این روش پرداخت را در بر ندارد.", "Your office's agreement with a municipality of this order does not cover this method of payment.")

// ErrNotAtBank says that the agreement with a bill's city does not cover payment at a bank: its two numbers are given to nobody.
var ErrNotAtBank = fault.Define(fault.Forbidden, "bank_not_agreed",
	"توافق‌نامهٔ دفتر با این شهرداری پرداخت در بانک را در بر ندارد؛ شناسهٔ قبض و شناسهٔ پرداخت به پرداخت‌کننده داده نمی‌شود. با روش دیگری بگیرید.",
	"Your office's agreement with this municipality does not cover payment at a bank; bill ID and payment ID are not given to the payer. Collect by another method.")

// withinTerms refuses what the agreements with the cities of the chosen dues do not cover. Cities come by id, so that two orders of an office wait for each other
// in one order where a ceiling of the day makes them.
func withinTerms(tx *scope.Tx, chosen []dues.Due, cities []inquiries.Municipality) error {
	for _, m := range cities {
		if !slices.ContainsFunc(chosen, func(d dues.Due) bool { return d.MunicipalityID == m.ID }) {
			continue
		}
		if m.Agreement != nil && m.Agreement.DayCeilingRial > 0 {
			held, err := holdCeiling(tx, m)
			if err != nil {
				return err
			}
			m.Agreement = &held
		}
		if err := m.Refuse(chosen); err != nil {
			return fault.OnField(err, "dues")
		}
	}
	return nil
}

// of says which city's agreement it is.
func of(f *fault.Error, municipality int) *fault.Error {
	return f.With("municipality_code", municipality)
}
