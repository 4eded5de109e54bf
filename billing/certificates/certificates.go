package certificates

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/tenants/fault"
)

// What certification refuses with.
var (
	ErrUnknown     = fault.Define(fault.NotFound, "certificate_unknown", "گواهی‌ای با این شماره پیدا نشد.", "No certificate with this serial was found.")
	ErrNotPaid     = fault.Define(fault.Conflict, "order_not_paid", "این سبد هنوز کامل پرداخت نشده است.", "This order is not fully paid yet.")
	ErrOutstanding = fault.Define(fault.Conflict, "dues_outstanding",
		"خودرو برای این سال یا سال‌های پیش از آن هنوز بدهی دارد.", "The vehicle still owes for this year or an earlier one.")
	ErrNothingCleared = fault.Define(fault.Invalid, "nothing_cleared", "تا این سال چیزی برای گواهی کردن نیست.", "Nothing was due through this year.")
	ErrCertified      = fault.Define(fault.Conflict, "order_certified", "گواهی این سبد برای سال دیگری صادر شده است.", "The order has a certificate through another year.")
	ErrNoPlate        = fault.Define(fault.Conflict, "vehicle_without_plate", "خودرو اکنون پلاک ندارد.", "The vehicle wears no plate now.")
)

// Status is where a certificate stands; its last event says so.
type Status string

// The statuses. Superseded and revoked are for ever.
const (
	Issued     Status = "issued"
	Superseded Status = "superseded"
	Revoked    Status = "revoked"
)

// Certificate is a recorded clearance.
type Certificate struct {
	Serial      Serial
	OfficeID    uuid.UUID
	OrderID     uuid.UUID
	VehicleID   uuid.UUID
	ThroughYear int
	JWS         string
	Proof       string
	IssuedAt    time.Time
	Status      Status
	StatusAt    time.Time // since when
}

// clearedThrough is the last fiscal year up to which nothing is owed to anybody, or 0: every due is paid, here or outside, or exempt. A year that cannot be
// assessed, or is under review, is not cleared (I9).
func clearedThrough(owed []dues.Due) calendar.FiscalYear {
	var firstOpen, last calendar.FiscalYear
	for _, d := range owed {
		last = max(last, d.FiscalYear)
		if d.State != dues.Paid && d.State != dues.Exempt && (firstOpen == 0 || d.FiscalYear < firstOpen) {
			firstOpen = d.FiscalYear
		}
	}
	if firstOpen == 0 {
		return last
	}
	if !slices.ContainsFunc(owed, func(d dues.Due) bool { return d.FiscalYear < firstOpen }) {
		return 0
	}
	return firstOpen - 1
}

// paidDue is one paid fiscal year with the bill and money that settled it.
type paidDue struct {
	MunicipalityID int
	NameFA         string
	NameEN         string
	ProvinceFA     string
	FiscalYear     int
	AmountRial     int64
	BillID         string
	PaymentID      string
	Tracking       string
}

// byBill gathers paid years into one entry per bill, by municipality and first year.
func byBill(paid []paidDue) (list []Due, total int64) {
	slices.SortFunc(paid, func(a, b paidDue) int {
		return cmp.Or(cmp.Compare(a.MunicipalityID, b.MunicipalityID), cmp.Compare(a.BillID, b.BillID), cmp.Compare(a.PaymentID, b.PaymentID), cmp.Compare(a.FiscalYear, b.FiscalYear))
	})
	for _, p := range paid {
		total += p.AmountRial
		if n := len(list); n > 0 && list[n-1].MunicipalityCode == p.MunicipalityID && list[n-1].BillID == p.BillID && list[n-1].PaymentID == p.PaymentID {
			list[n-1].FiscalYears = append(list[n-1].FiscalYears, p.FiscalYear)
			list[n-1].AmountRial += p.AmountRial
			continue
		}
		list = append(list, Due{MunicipalityCode: p.MunicipalityID, MunicipalityNameFA: p.NameFA, NameEN: p.NameEN, ProvinceFA: p.ProvinceFA,
			FiscalYears: []int{p.FiscalYear}, AmountRial: p.AmountRial, BillID: p.BillID, PaymentID: p.PaymentID, Tracking: p.Tracking})
	}
	return list, total
}

// Verdict is what anybody is told about a certificate.
type Verdict struct {
	Reason   Reason // "" where it is valid
	Document Document
	EndedAt  time.Time // since when it is superseded or revoked
}

// Reason says why a certificate is not valid.
type Reason string

// The reasons. A document whose signature fails is never shown.
const (
	Valid            Reason = ""
	ReasonUnknown    Reason = "unknown"
	ReasonProof      Reason = "proof"
	ReasonSignature  Reason = "signature"
	ReasonSuperseded Reason = "superseded"
	ReasonRevoked    Reason = "revoked"
)
