package api

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

func versionView(v *tariffs.PublishedVersion) gen.TariffVersionSummary {
	return gen.TariffVersionSummary{Id: v.ID, Authority: v.Authority, FiscalYear: int(v.FiscalYear), Number: v.Number, From: v.HoldsFrom().String(),
		Until: jalali(v.Until), Standing: gen.TariffVersionSummaryStanding(v.Standing), PublishedAt: v.PublishedAt}
}

func documentView(v tariffs.Version) (json.RawMessage, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode tariff version: %w", err)
	}
	return body, nil
}

func draftView(d tariffs.Draft) (gen.TariffDraft, error) {
	body, err := documentView(d.Version)
	return gen.TariffDraft{Id: d.ID, Authority: d.Version.Authority, FiscalYear: int(d.Version.FiscalYear), State: gen.TariffDraftState(d.State), Revision: d.Revision,
		Reason: d.Reason, Remark: optional(d.Remark), EditedBy: d.EditedBy, DraftedAt: d.DraftedAt, SubmittedAt: moment(d.SubmittedAt), SubmittedBy: somebody(d.SubmittedBy),
		DecidedAt: moment(d.DecidedAt), DecidedBy: somebody(d.DecidedBy), PublishedAt: moment(d.PublishedAt), PublishedBy: somebody(d.PublishedBy), Version: body}, err
}

func tariffProblemView(f *fault.Error) gen.TariffProblem {
	v := gen.TariffProblem{Code: gen.ProblemCode(f.Code), Text: textView(f.Text), Line: number(f.Extra["line"]), Column: number(f.Extra["column"])}
	if n := len(f.Fields); n > 0 {
		v.Field = &f.Fields[n-1].Name
	}
	if rule, ok := f.Extra["contradicts"].(string); ok {
		v.Contradicts = &rule
	}
	return v
}

func textView(t fault.Text) gen.Text { return gen.Text{Fa: t.FA, En: t.EN} }

func number(extra any) *int {
	if n, ok := extra.(int); ok {
		return &n
	}
	return nil
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func somebody(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func jalali(d calendar.Date) *string {
	if d.IsZero() {
		return nil
	}
	return optional(d.String())
}
