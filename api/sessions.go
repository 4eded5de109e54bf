package api

import (
	"context"
	"encoding/base64"

	"mofasa/api/gen"
	"mofasa/tenants/identity"
)

// SignIn opens a session for somebody who works for an office, a city or the platform.
func (s *server) SignIn(ctx context.Context, r gen.SignInRequestObject) (gen.SignInResponseObject, error) {
	session, err := s.Identity.SignIn(ctx, r.Body.Username, r.Body.Password)
	if err != nil {
		return nil, err
	}
	noStore := "no-store"
	return gen.SignIn201JSONResponse{
		Body:    gen.Session{AccessToken: session.Token, TokenType: gen.SessionTokenTypeBearer, ExpiresAt: session.Expires, Me: meView(session.Person)},
		Headers: gen.SignIn201ResponseHeaders{CacheControl: &noStore},
	}, nil
}

// WhoAmI describes the signed-in person.
func (s *server) WhoAmI(ctx context.Context, _ gen.WhoAmIRequestObject) (gen.WhoAmIResponseObject, error) {
	return gen.WhoAmI200JSONResponse(meView(personOf(ctx))), nil
}

func meView(p identity.Person) gen.Me {
	me := gen.Me{NameFa: p.NameFA, Role: string(p.Role), Home: gen.MeHome(p.Home.Kind), Permissions: []string{}}
	city := gen.Municipality{Code: p.City.ID, NameFa: p.City.NameFA, NameEn: p.City.NameEN, ProvinceFa: p.City.ProvinceFA}
	switch p.Home.Kind {
	case identity.AtOffice:
		me.Office = &gen.Office{Id: p.OfficeID, NameFa: p.OfficeNameFA, LicenceNo: p.LicenceNo, Municipality: city}
	case identity.AtMunicipality:
		me.Municipality = &city
	}
	for _, permission := range p.Permissions() {
		me.Permissions = append(me.Permissions, string(permission))
	}
	return me
}

// GetKeys publishes the verification keys of access tokens and certificates.
func (s *server) GetKeys(context.Context, gen.GetKeysRequestObject) (gen.GetKeysResponseObject, error) {
	cache := "public, max-age=300"
	answer := gen.GetKeys200JSONResponse{Headers: gen.GetKeys200ResponseHeaders{CacheControl: &cache}}
	for _, key := range append(s.Identity.Keys(), s.SigningKeys.Publics()...) {
		answer.Body.Keys = append(answer.Body.Keys, gen.Key{Alg: gen.KeyAlgEdDSA, Crv: gen.KeyCrvEd25519, Kid: key.ID, Kty: gen.KeyKtyOKP, Use: gen.KeyUseSig,
			X: base64.RawURLEncoding.EncodeToString(key.Key)})
	}
	return answer, nil
}
