package api

import (
	"context"
	"strings"

	"mofasa/api/gen"
	"mofasa/billing/inquiries"
	"mofasa/tenants/vehicles"
)

// LookUpVehicle shows what the register says of a vehicle.
func (s *server) LookUpVehicle(ctx context.Context, r gen.LookUpVehicleRequestObject) (gen.LookUpVehicleResponseObject, error) {
	named, err := inquiries.Name(scopeOf(ctx), given(r.Body.Plate), given(r.Body.Vin))
	if err != nil {
		return nil, err
	}
	record, err := s.Vehicles.Read(ctx, named, strings.TrimSpace(r.Body.Purpose))
	if err != nil {
		return nil, inContract(err, "vehicle", namedBy(r.Body.Plate))
	}
	return gen.LookUpVehicle200JSONResponse(recordView(record)), nil
}

// TransferOwnership changes the owner.
func (s *server) TransferOwnership(ctx context.Context, r gen.TransferOwnershipRequestObject) (gen.TransferOwnershipResponseObject, error) {
	var in reading
	t := vehicles.Transfer{Day: in.day("day", &r.Body.Day), Owner: in.owner(&r.Body.Owner), Plate: in.plate(r.Body.Plate), Residence: given(r.Body.Residence), Gap: remark(r.Body.Gap)}
	if in.err != nil {
		return nil, in.err
	}
	err := s.Vehicles.Once(keyFor(ctx, r.Params.IdempotencyKey)).TransferOwnership(ctx, scopeOf(ctx).NamingVehicle(r.VehicleId), t)
	return gen.TransferOwnership204Response{}, inContract(err)
}

// MoveResidence changes the city where the owner lives.
func (s *server) MoveResidence(ctx context.Context, r gen.MoveResidenceRequestObject) (gen.MoveResidenceResponseObject, error) {
	var in reading
	m := vehicles.Move{Day: in.day("day", &r.Body.Day), Residence: r.Body.Residence, Gap: remark(r.Body.Gap)}
	if in.err != nil {
		return nil, in.err
	}
	err := s.Vehicles.Once(keyFor(ctx, r.Params.IdempotencyKey)).MoveResidence(ctx, scopeOf(ctx).NamingVehicle(r.VehicleId), m)
	return gen.MoveResidence204Response{}, inContract(err)
}

// ChangePlate puts another plate on.
func (s *server) ChangePlate(ctx context.Context, r gen.ChangePlateRequestObject) (gen.ChangePlateResponseObject, error) {
	var in reading
	p := vehicles.NewPlate{Day: in.day("day", &r.Body.Day), Plate: in.plate(&r.Body.Plate), Gap: remark(r.Body.Gap)}
	if in.err != nil {
		return nil, in.err
	}
	err := s.Vehicles.Once(keyFor(ctx, r.Params.IdempotencyKey)).ChangePlate(ctx, scopeOf(ctx).NamingVehicle(r.VehicleId), p)
	return gen.ChangePlate204Response{}, inContract(err)
}

// DeclareGap says why a history is silent.
func (s *server) DeclareGap(ctx context.Context, r gen.DeclareGapRequestObject) (gen.DeclareGapResponseObject, error) {
	var in reading
	g := vehicles.Gap{History: vehicles.History(r.Body.History), From: in.day("from", &r.Body.From), To: in.day("to", r.Body.To), Reason: remark(&r.Body.Reason)}
	if in.err != nil {
		return nil, in.err
	}
	err := s.Vehicles.Once(keyFor(ctx, r.Params.IdempotencyKey)).DeclareGap(ctx, scopeOf(ctx).NamingVehicle(r.VehicleId), g)
	return gen.DeclareGap204Response{}, inContract(err, "day", "from")
}

// CorrectEntry puts a right period in the place of a wrong one.
func (s *server) CorrectEntry(ctx context.Context, r gen.CorrectEntryRequestObject) (gen.CorrectEntryResponseObject, error) {
	var in reading
	c := vehicles.Correction{History: vehicles.History(r.Body.History), Entry: in.day("entry", &r.Body.Entry), From: in.day("from", r.Body.From), To: in.day("to", r.Body.To),
		Plate: in.plate(r.Body.Plate), Residence: given(r.Body.Residence), Owner: in.owner(r.Body.Owner), Reason: remark(&r.Body.Reason), Gap: remark(r.Body.Gap)}
	if in.err != nil {
		return nil, in.err
	}
	err := s.Vehicles.Once(keyFor(ctx, r.Params.IdempotencyKey)).CorrectEntry(ctx, scopeOf(ctx).NamingVehicle(r.VehicleId), c)
	return gen.CorrectEntry204Response{}, inContract(err)
}

// RetireVehicle takes a vehicle off the register.
func (s *server) RetireVehicle(ctx context.Context, r gen.RetireVehicleRequestObject) (gen.RetireVehicleResponseObject, error) {
	var in reading
	out := vehicles.Retirement{Day: in.day("day", &r.Body.Day), Manner: vehicles.Manner(r.Body.Manner), Reference: remark(&r.Body.Reference)}
	if in.err != nil {
		return nil, in.err
	}
	err := s.Vehicles.Once(keyFor(ctx, r.Params.IdempotencyKey)).Retire(ctx, scopeOf(ctx).NamingVehicle(r.VehicleId), out)
	return gen.RetireVehicle204Response{}, inContract(err)
}

// MergeVehicles makes a second registration another name of the path's.
func (s *server) MergeVehicles(ctx context.Context, r gen.MergeVehiclesRequestObject) (gen.MergeVehiclesResponseObject, error) {
	m := vehicles.Merge{Keep: r.VehicleId, Duplicate: r.Body.DuplicateId, Reason: remark(&r.Body.Reason), Gap: remark(r.Body.Gap)}
	err := s.Vehicles.Once(keyFor(ctx, r.Params.IdempotencyKey)).MergeVehicles(ctx, scopeOf(ctx), m)
	return gen.MergeVehicles204Response{}, inContract(err)
}

// ReportExternalPayment stores what a city took outside.
func (s *server) ReportExternalPayment(ctx context.Context, r gen.ReportExternalPaymentRequestObject) (gen.ReportExternalPaymentResponseObject, error) {
	named, err := inquiries.Name(scopeOf(ctx), given(r.Body.Plate), given(r.Body.Vin))
	in := reading{err: err}
	report := vehicles.ExternalReport{FiscalYear: r.Body.FiscalYear, AmountRial: r.Body.AmountRial, PaidOn: in.day("paid_on", &r.Body.PaidOn), Reference: remark(&r.Body.Reference)}
	if in.err != nil {
		return nil, in.err
	}
	id, err := s.Vehicles.Once(keyFor(ctx, r.Params.IdempotencyKey)).RecordExternalPayment(ctx, named, report)
	return gen.ReportExternalPayment201JSONResponse{Id: id}, inContract(err, "vehicle", namedBy(r.Body.Plate))
}

// WithdrawExternalPayment takes a city's report back.
func (s *server) WithdrawExternalPayment(ctx context.Context, r gen.WithdrawExternalPaymentRequestObject) (gen.WithdrawExternalPaymentResponseObject, error) {
	err := s.Vehicles.Once(keyFor(ctx, r.Params.IdempotencyKey)).WithdrawExternalPayment(ctx, scopeOf(ctx), r.ExternalPaymentId, remark(&r.Body.Reason))
	return gen.WithdrawExternalPayment204Response{}, inContract(err)
}
