package api

import (
	"context"
	"time"

	"mofasa/api/gen"
	"mofasa/api/ratelimit"
	"mofasa/tenants/fault"
	"mofasa/tenants/limits"
)

var errHalfSubject = fault.Define(fault.Invalid, "limit_subject_half",
	"نوع و شناسهٔ طرف را با هم بدهید.", "Give the kind of the subject and its id together.")

// ListLimits shows every limit with its overrides, and for one subject what holds for it now.
func (s *server) ListLimits(ctx context.Context, r gen.ListLimitsRequestObject) (gen.ListLimitsResponseObject, error) {
	var chain []limits.Subject
	if r.Params.SubjectKind != nil || r.Params.Subject != nil {
		if r.Params.SubjectKind == nil || r.Params.Subject == nil {
			return nil, errHalfSubject.On("subject")
		}
		var err error
		if chain, err = s.Overrides.Chain(ctx, scopeOf(ctx), limits.Subject{Kind: limits.Kind(*r.Params.SubjectKind), ID: *r.Params.Subject}); err != nil {
			return nil, err
		}
	}
	list, err := s.Overrides.List(ctx, scopeOf(ctx))
	if err != nil {
		return nil, err
	}
	book, answer := limits.NewBook(list), gen.ListLimits200JSONResponse{Limits: []gen.Limit{}}
	rules, classes := s.LimitTable.Rules()
	for _, rule := range rules {
		v := limitView(rule, classes[rule.Limit.Name])
		if chain != nil {
			v.Effective = effectiveView(rule.Overridden(book, s.Clock(), chain))
		}
		for _, o := range list {
			if o.Limit == rule.Limit.Name {
				v.Overrides = append(v.Overrides, overrideView(o))
			}
		}
		answer.Limits = append(answer.Limits, v)
	}
	return answer, nil
}

// OverrideLimit writes what a limit is for one subject.
func (s *server) OverrideLimit(ctx context.Context, r gen.OverrideLimitRequestObject) (gen.OverrideLimitResponseObject, error) {
	o := limits.Override{Limit: r.Limit, Subject: limits.Subject{Kind: limits.Kind(r.SubjectKind), ID: r.Subject}, Requests: r.Body.Requests,
		Window: time.Duration(given(r.Body.WindowSeconds)) * time.Second, From: given(r.Body.ValidFrom), To: given(r.Body.ValidTo), Reason: r.Body.Reason}
	written, err := s.Overrides.Override(ctx, scopeOf(ctx), o)
	if err != nil {
		return nil, err
	}
	return gen.OverrideLimit200JSONResponse(overrideView(written)), nil
}

// RemoveLimitOverride lets what is shipped hold again.
func (s *server) RemoveLimitOverride(ctx context.Context, r gen.RemoveLimitOverrideRequestObject) (gen.RemoveLimitOverrideResponseObject, error) {
	if err := s.Overrides.Remove(ctx, scopeOf(ctx), r.Limit, limits.Subject{Kind: limits.Kind(r.SubjectKind), ID: r.Subject}); err != nil {
		return nil, err
	}
	return gen.RemoveLimitOverride204Response{}, nil
}

func limitView(r LimitRule, classes []string) gen.Limit {
	v := gen.Limit{Name: r.Limit.Name, Classes: classes, CountedBy: gen.LimitCountedBy(r.Subject.String()), Requests: r.Limit.Requests, WindowSeconds: int(r.Limit.Window.Seconds()),
		Quota: r.Limit.Quota, Distinct: r.Unknown, OnFailure: gen.LimitOnFailureOpen, Overridable: []gen.LimitSubjectKind{}, Overrides: []gen.LimitOverride{}}
	if r.Limit.OnFailure == ratelimit.FailClosed {
		v.OnFailure = gen.LimitOnFailureClosed
	}
	for _, k := range r.Subject.kinds() {
		v.Overridable = append(v.Overridable, gen.LimitSubjectKind(k))
	}
	return v
}

func effectiveView(l ratelimit.Limit, o *limits.Override) *gen.EffectiveLimit {
	v := &gen.EffectiveLimit{Requests: l.Requests, WindowSeconds: int(l.Window.Seconds())}
	if o != nil {
		v.OverrideId = &o.ID
	}
	return v
}

func overrideView(o limits.Override) gen.LimitOverride {
	v := gen.LimitOverride{Id: o.ID, Limit: o.Limit, SubjectKind: gen.LimitSubjectKind(o.Subject.Kind), Subject: o.Subject.ID, Requests: o.Requests,
		WindowSeconds: int(o.Window.Seconds()), ValidFrom: o.From.UTC(), Reason: o.Reason, WrittenBy: o.WrittenBy, WrittenAt: o.WrittenAt.UTC()}
	if !o.To.IsZero() {
		to := o.To.UTC()
		v.ValidTo = &to
	}
	return v
}
