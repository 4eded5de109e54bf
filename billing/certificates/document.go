// Package certificates issues the clearance (مفاصا) of a vehicle: a signed document that says through which fiscal year
// the vehicle's municipal duties are paid, and the one-page paper that carries it.
package certificates

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"mofasa/billing/calendar"
)

// maxRows is what one A4 page can show; the history of a vehicle never comes near it.
const maxRows = 60

// Document is the statement that is signed. Its canonical form is the JSON that Canonical gives: fields in this order, no
// white space, amounts and years as integers. It names the vehicle and the payments, and no person: the owner appears
// masked or not at all.
type Document struct {
	Serial            Serial    `json:"serial"`
	IssuedAt          time.Time `json:"issued_at"`           // UTC, whole seconds
	ThroughFiscalYear int       `json:"through_fiscal_year"` // Jalali; cleared through its last day
	AllMunicipalities bool      `json:"all_municipalities"`  // false: the clearance speaks only of the municipalities in Dues
	Vehicle           Vehicle   `json:"vehicle"`
	OwnerMasked       string    `json:"owner_masked,omitempty"` // such as "ع*** م***"; never a full name or a national ID
	OfficeName        string    `json:"office_name"`
	OfficeLicence     string    `json:"office_licence"`
	Dues              []Due     `json:"dues"`
	TotalRial         int64     `json:"total_rial"` // the sum of the dues' amounts
	PaymentReference  string    `json:"payment_reference"`
}

// Vehicle is what the paper must show of a vehicle so that a reader can match it with the one in front of them.
type Vehicle struct {
	VIN       string `json:"vin,omitempty"`        // ISO 3779; absent for a vehicle known by engine and chassis number
	EngineNo  string `json:"engine_no,omitempty"`  // as printed on the vehicle card
	ChassisNo string `json:"chassis_no,omitempty"` // as printed on the vehicle card
	Plate     string `json:"plate"`                // canonical text, "12ب14547" or "12145478", at the time of issue
	TypeName  string `json:"type_name"`
	ModelYear int    `json:"model_year"` // as on the vehicle card, Jalali or Gregorian
	ClassFA   string `json:"class_fa"`
}

// Due is one cleared bill: what one municipality was paid, and for which fiscal years.
type Due struct {
	MunicipalityCode   int    `json:"municipality_code"`
	MunicipalityNameFA string `json:"municipality_name_fa"`
	ProvinceFA         string `json:"province_fa"`
	NameEN             string `json:"name_en"`
	FiscalYears        []int  `json:"fiscal_years"` // Jalali, ascending, each once
	AmountRial         int64  `json:"amount_rial"`
	BillID             string `json:"bill_id"`    // شناسه قبض
	PaymentID          string `json:"payment_id"` // شناسه پرداخت
	Tracking           string `json:"tracking"`   // the provider's tracking number
}

// Canonical gives the bytes that are signed. It fails for a document that Validate refuses.
func (d Document) Canonical() ([]byte, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("certificates: encode document: %w", err)
	}
	return raw, nil
}

// Validate says why a document may not be signed. The reasons are programming errors, not faults of a user: whoever
// assembles a document does so from rows that were checked before.
func (d Document) Validate() error {
	serial, err := ParseSerial(string(d.Serial))
	switch {
	case err != nil:
		return fmt.Errorf("certificates: document: %w", err)
	case serial != d.Serial:
		return errors.New("certificates: serial is not in canonical form")
	case d.IssuedAt.Location() != time.UTC || d.IssuedAt.Nanosecond() != 0 || d.IssuedAt.IsZero():
		return errors.New("certificates: time of issue is not a whole second of UTC")
	case !calendar.FiscalYear(d.ThroughFiscalYear).Valid():
		return fmt.Errorf("certificates: fiscal year %d is out of range", d.ThroughFiscalYear)
	case d.Vehicle.Plate == "":
		return errors.New("certificates: document without a plate")
	case d.Vehicle.VIN == "" && (d.Vehicle.EngineNo == "" || d.Vehicle.ChassisNo == ""):
		return errors.New("certificates: vehicle without VIN and without engine and chassis number")
	case len(d.Dues) == 0 || len(d.Dues) > maxRows:
		return fmt.Errorf("certificates: %d dues, want 1 to %d", len(d.Dues), maxRows)
	}
	return d.validateDues()
}

// validateDues checks each due and that the amounts add up to the total.
func (d Document) validateDues() error {
	var sum int64
	for i, due := range d.Dues {
		if err := due.validate(d.ThroughFiscalYear); err != nil {
			return fmt.Errorf("certificates: due %d: %w", i, err)
		}
		if due.AmountRial > math.MaxInt64-sum {
			return fmt.Errorf("certificates: due %d: sum overflows", i)
		}
		sum += due.AmountRial
	}
	if sum != d.TotalRial {
		return fmt.Errorf("certificates: dues sum to %d, total says %d", sum, d.TotalRial)
	}
	return nil
}

// validate refuses years beyond the cleared one: a certificate lists only what it covers.
func (u Due) validate(through int) error {
	switch {
	case u.MunicipalityNameFA == "":
		return errors.New("no municipality name")
	case u.AmountRial < 0:
		return errors.New("negative amount")
	case len(u.FiscalYears) == 0:
		return errors.New("no fiscal year")
	case !slices.IsSorted(u.FiscalYears) || len(slices.Compact(slices.Clone(u.FiscalYears))) != len(u.FiscalYears):
		return errors.New("fiscal years are not ascending")
	case !calendar.FiscalYear(u.FiscalYears[0]).Valid() || u.FiscalYears[len(u.FiscalYears)-1] > through:
		return errors.New("fiscal year out of range")
	}
	return nil
}

// parseDocument accepts exactly what Canonical writes: an unknown field, a field in another place or case, a repeated
// key, white space or a trailing byte is refused, so that a document has one encoding and a signature one meaning.
func parseDocument(raw []byte) (Document, error) {
	var d Document
	if err := json.Unmarshal(raw, &d); err != nil {
		return Document{}, fmt.Errorf("certificates: decode document: %w", err)
	}
	canonical, err := d.Canonical()
	if err != nil {
		return Document{}, err
	}
	if !bytes.Equal(canonical, raw) {
		return Document{}, errors.New("certificates: document is not in canonical form")
	}
	return d, nil
}
