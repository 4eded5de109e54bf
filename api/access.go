package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// Access classes of x-permission that are no permissions.
const (
	accessPublic = "public" // no login
	accessSelf   = "self"   // any login
)

type (
	claimsKey struct{}
	personKey struct{}
	tokenKey  struct{}
)

// authenticate reads the access token, where the operation needs one, and names the actor of everything that follows.
func (s *server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		actor := scope.Actor{Kind: scope.ActorPublic, RequestID: requestID(c)}
		if op := operationOf(ctx); op != nil && op.Permission != accessPublic {
			claims, err := s.bearer(c.Request())
			if err != nil {
				return err
			}
			actor.Kind, actor.ID = scope.ActorPerson, claims.PersonID
			if claims.ClientID != uuid.Nil {
				actor.Kind, actor.ID = scope.ActorClient, claims.ClientID
			}
			ctx = context.WithValue(ctx, claimsKey{}, claims)
			token, _ := bearerToken(c.Request().Header.Get("Authorization"))
			ctx = context.WithValue(ctx, tokenKey{}, token)
		}
		ctx = context.WithValue(ctx, browserKey{}, browserOf(c))
		c.SetRequest(c.Request().WithContext(scope.WithActor(ctx, actor)))
		return next(c)
	}
}

// bearer reads the access token of a request. Errors: identity.ErrToken.
func (s *server) bearer(r *http.Request) (identity.Claims, error) {
	token, ok := bearerToken(r.Header.Get("Authorization"))
	if !ok || len(r.Header.Values("Authorization")) > 1 {
		return identity.Claims{}, identity.ErrToken
	}
	return s.Identity.Authenticate(token)
}

// longestToken bounds what is read of a header before anything is decoded; ours have some four hundred characters.
const longestToken = 2048

// bearerToken reads credentials of the Bearer scheme (RFC 6750 section 2.1).
func bearerToken(header string) (string, bool) {
	token, ok := strings.CutPrefix(header, "Bearer ")
	return token, ok && token != "" && len(token) <= longestToken
}

// authorize loads the person as they are now and holds their role against the operation's permission.
func (s *server) authorize(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		op := operationOf(ctx)
		if op == nil || op.Permission == accessPublic {
			return next(c)
		}
		person, err := s.Identity.Load(ctx, claimsOf(ctx))
		if err != nil {
			return err
		}
		if err := permits(person, op); err != nil {
			return err
		}
		c.SetRequest(c.Request().WithContext(context.WithValue(ctx, personKey{}, person)))
		return next(c)
	}
}

// permits holds what an operation demands against what somebody may do now. What any login may do is somebody's own affair, of which an API client has none; whoever
// must set a second factor up first gets no further than what that needs.
func permits(p identity.Person, op *operation) error {
	switch {
	case p.MustSetUp && !op.SetUp:
		return identity.ErrFactorSetup
	case op.Permission == accessSelf && p.ClientID == uuid.Nil:
		return nil
	case op.Permission == accessSelf || !p.Permits(identity.Permission(op.Permission)):
		return identity.ErrNotPermitted
	default:
		return nil
	}
}

func claimsOf(ctx context.Context) identity.Claims {
	claims, _ := ctx.Value(claimsKey{}).(identity.Claims)
	return claims
}

// tokenOf is the access token of a request that has shown a good one, for what lasts longer than the token may.
func tokenOf(ctx context.Context) string {
	token, _ := ctx.Value(tokenKey{}).(string)
	return token
}

// personOf is the authorized person of a request.
func personOf(ctx context.Context) identity.Person {
	person, _ := ctx.Value(personKey{}).(identity.Person)
	return person
}

// scopeOf is the scope in which the authorized person of a request works.
func scopeOf(ctx context.Context) scope.Scope { return personOf(ctx).Scope() }

// officeOf is the office in whose scope a request runs.
func officeOf(ctx context.Context) uuid.UUID { return personOf(ctx).OfficeID }
