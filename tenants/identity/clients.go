package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// The longest life of an API client, and the longest overlap of two of its secrets.
const (
	ClientLife    = 2 * 366 * 24 * time.Hour
	ClientOverlap = 30 * 24 * time.Hour
)

// What keeping API clients, and their tokens, refuse with.
var (
	ErrClient = fault.Define(fault.Unauthenticated, "client_invalid",
		"شناسه یا رمز برنامه درست نیست، یا اعتبارش پایان یافته است.", "The client's id or secret is wrong, or the client has expired.").With("error", "invalid_client")
	ErrGrantType = fault.Define(fault.Malformed, "grant_type_unsupported",
		"تنها grant_type=client_credentials پذیرفته است.", "Only grant_type=client_credentials is supported.").With("error", "unsupported_grant_type")
	ErrScope = fault.Define(fault.Malformed, "scope_invalid",
		"برنامه چنین دسترسی‌ای ندارد.", "The client does not have such a scope.").With("error", "invalid_scope")
	ErrUnkept = fault.Define(fault.Forbidden, "client_home_unkept",
		"محل کار این برنامه مدیر فعالی ندارد و تا تعیین مدیر، برنامه‌های آن کار نمی‌کنند.",
		"The client's home has no active keeper; until the platform has appointed one, its clients do not work.").With("error", "unauthorized_client")
	errClientUnknown = fault.Define(fault.NotFound, "client_unknown",
		"چنین برنامه‌ای ثبت نشده یا باطل شده است.", "No such client is registered, or it is revoked.")
	errClientScopes = fault.Define(fault.Invalid, "client_scopes",
		"دسترسی‌های برنامه باید از خواندنی‌ها و کارهای پیشخوان باشد که خود شما اجازهٔ آن را دارید.", "A client's scopes are among those that read and those of the counter, and you hold them yourself.")
	errClientExpiry = fault.Define(fault.Invalid, "client_expiry",
		"پایان اعتبار باید در آینده و حداکثر دو سال دیگر باشد.", "The expiry is in the future, at most two years from now.")
	errClientOverlap = fault.Define(fault.Invalid, "client_overlap",
		"هم‌پوشانی دو رمز حداکثر سی روز است.", "Two secrets overlap for at most thirty days.")
)

// NewClient is a program to register for the acting person's home.
type NewClient struct {
	NameFA  string
	Scopes  []Permission
	Expires time.Time
}

// Client is a registered program.
type Client struct {
	ID                 uuid.UUID
	NameFA             string
	Scopes             []Permission
	CreatedAt, Expires time.Time
	PreviousUntil      *time.Time // until when the secret before is taken, too
	RevokedAt          *time.Time
	CreatedBy          uuid.UUID // Nil: the system, or somebody before it was kept
	CreatorFA          string    // "" where the scope does not know them
	Creator            Standing  // "" as well
	Home
}

// ClientSecret is a fresh secret, shown this once; only its digest is stored.
type ClientSecret struct {
	ClientID uuid.UUID
	Secret   string // 32 random bytes in URL-safe base64
}

// CreateClient registers a program for the home of the person who acts. It may be given ClientScopes, and of those no more than the person holds. Errors: person_name
// (name), client_scopes (scopes), client_expiry (expires_at).
func (s *Service) CreateClient(ctx context.Context, by Person, n NewClient) (Client, ClientSecret, error) {
	n.NameFA = strings.TrimSpace(n.NameFA)
	n.Scopes = slices.Compact(slices.Sorted(slices.Values(n.Scopes)))
	now := s.clock()
	switch {
	case n.NameFA == "" || utf8.RuneCountInString(n.NameFA) > 200:
		return Client{}, ClientSecret{}, errName.On("name")
	case len(n.Scopes) == 0 || slices.ContainsFunc(n.Scopes, func(p Permission) bool { return !by.Permits(p) || !slices.Contains(ClientScopes(), p) }):
		return Client{}, ClientSecret{}, errClientScopes.On("scopes")
	case !n.Expires.After(now) || n.Expires.After(now.Add(ClientLife)):
		return Client{}, ClientSecret{}, errClientExpiry.On("expires_at")
	}
	var made Client
	secret := newSecret(secretSize)
	err := s.tx.InTx(ctx, by.Scope(), func(tx *scope.Tx) error {
		made = Client{ID: tx.NewID(), NameFA: n.NameFA, Scopes: n.Scopes, CreatedAt: tx.Now, Expires: n.Expires.UTC().Truncate(time.Microsecond), Home: by.Home,
			CreatedBy: by.ID, CreatorFA: by.NameFA, Creator: Active}
		if err := insertClient(tx, made, digest(secret)); err != nil {
			return err
		}
		return clientRecord(tx, "client.created", made.ID, map[string]any{"scopes": n.Scopes})
	})
	return made, ClientSecret{made.ID, written(secret)}, err
}

func clientRecord(tx *scope.Tx, action string, id uuid.UUID, details map[string]any) error {
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "client", TargetID: id.String(), Details: details})
}

// RotateClient gives a program another secret; the one before is taken for overlap longer (0: not at all), any older one no more. Errors: client_unknown,
// client_overlap (overlap_hours).
func (s *Service) RotateClient(ctx context.Context, in scope.Scope, id uuid.UUID, overlap time.Duration) (ClientSecret, error) {
	if overlap < 0 || overlap > ClientOverlap {
		return ClientSecret{}, errClientOverlap.On("overlap_hours")
	}
	secret := newSecret(secretSize)
	err := s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		if err := rotateClient(tx, id, digest(secret), tx.Now.Add(overlap)); err != nil {
			return err
		}
		return clientRecord(tx, "client.rotated", id, nil)
	})
	return ClientSecret{id, written(secret)}, err
}

// RevokeClient ends a program for ever; its access tokens are worth nothing from then on. Errors: client_unknown.
func (s *Service) RevokeClient(ctx context.Context, in scope.Scope, id uuid.UUID) error {
	return s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		if err := revokeClient(tx, id); err != nil {
			return err
		}
		return clientRecord(tx, "client.revoked", id, nil)
	})
}

// Clients lists the programs that a scope may see, the newest first: a city's and an office's own, or everybody's.
func (s *Service) Clients(ctx context.Context, in scope.Scope) (list []Client, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = listClients(tx)
		return err
	})
	return list, err
}

// ClientToken is an access token for a program (RFC 6749 section 4.4.3).
type ClientToken struct {
	Token   string
	Expires time.Time
	Scopes  []Permission
}

// GrantClient trades a program's id and secret for an access token. A token has all the scopes of its program, and it must name no other one that is asked for.
// Errors: client_invalid for every failure of the two, scope_invalid, office_not_active, client_home_unkept.
func (s *Service) GrantClient(ctx context.Context, id, secret, asked string) (ClientToken, error) {
	parsed, err := uuid.Parse(id)
	given := unwritten(secret, secretSize)
	if err != nil || given == nil {
		return ClientToken{}, ErrClient
	}
	var client *clientRow
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		client, err = findClient(tx, parsed)
		return err
	})
	if err != nil {
		return ClientToken{}, err
	}
	now := s.clock()
	if !client.opens(given, now) {
		return ClientToken{}, s.refuseClient(ctx, client)
	}
	person, err := s.Load(ctx, Claims{ClientID: parsed, Home: client.home()})
	if errors.Is(err, ErrToken) {
		return ClientToken{}, ErrClient.Because(err)
	}
	if err != nil {
		return ClientToken{}, err
	}
	for _, one := range strings.Fields(asked) {
		if !person.Permits(Permission(one)) {
			return ClientToken{}, ErrScope
		}
	}
	err = s.tx.InTx(ctx, person.Scope(), func(tx *scope.Tx) error { return clientRecord(tx, "client.token_granted", parsed, nil) })
	if err != nil {
		return ClientToken{}, err
	}
	granted := ClientToken{Scopes: person.Permissions()}
	granted.Token, granted.Expires, err = SignToken(s.keys, Claims{ClientID: parsed, Home: person.Home}, now)
	return granted, err
}

// refuseClient puts a wrong secret of a known program on its home's record.
func (s *Service) refuseClient(ctx context.Context, known *clientRow) error {
	if known == nil {
		return ErrClient
	}
	if err := s.tx.InTx(ctx, known.home().Scope(), func(tx *scope.Tx) error { return clientRecord(tx, "client.refused", known.ID, nil) }); err != nil {
		return err
	}
	return ErrClient
}

// opens compares a secret with both that a program may have, whichever fits; nobody's program is compared as well.
func (r *clientRow) opens(secret []byte, now time.Time) bool {
	if r == nil {
		r = &clientRow{}
	}
	present, before := is(secret, r.SecretHash), is(secret, r.PreviousHash)
	return present || before && r.PreviousUntil != nil && now.Before(*r.PreviousUntil)
}

// scopes are an API client's permissions: those that it was given and that its home may still have.
func (p Person) scopes() []Permission {
	var held []Permission
	for _, one := range strings.Fields(p.granted) {
		possible := slices.ContainsFunc(Roles(), func(r Role) bool { return slices.Contains(r.Permissions(p.Home.Kind), Permission(one)) })
		if possible && slices.Contains(ClientScopes(), Permission(one)) {
			held = append(held, Permission(one))
		}
	}
	return held
}

// loadClient is Load for the token of an API client. A home's programs work only while somebody keeps it. Errors: client_home_unkept.
func (s *Service) loadClient(ctx context.Context, c Claims) (Person, error) {
	row := personRow{Person: Person{Home: c.Home, ClientID: c.ClientID}}
	err := s.tx.Pipeline(ctx, c.Scope(), func(tx *scope.Tx) []scope.Statement {
		return []scope.Statement{row.clientStatement(c, tx.Now)}
	})
	if errors.Is(err, scope.ErrNoRow) {
		return Person{}, ErrToken
	}
	if err != nil {
		return Person{}, fmt.Errorf("load client: %w", err)
	}
	row.state = active
	person, err := row.person()
	if err == nil && !row.kept {
		err = ErrUnkept
	}
	return person, err
}
