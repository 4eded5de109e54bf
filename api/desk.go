package api

import (
	"bytes"
	"context"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/desk"
)

// visitPage is how many visits a page has where nobody says.
const visitPage = 50

// SearchOrders lists visits of the caller's office: a day's, or those of a plate or a number.
func (s *server) SearchOrders(ctx context.Context, r gen.SearchOrdersRequestObject) (gen.SearchOrdersResponseObject, error) {
	var in reading
	q := desk.Query{Plate: in.plate(r.Body.Plate), Number: given(r.Body.Number), Day: calendar.DateOf(s.Clock()), After: in.auditKey(r.Body.After), Limit: visitPage}
	if r.Body.Day != nil {
		q.Day = in.date("day", r.Body.Day)
	}
	if r.Body.Limit != nil {
		q.Limit = *r.Body.Limit
	}
	if in.err != nil {
		return nil, in.err
	}
	page, more, err := s.Desk.Search(ctx, officeOf(ctx), q)
	if err != nil {
		return nil, err
	}
	answer := gen.SearchOrders200JSONResponse{Orders: make([]gen.OrderSummary, 0, len(page))}
	for _, v := range page {
		answer.Orders = append(answer.Orders, visitView(v))
	}
	if more {
		answer.Next = optional(page[len(page)-1].Key().String())
	}
	return answer, nil
}

// GetOrderTimeline tells the story of an order.
func (s *server) GetOrderTimeline(ctx context.Context, r gen.GetOrderTimelineRequestObject) (gen.GetOrderTimelineResponseObject, error) {
	events, err := s.Desk.Timeline(ctx, officeOf(ctx), r.OrderId)
	answer := gen.GetOrderTimeline200JSONResponse{Events: make([]gen.OrderEvent, 0, len(events))}
	for _, e := range events {
		answer.Events = append(answer.Events, eventView(e))
	}
	return answer, err
}

// GetUsage tells what each operator of the caller's office has done.
func (s *server) GetUsage(ctx context.Context, r gen.GetUsageRequestObject) (gen.GetUsageResponseObject, error) {
	list, err := s.usage(ctx, r.Params)
	answer := gen.GetUsage200JSONResponse{Rows: make([]gen.UsageRow, 0, len(list))}
	for _, u := range list {
		answer.Rows = append(answer.Rows, gen.UsageRow{Day: u.Day.String(), PersonId: u.PersonID, PersonName: u.PersonName, Inquiries: u.Inquiries, Orders: u.Orders,
			Receipts: u.Receipts, TakenRial: int64(u.Taken), Certificates: u.Certificates})
	}
	return answer, err
}

func visitView(v desk.Visit) gen.OrderSummary {
	return gen.OrderSummary{Id: v.OrderID, State: gen.OrderSummaryState(v.State), Plate: v.Plate, Cities: v.Cities, TotalRial: int64(v.Total), PaidRial: int64(v.Paid), PersonName: v.PersonName,
		PaymentState: optional(v.PayState), PaymentMethod: methodView(v.PayMethod), CertificateSerial: optional(v.Certificate), CreatedAt: v.CreatedAt}
}

func eventView(e desk.Event) gen.OrderEvent {
	v := gen.OrderEvent{At: e.At, Kind: e.Kind, Actor: optional(e.Actor), PersonName: optional(e.PersonName), Method: methodView(e.Method), State: optional(e.State), Reason: optional(e.Reason),
		Number: optional(e.Number)}
	if e.PaymentID != uuid.Nil {
		v.PaymentId = &e.PaymentID
	}
	if e.Amount != 0 {
		amount := int64(e.Amount)
		v.AmountRial = &amount
	}
	return v
}

func methodView(method string) *gen.PaymentMethod {
	if method == "" {
		return nil
	}
	m := gen.PaymentMethod(method)
	return &m
}

// GetUsageSpreadsheet gives the same as a workbook. It is whole before the first byte is sent, so that a file that breaks off never looks complete.
func (s *server) GetUsageSpreadsheet(ctx context.Context, r gen.GetUsageSpreadsheetRequestObject) (gen.GetUsageSpreadsheetResponseObject, error) {
	list, err := s.usage(ctx, gen.GetUsageParams(r.Params))
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := desk.WriteSpreadsheet(&file, list); err != nil {
		return nil, err
	}
	cache := "private, no-store"
	return gen.GetUsageSpreadsheet200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: &file, ContentLength: int64(file.Len()),
		Headers: gen.GetUsageSpreadsheet200ResponseHeaders{CacheControl: &cache}}, nil
}

// usage reads what both forms of the report tell.
func (s *server) usage(ctx context.Context, p gen.GetUsageParams) ([]desk.Usage, error) {
	var in reading
	period := desk.Period{From: in.date("from", &p.From), To: in.date("to", &p.To)}
	if in.err != nil {
		return nil, in.err
	}
	return s.Desk.Usage(ctx, officeOf(ctx), period)
}
