package api

import (
	"context"
	"errors"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/tenants/fault"
)

// CreateInquiry answers what one vehicle owes in every city.
func (s *server) CreateInquiry(ctx context.Context, r gen.CreateInquiryRequestObject) (gen.CreateInquiryResponseObject, error) {
	q := inquiries.Question{OfficeID: officeOf(ctx), Purpose: string(r.Body.Purpose)}
	if r.Body.Plate != nil {
		q.Plate = *r.Body.Plate
	}
	if r.Body.Vin != nil {
		q.VIN = *r.Body.Vin
	}
	answer, err := s.Inquiries.Inquire(ctx, q)
	if err != nil {
		return nil, err
	}
	return gen.CreateInquiry201JSONResponse(inquiryView(answer)), nil
}

// RepeatInquiry answers an earlier inquiry of the office anew: a page that is loaded again knows its address alone, and no address names a vehicle.
func (s *server) RepeatInquiry(ctx context.Context, r gen.RepeatInquiryRequestObject) (gen.RepeatInquiryResponseObject, error) {
	answer, err := s.Inquiries.Repeat(ctx, officeOf(ctx), r.InquiryId)
	if err != nil {
		return nil, err
	}
	return gen.RepeatInquiry201JSONResponse(inquiryView(answer)), nil
}

func inquiryView(q inquiries.Inquiry) gen.Inquiry {
	v := gen.Inquiry{Id: q.ID, At: q.At, Purpose: gen.Purpose(q.Purpose), Vehicle: vehicleView(q.Vehicle), Municipalities: []gen.MunicipalityDues{}, Unattributed: duesView(q.Unattributed, nil, nil), PayableRial: int64(q.Payable), Fee: feeView(q.Fee)}
	for _, c := range q.Cities {
		v.Municipalities = append(v.Municipalities, gen.MunicipalityDues{Municipality: municipalityView(c.Municipality), State: gen.MunicipalityDuesState(c.State),
			Dues: duesView(c.Dues, q.Held, c.Refused), PayableRial: int64(c.Payable), Agreement: collectableView(c)})
	}
	return v
}

// collectableView is what the office's agreement with a city lets it collect today; none where nothing can be collected for another reason.
func collectableView(c inquiries.City) *gen.Collectable {
	a := c.Municipality.Agreement
	if c.State != inquiries.Answered || a == nil {
		return nil
	}
	v := gen.Collectable{OrderCeilingRial: amountView(a.OrderCeilingRial), DayCeilingRial: amountView(a.DayCeilingRial)}
	if a.Charges != nil {
		v.Charges = &a.Charges
	}
	if a.Methods != nil {
		v.Methods = &a.Methods
	}
	if left, bound := a.LeftToday(); bound {
		rial := int64(left)
		v.LeftTodayRial = &rial
	}
	return &v
}

func vehicleView(v inquiries.Vehicle) gen.Vehicle {
	return gen.Vehicle{Vin: v.VIN, Plate: optional(v.Plate), Class: string(v.Facts.Class), Usage: string(v.Facts.Usage), Fuel: string(v.Facts.Fuel),
		Origin: string(v.Facts.Origin), TypeNameFa: v.TypeNameFA, ModelYear: v.Facts.ModelYear, FirstRegistered: v.FirstRegistered.String()}
}

func municipalityView(m inquiries.Municipality) gen.Municipality {
	return gen.Municipality{Code: m.ID, NameFa: m.NameFA, NameEn: m.NameEN, ProvinceFa: m.ProvinceFA}
}

func duesView(list []dues.Due, held []inquiries.Held, refused map[calendar.FiscalYear]*fault.Error) []gen.Due {
	views := make([]gen.Due, 0, len(list))
	for _, d := range list {
		v := gen.Due{FiscalYear: int(d.FiscalYear), State: gen.DueState(d.State), Lines: linesView(d.Lines), TotalRial: int64(d.Total), BalanceRial: int64(d.Balance),
			Explanation: make([]gen.Step, 0, len(d.Steps))}
		if why := refused[d.FiscalYear]; why != nil {
			v.State, v.Refusal = gen.DueStateNotAgreed, &gen.DueRefusal{Code: gen.DueRefusalCode(why.Code), Text: gen.Text{Fa: why.Text.FA, En: why.Text.EN}}
		}
		if !d.ClaimedUntil.IsZero() {
			v.ClaimedUntil = &d.ClaimedUntil
		}
		for i := range held {
			if held[i].MunicipalityID == d.MunicipalityID && held[i].FiscalYear == d.FiscalYear {
				v.OrderId = &held[i].OrderID
			}
		}
		if len(d.Unrated) > 0 {
			unrated := make([]string, len(d.Unrated))
			for i, charge := range d.Unrated {
				unrated[i] = string(charge)
			}
			v.Unrated = &unrated
		}
		for _, step := range d.Steps {
			v.Explanation = append(v.Explanation, stepView(step))
		}
		views = append(views, v)
	}
	return views
}

func linesView(lines []dues.Line) []gen.Line {
	views := make([]gen.Line, 0, len(lines))
	for _, l := range lines {
		views = append(views, gen.Line{Charge: string(l.Head), AmountRial: int64(l.Amount)})
	}
	return views
}

func stepView(s dues.Step) gen.Step {
	v := gen.Step{Code: s.Code, Charge: optional(string(s.Charge)), Text: gen.Text{Fa: s.Text.FA, En: s.Text.EN}, Amount: s.Amount}
	if s.Legal != (fault.Text{}) {
		v.LegalReference = &gen.Text{Fa: s.Legal.FA, En: s.Legal.EN}
	}
	v.Inputs = make([]gen.StepInput, 0, len(s.Inputs))
	for _, in := range s.Inputs {
		v.Inputs = append(v.Inputs, gen.StepInput{Name: in.Name, Value: in.Value})
	}
	return v
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// asFault attaches a view to the errors that carry an answer of their own.
func asFault[T interface{ error }](err error, attach func(T) *fault.Error) error {
	var carrier T
	if errors.As(err, &carrier) {
		return attach(carrier)
	}
	return err
}
