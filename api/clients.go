package api

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"mofasa/api/gen"
	"mofasa/tenants/identity"
)

// CreateClient registers a program that calls the API for the home of whoever keeps it.
func (s *server) CreateClient(ctx context.Context, r gen.CreateClientRequestObject) (gen.CreateClientResponseObject, error) {
	n := identity.NewClient{NameFA: r.Body.NameFa, Expires: r.Body.ExpiresAt}
	for _, one := range r.Body.Scopes {
		n.Scopes = append(n.Scopes, identity.Permission(one))
	}
	client, secret, err := s.Identity.CreateClient(ctx, personOf(ctx), n)
	if err != nil {
		return nil, renamed(err, errInvalid, "", fieldOf(err, map[string]string{"name": "name_fa"}))
	}
	noStore := "no-store"
	return gen.CreateClient201JSONResponse{Body: gen.CreatedClient{Client: clientView(client), Secret: secret.Secret}, Headers: gen.CreateClient201ResponseHeaders{CacheControl: &noStore}}, nil
}

// ListClients lists the programs of the caller's home.
func (s *server) ListClients(ctx context.Context, _ gen.ListClientsRequestObject) (gen.ListClientsResponseObject, error) {
	list, err := s.Identity.Clients(ctx, scopeOf(ctx))
	if err != nil {
		return nil, err
	}
	answer := gen.ListClients200JSONResponse{Clients: []gen.Client{}}
	for _, c := range list {
		answer.Clients = append(answer.Clients, clientView(c))
	}
	return answer, nil
}

// RotateClient gives a program another secret; both are good for as long as is asked.
func (s *server) RotateClient(ctx context.Context, r gen.RotateClientRequestObject) (gen.RotateClientResponseObject, error) {
	secret, err := s.Identity.RotateClient(ctx, scopeOf(ctx), r.ClientId, time.Duration(r.Body.OverlapHours)*time.Hour)
	if err != nil {
		return nil, err
	}
	noStore := "no-store"
	return gen.RotateClient200JSONResponse{Body: gen.ClientSecret{ClientId: secret.ClientID, Secret: secret.Secret}, Headers: gen.RotateClient200ResponseHeaders{CacheControl: &noStore}}, nil
}

// RevokeClient ends a program for ever.
func (s *server) RevokeClient(ctx context.Context, r gen.RevokeClientRequestObject) (gen.RevokeClientResponseObject, error) {
	if err := s.Identity.RevokeClient(ctx, scopeOf(ctx), r.ClientId); err != nil {
		return nil, err
	}
	return gen.RevokeClient204Response{}, nil
}

func clientView(c identity.Client) gen.Client {
	view := gen.Client{Id: c.ID, NameFa: c.NameFA, CreatedAt: c.CreatedAt, ExpiresAt: c.Expires, PreviousSecretUntil: c.PreviousUntil, RevokedAt: c.RevokedAt, Scopes: []string{},
		CreatedBy: somebody(c.CreatedBy), CreatorNameFa: optional(c.CreatorFA)}
	if c.Creator != "" {
		standing := gen.PersonStanding(c.Creator)
		view.CreatorStanding = &standing
	}
	for _, one := range c.Scopes {
		view.Scopes = append(view.Scopes, string(one))
	}
	return view
}

// GrantToken trades a program's id and secret for an access token (RFC 6749 section 4.4). They come by HTTP Basic or in the form, never in both.
func (s *server) GrantToken(ctx context.Context, r gen.GrantTokenRequestObject) (gen.GrantTokenResponseObject, error) {
	if r.Body.GrantType != "client_credentials" {
		return nil, identity.ErrGrantType
	}
	id, secret := given(r.Body.ClientId), given(r.Body.ClientSecret)
	if header := browserIn(ctx).authorization; header != "" {
		basicID, basicSecret, ok := basicCredentials(header)
		if !ok || id != "" || secret != "" {
			return nil, identity.ErrClient
		}
		id, secret = basicID, basicSecret
	}
	granted, err := s.Identity.GrantClient(ctx, id, secret, given(r.Body.Scope))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(granted.Scopes))
	for i, one := range granted.Scopes {
		names[i] = string(one)
	}
	noStore, noCache := "no-store", "no-cache"
	return gen.GrantToken200JSONResponse{
		Body:    gen.ClientToken{AccessToken: granted.Token, TokenType: gen.ClientTokenTokenTypeBearer, ExpiresIn: int(granted.Expires.Sub(s.Clock()).Seconds()), Scope: strings.Join(names, " ")},
		Headers: gen.GrantToken200ResponseHeaders{CacheControl: &noStore, Pragma: &noCache},
	}, nil
}

// basicCredentials reads HTTP Basic (RFC 7617) with both halves form-encoded (RFC 6749 section 2.3.1).
func basicCredentials(header string) (id, secret string, ok bool) {
	encoded, ok := strings.CutPrefix(header, "Basic ")
	if !ok || len(encoded) > longestToken {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	first, second, ok := strings.Cut(string(raw), ":")
	if !ok {
		return "", "", false
	}
	id, errID := url.QueryUnescape(first)
	secret, errSecret := url.QueryUnescape(second)
	return id, secret, errID == nil && errSecret == nil
}
