package api

import (
	"context"
	"encoding/json"
	"fmt"

	"mofasa/api/gen"
	"mofasa/billing/impact"
	"mofasa/billing/money"
)

// defaultThreshold is what the contract says: ten million rial for a year.
const defaultThreshold money.Rial = 10_000_000

// RequestTariffPreview asks a worker what drafts would change.
func (s *server) RequestTariffPreview(ctx context.Context, r gen.RequestTariffPreviewRequestObject) (gen.RequestTariffPreviewResponseObject, error) {
	threshold := defaultThreshold
	if r.Body.ThresholdRial != nil {
		threshold = money.Rial(*r.Body.ThresholdRial)
	}
	view, err := previewed(s.Previews.Request(ctx, scopeOf(ctx), r.Body.Drafts, threshold))
	return gen.RequestTariffPreview202JSONResponse(view), err
}

// GetTariffPreview shows how far a preview is, and in the end its report.
func (s *server) GetTariffPreview(ctx context.Context, r gen.GetTariffPreviewRequestObject) (gen.GetTariffPreviewResponseObject, error) {
	view, err := previewed(s.Previews.Find(ctx, scopeOf(ctx), r.PreviewId))
	return gen.GetTariffPreview200JSONResponse(view), err
}

// ListTariffPreviews shows the previews of a draft, newest first.
func (s *server) ListTariffPreviews(ctx context.Context, r gen.ListTariffPreviewsRequestObject) (gen.ListTariffPreviewsResponseObject, error) {
	if _, err := s.Tariffs.Read(ctx, scopeOf(ctx), r.DraftId.String()); err != nil {
		return nil, err
	}
	found, err := s.Previews.OfDraft(ctx, scopeOf(ctx), r.DraftId)
	if err != nil {
		return nil, err
	}
	list := make([]gen.TariffPreview, 0, len(found))
	for _, p := range found {
		view, err := previewView(p)
		if err != nil {
			return nil, err
		}
		list = append(list, view)
	}
	return gen.ListTariffPreviews200JSONResponse{Previews: list}, nil
}

// CancelTariffPreview stops a preview.
func (s *server) CancelTariffPreview(ctx context.Context, r gen.CancelTariffPreviewRequestObject) (gen.CancelTariffPreviewResponseObject, error) {
	if err := s.Previews.Cancel(ctx, scopeOf(ctx), r.PreviewId); err != nil {
		return nil, err
	}
	view, err := previewed(s.Previews.Find(ctx, scopeOf(ctx), r.PreviewId))
	return gen.CancelTariffPreview200JSONResponse(view), err
}

func previewed(p impact.Preview, err error) (gen.TariffPreview, error) {
	if err != nil {
		return gen.TariffPreview{}, err
	}
	return previewView(p)
}

func previewView(p impact.Preview) (gen.TariffPreview, error) {
	v := gen.TariffPreview{Id: p.ID, ThresholdRial: int64(p.Threshold), State: gen.TariffPreviewState(p.State), RequestedBy: somebody(p.RequestedBy), RequestedAt: p.RequestedAt,
		FinishedAt: moment(p.FinishedAt), VehiclesDone: p.VehiclesDone, VehiclesTotal: p.VehiclesTotal, Stale: p.Stale, Failure: optional(p.Failure)}
	for _, d := range p.Drafts {
		v.Drafts = append(v.Drafts, gen.TariffPreviewDraft{Id: d.ID, Revision: d.Revision})
	}
	if p.Report == nil {
		return v, nil
	}
	// The stored report and the contract's have the same names.
	body, err := json.Marshal(p.Report)
	if err != nil {
		return v, fmt.Errorf("encode report: %w", err)
	}
	v.Report = &gen.ImpactReport{}
	if err := json.Unmarshal(body, v.Report); err != nil {
		return v, fmt.Errorf("show report: %w", err)
	}
	return v, nil
}
