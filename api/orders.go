package api

import (
	"context"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/bills"
	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
)

// CreateOrder claims dues and issues their bills.
func (s *server) CreateOrder(ctx context.Context, r gen.CreateOrderRequestObject) (gen.CreateOrderResponseObject, error) {
	request := bills.Request{OfficeID: officeOf(ctx), InquiryID: r.Body.InquiryId, Key: keyFor(ctx, r.Params.IdempotencyKey)}
	for _, d := range r.Body.Dues {
		request.Dues = append(request.Dues, bills.Selection{MunicipalityID: d.MunicipalityCode, FiscalYear: calendar.FiscalYear(d.FiscalYear)})
	}
	order, err := s.Bills.CreateOrder(ctx, request)
	if err != nil {
		return nil, asFault(err, func(changed *bills.ChangedError) *fault.Error {
			return bills.ErrAmountsChanged.With("inquiry", inquiryView(changed.Inquiry))
		})
	}
	return gen.CreateOrder201JSONResponse(orderView(order, "")), nil
}

// GetOrder shows an order with its payments and certificate.
func (s *server) GetOrder(ctx context.Context, r gen.GetOrderRequestObject) (gen.GetOrderResponseObject, error) {
	view, err := s.order(ctx, r.OrderId)
	return gen.GetOrder200JSONResponse(view), err
}

// CancelOrder gives the claims of an unpaid order back.
func (s *server) CancelOrder(ctx context.Context, r gen.CancelOrderRequestObject) (gen.CancelOrderResponseObject, error) {
	order, err := s.Bills.CancelOrder(ctx, officeOf(ctx), r.OrderId, keyFor(ctx, r.Params.IdempotencyKey))
	if err != nil {
		return nil, err
	}
	return gen.CancelOrder200JSONResponse(orderView(order, "")), nil
}

func (s *server) order(ctx context.Context, id uuid.UUID) (gen.Order, error) {
	paid, err := s.Payments.OfOrder(ctx, officeOf(ctx), id) // first: looking at a payment may pay the order
	if err != nil {
		return gen.Order{}, err
	}
	order, err := s.Bills.Order(ctx, officeOf(ctx), id)
	if err != nil {
		return gen.Order{}, err
	}
	serial, err := s.Certificates.SerialOfOrder(ctx, order.OfficeID, id)
	if err != nil {
		return gen.Order{}, err
	}
	view := orderView(order, serial)
	for _, p := range paid {
		shown, err := s.paymentView(ctx, p)
		if err != nil {
			return view, err
		}
		view.Payments, view.RefundedRial = append(view.Payments, shown), view.RefundedRial+int64(p.Refunded)
	}
	return view, nil
}

func orderView(o bills.Order, serial string) gen.Order {
	v := gen.Order{Id: o.ID, State: gen.OrderState(o.State), InquiryId: o.InquiryID, Vehicle: vehicleView(o.Vehicle), Bills: []gen.Bill{}, Payments: []gen.Payment{},
		TotalRial: int64(o.Total), PaidRial: int64(o.PaidAmount()), CertificateSerial: optional(serial), Fee: feeView(o.Fee), CreatedAt: o.CreatedAt, ValidUntil: o.ValidUntil}
	for _, b := range o.Bills {
		v.Bills = append(v.Bills, billView(b))
	}
	return v
}

func billView(b bills.Bill) gen.Bill {
	v := gen.Bill{Id: b.ID, Municipality: municipalityView(b.Municipality), AmountRial: int64(b.Amount), State: gen.BillState(b.State)}
	if b.AtBank || b.State == bills.BillPaid || b.State == bills.BillRefunded {
		v.BillId, v.PaymentId, v.Barcode = optional(string(b.Pair.Bill)), optional(string(b.Pair.Payment)), optional(b.Pair.Barcode())
	} else {
		v.BankRefusal = &gen.BankRefusal{Code: gen.BankRefusalCode(bills.ErrNotAtBank.Code), Text: textView(bills.ErrNotAtBank.Text)}
	}
	for _, d := range b.Dues {
		due := gen.BilledDue{FiscalYear: int(d.FiscalYear), AmountRial: int64(d.Amount), Lines: linesView(d.Lines)}
		due.Cites.Tariff, due.Cites.LocalTariff = d.Cites.TariffID, optional(d.Cites.LocalTariffID)
		due.Cites.Valuation, due.Cites.BaseRial = d.Cites.ValuationID, int64(d.Cites.Base)
		v.Dues = append(v.Dues, due)
	}
	return v
}
