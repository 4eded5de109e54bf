package api

import (
	"context"

	"mofasa/api/gen"
	"mofasa/billing/money"
	"mofasa/billing/shifts"
	"mofasa/tenants/identity"
)

// OpenShift begins the caller's shift.
func (s *server) OpenShift(ctx context.Context, r gen.OpenShiftRequestObject) (gen.OpenShiftResponseObject, error) {
	opened, err := s.Shifts.Once(keyFor(ctx, r.Params.IdempotencyKey)).Open(ctx, officeOf(ctx), money.Rial(r.Body.OpeningFloatRial))
	return gen.OpenShift201JSONResponse(shiftView(opened)), err
}

// ListShifts shows the caller's shifts; a manager, everybody's of the office.
func (s *server) ListShifts(ctx context.Context, r gen.ListShiftsRequestObject) (gen.ListShiftsResponseObject, error) {
	found, err := s.Shifts.List(ctx, viewerOf(ctx), given(r.Params.Before))
	answer := gen.ListShifts200JSONResponse{Shifts: make([]gen.Shift, 0, len(found))}
	for _, sh := range found {
		answer.Shifts = append(answer.Shifts, shiftView(sh))
	}
	return answer, err
}

// GetCurrentShift shows the caller's open shift.
func (s *server) GetCurrentShift(ctx context.Context, _ gen.GetCurrentShiftRequestObject) (gen.GetCurrentShiftResponseObject, error) {
	found, err := s.Shifts.Current(ctx, viewerOf(ctx))
	return gen.GetCurrentShift200JSONResponse(shiftView(found)), err
}

// GetShift shows one shift.
func (s *server) GetShift(ctx context.Context, r gen.GetShiftRequestObject) (gen.GetShiftResponseObject, error) {
	found, err := s.Shifts.Find(ctx, viewerOf(ctx), r.ShiftId)
	return gen.GetShift200JSONResponse(shiftView(found)), err
}

// CloseShift ends a shift with what was counted.
func (s *server) CloseShift(ctx context.Context, r gen.CloseShiftRequestObject) (gen.CloseShiftResponseObject, error) {
	c := shifts.Closing{Note: remark(r.Body.Note)}
	for _, n := range r.Body.Counted {
		c.Counts = append(c.Counts, shifts.Count{Method: string(n.Method), Amount: money.Rial(n.AmountRial)})
	}
	closed, err := s.Shifts.Once(keyFor(ctx, r.Params.IdempotencyKey)).Close(ctx, viewerOf(ctx), r.ShiftId, c)
	return gen.CloseShift200JSONResponse(shiftView(closed)), err
}

// GetShiftRule tells whether the office's people need an open shift to take money.
func (s *server) GetShiftRule(ctx context.Context, _ gen.GetShiftRuleRequestObject) (gen.GetShiftRuleResponseObject, error) {
	required, err := s.Shifts.Required(ctx, officeOf(ctx))
	return gen.GetShiftRule200JSONResponse{Required: required}, err
}

// SetShiftRule says whether they do.
func (s *server) SetShiftRule(ctx context.Context, r gen.SetShiftRuleRequestObject) (gen.SetShiftRuleResponseObject, error) {
	err := s.Shifts.Require(ctx, officeOf(ctx), r.Body.Required)
	return gen.SetShiftRule200JSONResponse{Required: r.Body.Required}, err
}

func viewerOf(ctx context.Context) shifts.Viewer {
	person := personOf(ctx)
	return shifts.Viewer{OfficeID: person.OfficeID, PersonID: person.ID, Manages: person.Permits(identity.ShiftsManage)}
}

func shiftView(sh shifts.Shift) gen.Shift {
	v := gen.Shift{Id: sh.ID, Number: sh.Number, PersonId: sh.PersonID, OpeningFloatRial: int64(sh.Float), OpenedAt: sh.OpenedAt, ClosedAt: moment(sh.ClosedAt), ClosedBy: somebody(sh.ClosedBy),
		Note: optional(sh.Note), Totals: totalsView(sh.Totals), Later: totalsView(sh.Later)}
	v.InFlight.Payments, v.InFlight.AmountRial = sh.InFlight.Payments, int64(sh.InFlight.Amount)
	return v
}

func totalsView(list []shifts.Total) []gen.ShiftTotal {
	views := make([]gen.ShiftTotal, 0, len(list))
	for _, t := range list {
		v := gen.ShiftTotal{Method: gen.PaymentMethod(t.Method), Payments: t.Taken.Payments, TakenRial: int64(t.Taken.Amount), ExpectedRial: int64(t.Expected)}
		if t.Counted != nil {
			counted, difference := int64(*t.Counted), int64(*t.Difference())
			v.CountedRial, v.DifferenceRial = &counted, &difference
		}
		views = append(views, v)
	}
	return views
}
