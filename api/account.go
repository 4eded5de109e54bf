package api

import (
	"context"
	"encoding/base64"
	"fmt"

	"rsc.io/qr"

	"mofasa/api/gen"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
)

// ChangePassword gives the signed-in person another password.
func (s *server) ChangePassword(ctx context.Context, r gen.ChangePasswordRequestObject) (gen.ChangePasswordResponseObject, error) {
	err := s.Identity.ChangePassword(ctx, personOf(ctx).ID, claimsOf(ctx).SessionID, r.Body.OldPassword, r.Body.NewPassword)
	if err != nil {
		return nil, renamed(err, identity.ErrCredentials, "old_password", "new_password")
	}
	return gen.ChangePassword204Response{}, nil
}

// renamed gives the one field of a fault the name that the contract has for it: one name for the given fault, another for all others.
func renamed(err error, one *fault.Error, ofOne, ofOthers string) error {
	f := fault.Of(err)
	if f == nil || len(f.Fields) == 0 {
		return err
	}
	name := ofOthers
	if f.Code == one.Code {
		name = ofOne
	}
	c := *f
	c.Fields = nil
	return c.On(name)
}

// SetUpSecondFactor gives the signed-in person a secret for their authenticator.
func (s *server) SetUpSecondFactor(ctx context.Context, r gen.SetUpSecondFactorRequestObject) (gen.SetUpSecondFactorResponseObject, error) {
	setup, err := s.Identity.SetUpFactor(ctx, personOf(ctx).ID, r.Body.Password)
	if err != nil {
		return nil, err
	}
	code, err := qr.Encode(setup.URI, qr.M)
	if err != nil {
		return nil, fmt.Errorf("qr code of a second factor: %w", err)
	}
	noStore := "no-store"
	return gen.SetUpSecondFactor201JSONResponse{
		Body:    gen.SecondFactorSetup{Secret: setup.Secret, Uri: setup.URI, Qr: "data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG())},
		Headers: gen.SetUpSecondFactor201ResponseHeaders{CacheControl: &noStore},
	}, nil
}

// ConfirmSecondFactor puts the second factor in force and shows the recovery codes, once.
func (s *server) ConfirmSecondFactor(ctx context.Context, r gen.ConfirmSecondFactorRequestObject) (gen.ConfirmSecondFactorResponseObject, error) {
	codes, err := s.Identity.ConfirmFactor(ctx, personOf(ctx).ID, claimsOf(ctx).SessionID, r.Body.Code)
	if err != nil {
		return nil, err
	}
	noStore := "no-store"
	return gen.ConfirmSecondFactor200JSONResponse{Body: gen.RecoveryCodes{Codes: codes}, Headers: gen.ConfirmSecondFactor200ResponseHeaders{CacheControl: &noStore}}, nil
}

// RemoveSecondFactor takes the second factor away from somebody who shows both.
func (s *server) RemoveSecondFactor(ctx context.Context, r gen.RemoveSecondFactorRequestObject) (gen.RemoveSecondFactorResponseObject, error) {
	if err := s.Identity.RemoveFactor(ctx, personOf(ctx).ID, claimsOf(ctx).SessionID, r.Body.Password, r.Body.Code); err != nil {
		return nil, err
	}
	return gen.RemoveSecondFactor204Response{}, nil
}

// InvitePerson invites somebody to the home of whoever keeps it; the platform also a keeper to a home that is named and has none, once a second person agrees.
func (s *server) InvitePerson(ctx context.Context, r gen.InvitePersonRequestObject) (gen.InvitePersonResponseObject, error) {
	by := personOf(ctx)
	home, err := homeOf(by, r.Body)
	if err != nil {
		return nil, err
	}
	made, err := s.Identity.Invite(ctx, by, identity.Invited{Home: home, Username: r.Body.Username, NameFA: r.Body.NameFa, NationalID: r.Body.NationalId, Role: identity.Role(r.Body.Role),
		Reason: given(r.Body.Reason)})
	if err != nil {
		return nil, renamed(err, errInvalid, "", fieldOf(err, map[string]string{"name": "name_fa", "office": "office_id", "municipality": "municipality_code"}))
	}
	view := gen.Invitation{Id: made.ID, Token: made.Token, ExpiresAt: made.Expires}
	if made.Approval != nil {
		waits, err := approvalView(*made.Approval)
		if err != nil {
			return nil, err
		}
		view.Approval = &waits
	}
	noStore := "no-store"
	return gen.InvitePerson201JSONResponse{Body: view, Headers: gen.InvitePerson201ResponseHeaders{CacheControl: &noStore}}, nil
}

// homeOf is the home that an invitation names, or the inviter's own.
func homeOf(by identity.Person, r *gen.InvitationRequest) (identity.Home, error) {
	switch {
	case r.OfficeId != nil && r.MunicipalityCode != nil:
		return identity.Home{}, errInvalid.On("municipality_code")
	case r.OfficeId != nil:
		return identity.Home{Kind: identity.AtOffice, OfficeID: *r.OfficeId}, nil
	case r.MunicipalityCode != nil:
		return identity.Home{Kind: identity.AtMunicipality, MunicipalityID: *r.MunicipalityCode}, nil
	default:
		return by.Home, nil
	}
}

// fieldOf is the contract's name of a fault's field.
func fieldOf(err error, names map[string]string) string {
	f := fault.Of(err)
	if f == nil || len(f.Fields) == 0 {
		return ""
	}
	if name, known := names[f.Fields[0].Name]; known {
		return name
	}
	return f.Fields[0].Name
}

// AcceptInvitation lets an invited person choose their password.
func (s *server) AcceptInvitation(ctx context.Context, r gen.AcceptInvitationRequestObject) (gen.AcceptInvitationResponseObject, error) {
	accepted, err := s.Identity.Accept(ctx, r.Body.Token, r.Body.Password)
	if err != nil {
		return nil, err
	}
	return gen.AcceptInvitation201JSONResponse{Username: accepted.Username, SecondFactorDemanded: accepted.DemandSecondFactor}, nil
}
