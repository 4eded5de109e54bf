// Package decisions takes and ends decisions about a vehicle's dues: exemptions, reliefs, additions and reviews, each of one city or of a national body.
// Nothing is ever edited: a decision is ended by a row that names it. What a decision does to a due is package dues'.
package decisions

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Request is what somebody decides about the vehicle that the scope names. What a kind means, and which measure it has, is dues.Decision's.
type Request struct {
	Kind                  dues.DecisionKind
	Charge                tariffs.Charge // of an exemption, a discount or a waiver; empty: every charge
	FromYear, ThroughYear calendar.FiscalYear
	Rate                  money.PPM     // of a discount or a waiver, which has a rate or an amount
	Amount                money.Rial    // of each year
	Reason                fault.Text    // both languages, at most 500 characters each
	ValidFrom             calendar.Date // the first day of assessment on which it holds, not in the past; zero: today
	ValidTo               calendar.Date // the day before which it ends; zero: it holds until somebody ends it
}

// Decision is a decision on record. Its ValidTo is the earlier of its own end and the day of End.
type Decision struct {
	dues.Decision
	VehicleID  uuid.UUID `json:"vehicle_id"`
	RecordedAt time.Time `json:"recorded_at"`
	State      State     `json:"state"` // on the day of the transaction
	End        *End      `json:"end,omitempty"`
}

// End is why a decision holds no more from a day on.
type End struct {
	ID         uuid.UUID     `json:"id"`
	Day        calendar.Date `json:"day"`
	Reason     fault.Text    `json:"reason"`
	Actor      string        `json:"actor"`
	RecordedAt time.Time     `json:"recorded_at"`
}

// State is where a decision stands on a day.
type State string

// The states.
const (
	Scheduled State = "scheduled" // it begins later
	Holding   State = "holding"
	Ended     State = "ended" // also one that was ended before it began
)

// StateOn is where the decision stands on the day.
func (d *Decision) StateOn(day calendar.Date) State {
	switch {
	case !d.ValidTo.IsZero() && (!d.ValidTo.After(d.ValidFrom) || !day.Before(d.ValidTo)):
		return Ended
	case day.Before(d.ValidFrom):
		return Scheduled
	}
	return Holding
}

// What a decision is refused with.
var (
	ErrUnknown = fault.Define(fault.NotFound, "decision_unknown", "چنین تصمیمی از این مرجع ثبت نشده است.", "No such decision of this authority is on record.")
	ErrEnded   = fault.Define(fault.Conflict, "decision_ended", "این تصمیم پیش‌تر پایان یافته یا پایان آن زودتر ثبت شده است.",
		"The decision has ended, or its end is already set for an earlier day.")

	errScope   = fault.Define(fault.Forbidden, "decision_scope", "تصمیم دربارهٔ بدهی خودرو با شهرداری یا مرجع ملی است.", "Only a municipality or a national body decides about a vehicle's dues.")
	errKind    = fault.Define(fault.Invalid, "decision_kind", "نوع تصمیم شناخته‌شده نیست.", "Unknown kind of decision.")
	errCharge  = fault.Define(fault.Invalid, "decision_charge", "این ردیف عوارض شناخته‌شده نیست یا این نوع تصمیم دربارهٔ همهٔ بدهی است.", "The charge is unknown, or a decision of this kind concerns the whole due.")
	errYears   = fault.Define(fault.Invalid, "decision_years", "سال‌های عوارض باید شمسی و به ترتیب باشند.", "The fiscal years must be Jalali years in order.")
	errMeasure = fault.Define(fault.Invalid, "decision_measure", "تخفیف و بخشودگی یا نرخ دارند یا مبلغ، افزایش و بستانکاری تنها مبلغ، و معافیت و بررسی هیچ‌کدام.",
		"A discount or a waiver has a rate or an amount, an extra or a credit an amount, an exemption or a review neither.")
	errReason     = fault.Define(fault.Invalid, "decision_reason", "دلیل تصمیم را به هر دو زبان بنویسید، هر یک حداکثر ۵۰۰ نویسه.", "State the reason in both languages, each in at most 500 characters.")
	errFrom       = fault.Define(fault.Invalid, "decision_valid_from", "روز آغاز تصمیم نادرست است یا گذشته است.", "The first day of the decision is not a day, or lies in the past.")
	errTo         = fault.Define(fault.Invalid, "decision_valid_to", "تصمیم باید پس از آغازش پایان یابد.", "A decision must end after it begins.")
	errEndDay     = fault.Define(fault.Invalid, "decision_end_day", "روز پایان تصمیم نادرست است یا گذشته است.", "The day on which the decision ends is not a day, or lies in the past.")
	errCorrection = fault.Define(fault.Conflict, "decision_of_correction", "این تصمیم را اصلاح تعرفه ثبت کرده است و تنها اصلاح دیگری آن را برمی‌گرداند.",
		"A correction of a tariff wrote this decision; only another correction takes it back.")
	errPurpose = fault.Define(fault.Invalid, "decision_purpose", "هدف از دیدن تصمیم‌ها نوشته نشده است.", "The purpose of reading the decisions is missing.")
)

// decision is the request as it will be stored, or the fault of its first wrong field.
func (r Request) decision(tx *scope.Tx, today calendar.Date) (dues.Decision, error) {
	d := dues.Decision{ID: tx.NewID().String(), Kind: r.Kind, MunicipalityID: tx.Scope.MunicipalityID(), Charge: r.Charge, FromYear: r.FromYear, ThroughYear: r.ThroughYear,
		Rate: r.Rate, Amount: r.Amount, Reason: trimmed(r.Reason), Actor: actor(tx), ValidFrom: r.ValidFrom, ValidTo: r.ValidTo}
	if d.ValidFrom.IsZero() {
		d.ValidFrom = today
	}
	if err := d.Check(); err != nil {
		return d, public(d, err)
	}
	switch {
	case d.Charge != "" && !d.Kind.Charged():
		return d, errCharge.On("charge")
	case !readable(d.Reason):
		return d, errReason.On("reason")
	case d.ValidFrom.Before(today):
		return d, errFrom.On("valid_from")
	}
	return d, nil
}

// public says what dues.Decision.Check refuses so that the one who decides can mend it.
func public(d dues.Decision, err error) error {
	var flaw *dues.FlawError
	if !errors.As(err, &flaw) {
		return err
	}
	switch flaw.Field {
	case "kind":
		return errKind.On("kind")
	case "charge":
		return errCharge.On("charge")
	case "years":
		if d.FromYear.Valid() {
			return errYears.On("through_year")
		}
		return errYears.On("from_year")
	case "measure":
		if d.Rate != 0 && !d.Kind.Rated() || d.Amount == 0 && d.Kind.Rated() {
			return errMeasure.On("rate_ppm")
		}
		return errMeasure.On("amount")
	case "reason":
		return errReason.On("reason")
	case "valid_from":
		return errFrom.On("valid_from")
	case "valid_to":
		return errTo.On("valid_to")
	}
	return err // an id, an actor or an authority: ours
}

func trimmed(t fault.Text) fault.Text {
	return fault.Text{FA: strings.TrimSpace(t.FA), EN: strings.TrimSpace(t.EN)}
}

// longestReason bounds what stands on every inquiry of the vehicle, in characters.
const longestReason = 500

func readable(reason fault.Text) bool {
	for _, text := range []string{reason.FA, reason.EN} {
		if text == "" || utf8.RuneCountInString(text) > longestReason || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return false
		}
	}
	return true
}

// actor is who decides, as dues cite it.
func actor(tx *scope.Tx) string {
	if tx.Actor.ID == uuid.Nil {
		return string(tx.Actor.Kind)
	}
	return tx.Actor.ID.String()
}
