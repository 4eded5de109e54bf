package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/money"
	"mofasa/billing/payments"
)

// ListSuspense lists what waits at the suspense desk, or was closed: the platform sees all of it, an office its own, a city what came for its own bills.
func (s *server) ListSuspense(ctx context.Context, r gen.ListSuspenseRequestObject) (gen.ListSuspenseResponseObject, error) {
	q := payments.DeskQuery{Reason: given(r.Params.Reason), State: string(given(r.Params.State)), Older: time.Duration(given(r.Params.OlderHours)) * time.Hour,
		Before: given(r.Params.Before), Limit: given(r.Params.Limit)}
	list, err := s.Payments.Desk(ctx, scopeOf(ctx), q)
	if err != nil {
		return nil, err
	}
	view := gen.ListSuspense200JSONResponse{Items: make([]gen.SuspenseItem, len(list))}
	for i, item := range list {
		view.Items[i] = itemView(item)
	}
	return view, nil
}

// GetSuspense tells an item's story, with the remedies that are possible now.
func (s *server) GetSuspense(ctx context.Context, r gen.GetSuspenseRequestObject) (gen.GetSuspenseResponseObject, error) {
	tale, err := s.Payments.Item(ctx, scopeOf(ctx), r.ItemId)
	if err != nil {
		return nil, err
	}
	view := gen.GetSuspense200JSONResponse{Item: itemView(*tale.Item), Steps: []gen.PaymentStep{}, Entries: entryViews(tale.Entries), Bills: []gen.SuspenseBill{}, Refunds: []gen.Refund{}, Payouts: []gen.Payout{},
		Suggestions: []gen.RemedySuggestion{}, OrderId: somebody(tale.OrderID), OrderState: optional(tale.OrderState)}
	if tale.Payment != nil {
		payment := paymentView(*tale.Payment)
		view.Payment = &payment
	}
	if tale.Line != nil {
		line := bankLineView(*tale.Line)
		view.BankLine = &line
	}
	for _, step := range tale.Steps {
		view.Steps = append(view.Steps, gen.PaymentStep{Number: step.Number, At: step.At, Event: string(step.Event), FromState: optional(string(step.From)), ToState: string(step.To),
			Actor: string(step.ActorKind), ActorId: somebody(step.ActorID), Reason: optional(step.Reason), Said: step.Said})
	}
	for _, b := range tale.Bills {
		view.Bills = append(view.Bills, suspenseBillView(b))
	}
	for _, r := range tale.Refunds {
		view.Refunds = append(view.Refunds, refundView(r))
	}
	for _, p := range tale.Payouts {
		view.Payouts = append(view.Payouts, payoutView(p))
	}
	for _, suggestion := range tale.Suggestions {
		view.Suggestions = append(view.Suggestions, gen.RemedySuggestion{Remedy: gen.Remedy(suggestion.Remedy), Text: textView(suggestion.Text), Needs: append([]string{}, suggestion.Needs...)})
	}
	return view, nil
}

// DryRunRemedy says exactly what a remedy would do, and does nothing.
func (s *server) DryRunRemedy(ctx context.Context, r gen.DryRunRemedyRequestObject) (gen.DryRunRemedyResponseObject, error) {
	effect, err := s.Payments.DryRun(ctx, proposalOf(r.ItemId, *r.Body))
	if err != nil {
		return nil, err
	}
	return gen.DryRunRemedy200JSONResponse(effectView(effect)), nil
}

// ProposeRemedy leaves a remedy to a second person.
func (s *server) ProposeRemedy(ctx context.Context, r gen.ProposeRemedyRequestObject) (gen.ProposeRemedyResponseObject, error) {
	p := proposalOf(r.ItemId, gen.RemedyTrial{Remedy: r.Body.Remedy, Iban: r.Body.Iban, Evidence: r.Body.Evidence, BillId: r.Body.BillId, PaymentId: r.Body.PaymentId, AmountRial: r.Body.AmountRial})
	asked, err := s.Payments.Propose(ctx, p, r.Body.Reason, keyFor(ctx, r.Params.IdempotencyKey))
	if err != nil {
		return nil, err
	}
	view, err := approvalView(asked)
	return gen.ProposeRemedy202JSONResponse(view), err
}

// ProposeItemVerdict leaves to a second person what a provider did that never answered whether it has reversed an item's money.
func (s *server) ProposeItemVerdict(ctx context.Context, r gen.ProposeItemVerdictRequestObject) (gen.ProposeItemVerdictResponseObject, error) {
	asked, err := s.Payments.ProposeItemVerdict(ctx, payments.ItemVerdict{Item: r.ItemId, WentBack: r.Body.WentBack, Evidence: r.Body.Evidence, Reason: r.Body.Reason,
		Key: keyFor(ctx, r.Params.IdempotencyKey)})
	if err != nil {
		return nil, err
	}
	view, err := approvalView(asked)
	return gen.ProposeItemVerdict202JSONResponse(view), err
}

func proposalOf(item uuid.UUID, r gen.RemedyTrial) payments.Proposal {
	return payments.Proposal{Item: item, Remedy: payments.Remedy(r.Remedy), IBAN: given(r.Iban), Evidence: given(r.Evidence), Bill: given(r.BillId), Payment: given(r.PaymentId),
		Amount: money.Rial(given(r.AmountRial))}
}

func itemView(i payments.Item) gen.SuspenseItem {
	v := gen.SuspenseItem{Id: i.ID, Source: gen.SuspenseSource(i.Source), SourceId: i.SourceID, OfficeId: somebody(i.OfficeID), Provider: i.Provider, Reason: i.Reason, AmountRial: int64(i.Amount),
		Said: i.Said, OpenedAt: i.OpenedAt, ClosedAt: moment(i.ClosedAt), ApprovalId: somebody(i.ApprovalID)}
	if i.Remedy != "" {
		by := gen.Remedy(i.Remedy)
		v.Remedy = &by
	}
	return v
}

func suspenseBillView(b payments.BillNow) gen.SuspenseBill {
	v := gen.SuspenseBill{Id: b.ID, MunicipalityCode: b.MunicipalityID, OrderId: b.OrderID, BillId: string(b.Pair.Bill), PaymentId: string(b.Pair.Payment), AmountRial: int64(b.Amount), State: b.State,
		Claims: []gen.SuspenseClaim{}}
	for _, c := range b.Claims {
		v.Claims = append(v.Claims, gen.SuspenseClaim{FiscalYear: c.FiscalYear, State: c.State, OrderId: c.OrderID, ClaimedUntil: c.ClaimedUntil.UTC()})
	}
	return v
}

func entryViews(list []payments.Posted) []gen.SuspenseEntry {
	views := make([]gen.SuspenseEntry, len(list))
	for i, e := range list {
		v := gen.SuspenseEntry{At: moment(e.At), MunicipalityCode: e.MunicipalityID, Kind: e.Kind, Postings: []gen.SuspensePosting{}}
		for _, p := range e.Postings {
			v.Postings = append(v.Postings, gen.SuspensePosting{Account: string(p.Account), AmountRial: int64(p.Amount)})
		}
		views[i] = v
	}
	return views
}

func effectView(e payments.Effect) gen.RemedyEffect {
	return gen.RemedyEffect{Entries: entryViews(e.Entries), Payments: changeViews(e.Payments), Bills: changeViews(e.Bills), DepositRial: int64(e.Deposit), PayoutRial: int64(e.Payout),
		PayoutIban: optional(e.IBAN), Receipt: e.Receipt, AsksProvider: e.Asks}
}

func changeViews(list []payments.Change) []gen.StateChange {
	views := make([]gen.StateChange, len(list))
	for i, c := range list {
		views[i] = gen.StateChange{Id: somebody(c.ID), From: optional(c.From), To: c.To}
	}
	return views
}
