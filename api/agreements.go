package api

import (
	"context"

	"mofasa/api/gen"
	"mofasa/tenants/offices"
)

// ListAgreements shows what holds, held or will hold for the caller's city or office.
func (s *server) ListAgreements(ctx context.Context, _ gen.ListAgreementsRequestObject) (gen.ListAgreementsResponseObject, error) {
	found, err := s.Agreements.List(ctx, scopeOf(ctx))
	view := gen.ListAgreements200JSONResponse{Agreements: make([]gen.Agreement, 0, len(found))}
	for _, a := range found {
		view.Agreements = append(view.Agreements, gen.Agreement{MunicipalityCode: a.MunicipalityID, MunicipalityNameFa: a.CityFA, MunicipalityNameEn: a.CityEN, OfficeId: a.OfficeID, OfficeNameFa: a.OfficeNameFA, OfficeLicence: a.LicenceNo,
			Number: a.Number, ValidFrom: dayView(a.ValidFrom), ValidTo: endView(a.ValidTo), Ends: a.Ends, Holds: a.Holds, Terms: termsView(a.Terms),
			TextVersion: optional(a.TextVersion), NewerText: optional(a.NewerText), ProposalId: somebody(a.ProposalID), AcceptedBy: somebody(a.AcceptedBy), AcceptedAt: moment(a.AcceptedAt)})
	}
	return view, err
}

// ListAgreementTexts shows the wordings of the city.
func (s *server) ListAgreementTexts(ctx context.Context, _ gen.ListAgreementTextsRequestObject) (gen.ListAgreementTextsResponseObject, error) {
	found, err := s.Agreements.Texts(ctx, scopeOf(ctx))
	view := gen.ListAgreementTexts200JSONResponse{Texts: make([]gen.AgreementText, 0, len(found))}
	for _, w := range found {
		view.Texts = append(view.Texts, wordingView(w))
	}
	return view, err
}

// GetAgreementText shows one wording, to the byte as it was offered.
func (s *server) GetAgreementText(ctx context.Context, r gen.GetAgreementTextRequestObject) (gen.GetAgreementTextResponseObject, error) {
	w, err := s.Agreements.Text(ctx, scopeOf(ctx), r.MunicipalityCode, r.TextVersion)
	return gen.GetAgreementText200JSONResponse(wordingView(w)), err
}

// OfferAgreementText stores a wording.
func (s *server) OfferAgreementText(ctx context.Context, r gen.OfferAgreementTextRequestObject) (gen.OfferAgreementTextResponseObject, error) {
	w, err := s.Agreements.Once(keyFor(ctx, r.Params.IdempotencyKey)).OfferText(ctx, scopeOf(ctx), r.Body.Version, r.Body.TextFa)
	return gen.OfferAgreementText201JSONResponse(wordingView(w)), err
}

// ListAgreementProposals shows the city's proposals, or what was approved for the office.
func (s *server) ListAgreementProposals(ctx context.Context, _ gen.ListAgreementProposalsRequestObject) (gen.ListAgreementProposalsResponseObject, error) {
	found, err := s.Agreements.Proposals(ctx, scopeOf(ctx))
	view := gen.ListAgreementProposals200JSONResponse{Proposals: make([]gen.AgreementProposal, 0, len(found))}
	for _, p := range found {
		view.Proposals = append(view.Proposals, proposalView(p))
	}
	return view, err
}

// ProposeAgreement proposes terms or an end.
func (s *server) ProposeAgreement(ctx context.Context, r gen.ProposeAgreementRequestObject) (gen.ProposeAgreementResponseObject, error) {
	var in reading
	terms := given(r.Body.Terms)
	change := offices.Change{Kind: offices.ProposalKind(r.Body.Kind), ValidFrom: in.day("valid_from", &r.Body.ValidFrom), ValidTo: in.day("valid_to", r.Body.ValidTo),
		Terms: offices.Terms{Charges: given(terms.Charges), Methods: given(terms.Methods), FeeSharePPM: given(terms.FeeSharePpm), OrderCeilingRial: given(terms.OrderCeilingRial),
			DayCeilingRial: given(terms.DayCeilingRial)}, TextVersion: given(r.Body.TextVersion), Reason: r.Body.Reason}
	if in.err != nil {
		return nil, in.err
	}
	office, err := s.Offices.ByLicence(ctx, scopeOf(ctx), r.Body.OfficeLicence)
	if err != nil {
		return nil, inContract(err, "office", "office_licence")
	}
	change.OfficeID = office
	p, err := s.Agreements.Once(keyFor(ctx, r.Params.IdempotencyKey)).Propose(ctx, scopeOf(ctx), change)
	return gen.ProposeAgreement201JSONResponse(proposalView(p)), inTerms(err)
}

// inTerms gives the fields of terms the names that the contract has for them.
func inTerms(err error) error {
	return inContract(err, "office", "office_licence", "charges", "terms.charges", "methods", "terms.methods", "fee_share_ppm", "terms.fee_share_ppm",
		"order_ceiling_rial", "terms.order_ceiling_rial", "day_ceiling_rial", "terms.day_ceiling_rial")
}

// GetAgreementProposal shows one proposal with its wording.
func (s *server) GetAgreementProposal(ctx context.Context, r gen.GetAgreementProposalRequestObject) (gen.GetAgreementProposalResponseObject, error) {
	p, err := s.Agreements.Proposal(ctx, scopeOf(ctx), r.ProposalId)
	return gen.GetAgreementProposal200JSONResponse(proposalView(p)), err
}

// ApproveAgreement is the second person's word.
func (s *server) ApproveAgreement(ctx context.Context, r gen.ApproveAgreementRequestObject) (gen.ApproveAgreementResponseObject, error) {
	p, err := s.Agreements.Once(keyFor(ctx, r.Params.IdempotencyKey)).Approve(ctx, scopeOf(ctx), r.ProposalId)
	return gen.ApproveAgreement200JSONResponse(proposalView(p)), err
}

// RefuseAgreement ends a proposal.
func (s *server) RefuseAgreement(ctx context.Context, r gen.RefuseAgreementRequestObject) (gen.RefuseAgreementResponseObject, error) {
	p, err := s.Agreements.Once(keyFor(ctx, r.Params.IdempotencyKey)).Refuse(ctx, scopeOf(ctx), r.ProposalId, r.Body.Remark)
	return gen.RefuseAgreement200JSONResponse(proposalView(p)), err
}

// AcceptAgreement is the office's word.
func (s *server) AcceptAgreement(ctx context.Context, r gen.AcceptAgreementRequestObject) (gen.AcceptAgreementResponseObject, error) {
	p, err := s.Agreements.Once(keyFor(ctx, r.Params.IdempotencyKey)).Accept(ctx, scopeOf(ctx), r.ProposalId, r.Body.TextVersion)
	return gen.AcceptAgreement200JSONResponse(proposalView(p)), err
}

func wordingView(w offices.Wording) gen.AgreementText {
	v := gen.AgreementText{MunicipalityCode: w.MunicipalityID, Version: w.Version, Number: w.Number, Sha256: w.Hash, TextFa: optional(w.BodyFA), OfferedBy: somebody(w.OfferedBy), OfferedAt: w.OfferedAt}
	if w.Config > 0 {
		v.Config = &w.Config
	}
	return v
}

func termsView(t offices.Terms) gen.AgreementTerms {
	v := gen.AgreementTerms{FeeSharePpm: &t.FeeSharePPM, OrderCeilingRial: amountView(t.OrderCeilingRial), DayCeilingRial: amountView(t.DayCeilingRial)}
	if t.Charges != nil {
		v.Charges = &t.Charges
	}
	if t.Methods != nil {
		v.Methods = &t.Methods
	}
	return v
}

func proposalView(p offices.Proposal) gen.AgreementProposal {
	return gen.AgreementProposal{Id: p.ID, MunicipalityCode: p.MunicipalityID, OfficeId: p.OfficeID, OfficeNameFa: p.OfficeNameFA, OfficeLicence: p.LicenceNo,
		Kind: gen.AgreementChange(p.Kind), ValidFrom: dayView(p.ValidFrom), ValidTo: endView(p.ValidTo), Terms: termsView(p.Terms), TextVersion: optional(p.TextVersion),
		TextFa: optional(p.TextFA), Reason: p.Reason, State: gen.AgreementProposalState(p.State), ProposedBy: p.ProposedBy, ProposedAt: p.ProposedAt, ExpiresAt: p.ExpiresAt,
		DecidedBy: somebody(p.DecidedBy), DecidedAt: moment(p.DecidedAt), Remark: optional(p.Remark), AcceptedBy: somebody(p.AcceptedBy), AcceptedAt: moment(p.AcceptedAt)}
}
