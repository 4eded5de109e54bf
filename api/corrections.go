package api

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/corrections"
	"mofasa/billing/ledger"
	"mofasa/billing/tariffs"
)

// ListAffectedBills lists what was paid under a wrong version.
func (s *server) ListAffectedBills(ctx context.Context, r gen.ListAffectedBillsRequestObject) (gen.ListAffectedBillsResponseObject, error) {
	run, err := s.Corrections.List(ctx, scopeOf(ctx), r.Body.Wrong, r.Body.Right, r.Body.Reason)
	return gen.ListAffectedBills201JSONResponse(correctionView(run)), err
}

// ListTariffCorrections shows the runs of the own authority, newest first.
func (s *server) ListTariffCorrections(ctx context.Context, _ gen.ListTariffCorrectionsRequestObject) (gen.ListTariffCorrectionsResponseObject, error) {
	runs, err := s.Corrections.Runs(ctx, scopeOf(ctx))
	if err != nil {
		return nil, err
	}
	list := make([]gen.Correction, 0, len(runs))
	for _, run := range runs {
		list = append(list, correctionView(run))
	}
	return gen.ListTariffCorrections200JSONResponse{Corrections: list}, nil
}

// GetTariffCorrection shows a run.
func (s *server) GetTariffCorrection(ctx context.Context, r gen.GetTariffCorrectionRequestObject) (gen.GetTariffCorrectionResponseObject, error) {
	run, err := s.Corrections.Run(ctx, scopeOf(ctx), r.CorrectionId)
	return gen.GetTariffCorrection200JSONResponse(correctionView(run)), err
}

// ListCorrectionItems shows the affected bills of a run, page by page.
func (s *server) ListCorrectionItems(ctx context.Context, r gen.ListCorrectionItemsRequestObject) (gen.ListCorrectionItemsResponseObject, error) {
	limit := given(r.Params.Limit)
	if limit == 0 {
		limit = 100
	}
	items, err := s.Corrections.Items(ctx, scopeOf(ctx), r.CorrectionId, cursor(given(r.Params.After)), limit)
	if err != nil {
		return nil, err
	}
	answer := gen.ListCorrectionItems200JSONResponse{Items: []gen.CorrectionItem{}}
	for _, i := range items {
		answer.Items = append(answer.Items, gen.CorrectionItem{MunicipalityCode: i.MunicipalityID, Bill: i.BillID, FiscalYear: int(i.FiscalYear), VehicleId: i.VehicleID,
			PaidRial: int64(i.Paid), CountedRial: int64(i.Counted), RightRial: int64(i.Right), Problem: optional(i.Finding.Problem), Notice: textView(i.Notice), Posted: i.Posted})
	}
	if len(items) == limit {
		last := items[limit-1]
		answer.Next = optional(fmt.Sprintf("%d.%s", last.MunicipalityID, last.BillID))
	}
	return answer, nil
}

// ApproveTariffCorrection is the second person's word, which adjusts the books.
func (s *server) ApproveTariffCorrection(ctx context.Context, r gen.ApproveTariffCorrectionRequestObject) (gen.ApproveTariffCorrectionResponseObject, error) {
	run, err := s.Corrections.Once(keyFor(ctx, r.Params.IdempotencyKey)).Approve(ctx, scopeOf(ctx), r.CorrectionId)
	return gen.ApproveTariffCorrection200JSONResponse(correctionView(run)), err
}

// WithdrawTariffCorrection gives a listed run up.
func (s *server) WithdrawTariffCorrection(ctx context.Context, r gen.WithdrawTariffCorrectionRequestObject) (gen.WithdrawTariffCorrectionResponseObject, error) {
	run, err := s.Corrections.Withdraw(ctx, scopeOf(ctx), r.CorrectionId)
	return gen.WithdrawTariffCorrection200JSONResponse(correctionView(run)), err
}

// cursor reads what ListCorrectionItems has given as next; anything else begins at the start.
func cursor(text string) corrections.Key {
	city, bill, _ := strings.Cut(text, ".")
	code, err := strconv.Atoi(city)
	id, wrong := uuid.Parse(bill)
	if err != nil || wrong != nil {
		return corrections.Key{}
	}
	return corrections.Key{MunicipalityID: code, BillID: id}
}

func correctionView(run corrections.Run) gen.Correction {
	v := gen.Correction{Id: run.ID, Authority: authorityView(run.MunicipalityID), Wrong: run.Wrong, Right: run.Right, Reason: run.Reason, State: gen.CorrectionState(run.State),
		ListedBy: run.ListedBy, ListedAt: run.ListedAt, DecidedBy: somebody(run.DecidedBy), DecidedAt: moment(run.DecidedAt), Bills: run.Bills, Problems: run.Problems,
		Unaffected: run.Unaffected, CreditRial: int64(run.Credit), ExtraRial: int64(run.Extra)}
	if r := run.Report; r != nil {
		v.Report = &gen.CorrectionReport{Bills: r.Bills, Suspended: r.Suspended, Returned: r.Returned, CreditRial: int64(r.Credit), ExtraRial: int64(r.Extra), PlacedCreditRial: int64(r.PlacedCredit),
			PlacedExtraRial: int64(r.PlacedExtra), Before: trialView(r.Before), After: trialView(r.After)}
	}
	return v
}

func trialView(t ledger.Trial) gen.TrialBalance {
	view := gen.TrialBalance{}
	for _, a := range t.Accounts {
		view = append(view, gen.AccountTotal{Account: string(a.Account), DebitRial: int64(a.Debit), CreditRial: int64(a.Credit)})
	}
	return view
}

// authorityView names the nation, 0, or a city.
func authorityView(municipality int) string {
	if municipality == 0 {
		return tariffs.NationalAuthority
	}
	return tariffs.MunicipalAuthority(municipality)
}
