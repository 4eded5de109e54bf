package offices

import (
	"context"
	"slices"
	"strings"
	"time"

	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// What an office may ask a fee for.
const (
	Clearance = "clearance" // a visit from the inquiry to the certificate
	Inquiry   = "inquiry"   // a look-up alone
)

// Services lists every service that has a fee.
func Services() []string { return []string{Clearance, Inquiry} }

// Fee is what offices of a class may ask for a service from a day on, until the next day that has an amount. It is no part of any duty.
type Fee struct {
	Service     string
	OfficeClass string
	ValidFrom   time.Time
	Revision    int // of the amounts of one day the last one holds
	AmountRial  int64
	Reference   string // the decree that sets it
	SetAt       time.Time
	Holds       bool // on the day of the transaction that read it
}

var (
	errService   = fault.Define(fault.Invalid, "fee_service", "چنین خدمتی کارمزد ندارد.", "No such service has a fee.")
	errFeeFrom   = fault.Define(fault.Invalid, "fee_valid_from", "کارمزد از امروز یا روزی پس از آن تعیین می‌شود.", "A fee is set from today or a later day on.")
	errFeeAmount = fault.Define(fault.Invalid, "fee_amount", "مبلغ کارمزد منفی نیست و از یک میلیارد ریال نمی‌گذرد.", "A fee is not negative and at most a billion rial.")
	errReference = fault.Define(fault.Invalid, "fee_reference", "شمارهٔ مصوبهٔ کارمزد را بنویسید؛ تا ۲۰۰ نویسه.", "Name the decree of the fee, in at most 200 characters.")
	errFeeTwice  = fault.Define(fault.Conflict, "fee_meanwhile", "در این میان کس دیگری کارمزد همین روز را تعیین کرد؛ دوباره بکوشید.", "Somebody else has set the fee of this day in the meantime; try again.")
)

// mostFee catches an amount that somebody typed with too many zeros, in rial.
const mostFee = 1_000_000_000

func (f Fee) check(today time.Time) error {
	switch {
	case !slices.Contains(Services(), f.Service):
		return errService.On("service")
	case !classes.MatchString(f.OfficeClass):
		return errClass.On("office_class")
	case f.ValidFrom.IsZero() || f.ValidFrom.Before(today):
		return errFeeFrom.On("valid_from")
	case f.AmountRial < 0 || f.AmountRial > mostFee:
		return errFeeAmount.On("amount_rial")
	case !said(f.Reference, 200):
		return errReference.On("reference")
	}
	return nil
}

// SetFee adds an amount to the schedule, from today or a later day on; what was asked before that day stays. Errors: fee_service (service), office_class
// (office_class), fee_valid_from (valid_from), fee_amount (amount_rial), fee_reference (reference), fee_meanwhile.
func (s *Service) SetFee(ctx context.Context, in scope.Scope, f Fee) (Fee, error) {
	return onPlatform(ctx, s, in, func(tx *scope.Tx) (Fee, error) {
		day, err := today(tx)
		if err != nil {
			return Fee{}, err
		}
		f.Reference = strings.TrimSpace(f.Reference)
		if err := f.check(day); err != nil {
			return Fee{}, err
		}
		f.SetAt, f.Holds = tx.Now, f.ValidFrom.Equal(day)
		if f.Revision, err = insertFee(tx, f); err != nil {
			return Fee{}, err
		}
		return f, audit.Write(tx, audit.Record{Action: "fee.set", TargetKind: "fee", TargetID: f.Service + "/" + f.OfficeClass,
			Details: map[string]any{"valid_from": f.ValidFrom.Format(time.DateOnly), "amount_rial": f.AmountRial}})
	})
}

// Fees lists the schedule by service, class and day, with every revision. Everybody may read it.
func (s *Service) Fees(ctx context.Context, in scope.Scope) (list []Fee, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = listFees(tx)
		return err
	})
	return list, err
}
