package api

import (
	"context"
	"time"

	"mofasa/api/gen"
	"mofasa/billing/inquiries"
	"mofasa/tenants/offices"
)

// ListOffices shows the offices that the caller's scope sees.
func (s *server) ListOffices(ctx context.Context, _ gen.ListOfficesRequestObject) (gen.ListOfficesResponseObject, error) {
	found, err := s.Offices.List(ctx, scopeOf(ctx))
	return gen.ListOffices200JSONResponse{Offices: officesView(found)}, err
}

// OpenOffice enters an office or a branch.
func (s *server) OpenOffice(ctx context.Context, r gen.OpenOfficeRequestObject) (gen.OpenOfficeResponseObject, error) {
	var in reading
	o := offices.Office{MunicipalityID: r.Body.MunicipalityCode, ParentID: given(r.Body.ParentId), Class: given(r.Body.Class), NameFA: r.Body.NameFa, LicenceNo: r.Body.LicenceNo,
		ValidFrom: in.day("valid_from", &r.Body.ValidFrom), ValidTo: in.day("valid_to", r.Body.ValidTo)}
	if in.err != nil {
		return nil, in.err
	}
	opened, err := s.Offices.Once(keyFor(ctx, r.Params.IdempotencyKey)).Open(ctx, scopeOf(ctx), o)
	return gen.OpenOffice201JSONResponse(officeSummary(opened)), err
}

// GetOffice shows an office with its branches and its history.
func (s *server) GetOffice(ctx context.Context, r gen.GetOfficeRequestObject) (gen.GetOfficeResponseObject, error) {
	found, err := s.Offices.Find(ctx, scopeOf(ctx), r.OfficeId)
	if err != nil {
		return nil, err
	}
	view := gen.GetOffice200JSONResponse{Office: officeSummary(found.Office), Branches: officesView(found.Branches), Events: make([]gen.OfficeEvent, 0, len(found.Events))}
	for _, e := range found.Events {
		view.Events = append(view.Events, gen.OfficeEvent{Kind: gen.OfficeEventKind(e.Kind), At: e.At, ActorId: somebody(e.ActorID), Reason: optional(e.Reason),
			ValidTo: endView(e.ValidTo), Class: e.Class})
	}
	return view, nil
}

// RenewOffice makes a licence hold longer.
func (s *server) RenewOffice(ctx context.Context, r gen.RenewOfficeRequestObject) (gen.RenewOfficeResponseObject, error) {
	var in reading
	to := in.day("valid_to", &r.Body.ValidTo)
	if in.err != nil {
		return nil, in.err
	}
	o, err := s.Offices.Once(keyFor(ctx, r.Params.IdempotencyKey)).Renew(ctx, scopeOf(ctx), r.OfficeId, to, remark(r.Body.Reason))
	return gen.RenewOffice200JSONResponse(officeSummary(o)), err
}

// SuspendOffice stops an office at once.
func (s *server) SuspendOffice(ctx context.Context, r gen.SuspendOfficeRequestObject) (gen.SuspendOfficeResponseObject, error) {
	o, err := s.Offices.Once(keyFor(ctx, r.Params.IdempotencyKey)).Suspend(ctx, scopeOf(ctx), r.OfficeId, r.Body.Reason)
	return gen.SuspendOffice200JSONResponse(officeSummary(o)), err
}

// ReinstateOffice lets a suspended office work again.
func (s *server) ReinstateOffice(ctx context.Context, r gen.ReinstateOfficeRequestObject) (gen.ReinstateOfficeResponseObject, error) {
	o, err := s.Offices.Once(keyFor(ctx, r.Params.IdempotencyKey)).Reinstate(ctx, scopeOf(ctx), r.OfficeId, r.Body.Reason)
	return gen.ReinstateOffice200JSONResponse(officeSummary(o)), err
}

// CloseOffice closes an office for ever.
func (s *server) CloseOffice(ctx context.Context, r gen.CloseOfficeRequestObject) (gen.CloseOfficeResponseObject, error) {
	o, err := s.Offices.Once(keyFor(ctx, r.Params.IdempotencyKey)).Close(ctx, scopeOf(ctx), r.OfficeId, r.Body.Reason)
	return gen.CloseOffice200JSONResponse(officeSummary(o)), err
}

// ReclassifyOffice puts an office into another class of fees.
func (s *server) ReclassifyOffice(ctx context.Context, r gen.ReclassifyOfficeRequestObject) (gen.ReclassifyOfficeResponseObject, error) {
	o, err := s.Offices.Once(keyFor(ctx, r.Params.IdempotencyKey)).Reclassify(ctx, scopeOf(ctx), r.OfficeId, r.Body.Class, r.Body.Reason)
	return gen.ReclassifyOffice200JSONResponse(officeSummary(o)), err
}

// ListFees shows the schedule of fees.
func (s *server) ListFees(ctx context.Context, _ gen.ListFeesRequestObject) (gen.ListFeesResponseObject, error) {
	found, err := s.Offices.Fees(ctx, scopeOf(ctx))
	if err != nil {
		return nil, err
	}
	account, err := s.Offices.FeeAccount(ctx, scopeOf(ctx))
	view := gen.ListFees200JSONResponse{Fees: make([]gen.ScheduledFee, 0, len(found))}
	if account != nil {
		view.Account = &gen.FeeAccount{Iban: account.IBAN, Since: account.At}
	}
	for _, f := range found {
		view.Fees = append(view.Fees, scheduledFee(f))
	}
	return view, err
}

// AskFeeAccount asks a second person to let fees go to an account.
func (s *server) AskFeeAccount(ctx context.Context, r gen.AskFeeAccountRequestObject) (gen.AskFeeAccountResponseObject, error) {
	asked, err := s.Offices.Once(keyFor(ctx, r.Params.IdempotencyKey)).AskFeeAccount(ctx, scopeOf(ctx), r.Body.Iban, r.Body.Reason)
	return gen.AskFeeAccount202JSONResponse{ApprovalId: asked}, err
}

// SetFee sets a fee from a day on.
func (s *server) SetFee(ctx context.Context, r gen.SetFeeRequestObject) (gen.SetFeeResponseObject, error) {
	var in reading
	f := offices.Fee{Service: string(r.Body.Service), OfficeClass: r.Body.OfficeClass, ValidFrom: in.day("valid_from", &r.Body.ValidFrom), AmountRial: r.Body.AmountRial,
		Reference: r.Body.Reference}
	if in.err != nil {
		return nil, in.err
	}
	set, err := s.Offices.Once(keyFor(ctx, r.Params.IdempotencyKey)).SetFee(ctx, scopeOf(ctx), f)
	if err != nil {
		return nil, err
	}
	return gen.SetFee201JSONResponse(scheduledFee(set)), nil
}

func scheduledFee(f offices.Fee) gen.ScheduledFee {
	return gen.ScheduledFee{Service: gen.FeeService(f.Service), OfficeClass: f.OfficeClass, ValidFrom: dayView(f.ValidFrom), Revision: f.Revision, AmountRial: f.AmountRial,
		Reference: f.Reference, SetAt: f.SetAt, Holds: f.Holds}
}

// feeView is the fee beside the totals of an inquiry or an order; none where none is charged.
func feeView(f *inquiries.Fee) *gen.Fee {
	if f == nil {
		return nil
	}
	v := gen.Fee{Service: gen.FeeService(f.Service), AmountRial: int64(f.Amount), Charged: f.Charged(), OfficeClass: optional(f.Class), Reference: optional(f.Reference)}
	if from, err := time.Parse(time.DateOnly, f.ValidFrom); err == nil {
		v.ValidFrom = optional(dayView(from))
	}
	return &v
}

func officesView(list []offices.Office) []gen.OfficeSummary {
	views := make([]gen.OfficeSummary, 0, len(list))
	for _, o := range list {
		views = append(views, officeSummary(o))
	}
	return views
}

func officeSummary(o offices.Office) gen.OfficeSummary {
	return gen.OfficeSummary{Id: o.ID, MunicipalityCode: o.MunicipalityID, ParentId: somebody(o.ParentID), NameFa: o.NameFA, LicenceNo: o.LicenceNo, Class: o.Class,
		ValidFrom: dayView(o.ValidFrom), ValidTo: endView(o.ValidTo), State: gen.OfficeSummaryState(o.State)}
}
