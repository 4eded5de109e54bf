package vehicles

import (
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
)

// ExternalReport is a city's word that it took the duty of one fiscal year of a vehicle outside.
type ExternalReport struct {
	FiscalYear int       // Jalali
	AmountRial int64     // what was taken, in rial
	PaidOn     time.Time // midnight UTC of a Gregorian day
	Reference  string    // the city's own number of the payment
}

// ExternalPayment is a report that stands: the due of this city, vehicle and fiscal year counts as paid, and its source is the city's report.
type ExternalPayment struct {
	ID             uuid.UUID
	MunicipalityID int
	VehicleID      uuid.UUID
	ExternalReport
	ReportedAt time.Time
}

var (
	errNotCity        = fault.Define(fault.Forbidden, "external_payment_scope", "گزارش پرداخت بیرونی کار خود شهرداری است.", "Only the municipality itself reports what it took outside.")
	errFiscalYear     = fault.Define(fault.Invalid, "external_payment_year", "سال عوارض باید سالی شمسی و نه آینده باشد.", "The fiscal year must be a Jalali year that has begun.")
	errAmount         = fault.Define(fault.Invalid, "external_payment_amount", "مبلغ باید بیش از صفر ریال باشد.", "The amount must be more than zero rial.")
	errElsewhere      = fault.Define(fault.Conflict, "external_payment_elsewhere", "محل سکونت مالک این خودرو در این سال در این شهرداری نبوده است.", "The owner did not live in this municipality in that year.")
	errClaimed        = fault.Define(fault.Conflict, "external_payment_claimed", "این سال در همین سامانه پرداخت شده یا در حال پرداخت است.", "This year is paid, or being paid, through Mofasa.")
	errReported       = fault.Define(fault.Conflict, "external_payment_reported", "پرداخت این سال پیش‌تر گزارش شده است.", "The payment of this year is reported already.")
	errPaymentUnknown = fault.Define(fault.NotFound, "external_payment_unknown", "چنین گزارشی ثبت نشده است.", "No such report is on record.")
	errWithdrawn      = fault.Define(fault.Conflict, "external_payment_withdrawn", "این گزارش پیش‌تر پس گرفته شده است.", "This report is withdrawn already.")
)

// residedIn tells whether some period of a residence falls into a fiscal year.
func residedIn(periods []Period, year int, fiscalYear func(time.Time) int) bool {
	for _, p := range periods {
		begun := fiscalYear(p.From) <= year
		if begun && (p.To.IsZero() || fiscalYear(p.To.AddDate(0, 0, -1)) >= year) {
			return true
		}
	}
	return false
}
