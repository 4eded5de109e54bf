package identity

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
)

// How long a session lasts: without a refresh, and altogether.
const (
	SessionIdle = 12 * time.Hour
	SessionLife = 7 * 24 * time.Hour
)

// refreshGrace is for how long the refresh token before the present one is answered with the present one: two tabs that refresh at once, and an answer that was
// lost on the way, are no theft.
const refreshGrace = 10 * time.Second

const selectorSize = 16

// What keeping a session refuses with.
var (
	ErrSessionEnded = fault.Define(fault.Unauthenticated, "session_ended",
		"نشست شما پایان یافته است. دوباره وارد شوید.", "Your session has ended. Sign in again.")
	errSessionUnknown = fault.Define(fault.NotFound, "session_unknown",
		"چنین نشست بازی ندارید.", "You have no such open session.")
)

// Origin is where a sign-in or a refresh comes from. Only its network and a short name of the program are kept.
type Origin struct {
	Address   string // IP address, or "" at a console
	UserAgent string
}

// Network is the place that is kept of an origin, in CIDR notation such as 198.51.100.0/24; "" at a console.
func (o Origin) Network() string { return o.network() }

// network is the address's first 24 bits (IPv4) or 48 bits (IPv6): enough to recognise a place, too little to follow a person.
func (o Origin) network() string {
	address, err := netip.ParseAddr(o.Address)
	if err != nil {
		return ""
	}
	bits := 48
	if address = address.Unmap(); address.Is4() {
		bits = 24
	}
	network, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}

// program is the user agent as a list of sessions shows it: at most 80 printable ASCII characters.
func (o Origin) program() string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, o.UserAgent)
	return plain[:min(len(plain), 80)]
}

// Session is an open session's fresh access token and whom it names.
type Session struct {
	ID             uuid.UUID
	Token          string
	Expires        time.Time
	Refresh        string    // the refresh token; a secret of 48 bytes in URL-safe base64
	RefreshExpires time.Time // when it is worth nothing even if nobody uses it
	Person         Person
}

// OpenSession is one of somebody's sessions as they see it.
type OpenSession struct {
	ID                            uuid.UUID
	Network, Program              string
	CreatedAt, LastUsedAt, EndsAt time.Time
}

// refreshToken is what a browser keeps: the selector names the session, the verifier changes at each refresh.
type refreshToken struct{ selector, verifier []byte }

func newRefreshToken(selector []byte) refreshToken {
	return refreshToken{selector, newSecret(secretSize)}
}

func readRefreshToken(text string) (refreshToken, bool) {
	both := unwritten(text, selectorSize+secretSize)
	if both == nil {
		return refreshToken{}, false
	}
	return refreshToken{both[:selectorSize], both[selectorSize:]}, true
}

func (t refreshToken) String() string { return written(slices.Concat(t.selector, t.verifier)) }

// handoverKey is the key under which the next token is sealed for whoever still holds this one. It is no digest that is stored anywhere.
func (t refreshToken) handoverKey() []byte {
	return digest(slices.Concat([]byte("mofasa refresh handover\n"), t.verifier))
}

// refreshed is what a presented refresh token is worth.
type refreshed int

const (
	refusedToken  refreshed = iota // the session has ended or was left alone for too long
	presentToken                   // the last one: it is rotated
	repeatedToken                  // the one before, just rotated: the last one is handed over again
	reusedToken                    // an older one: somebody holds a copy
)

// judge decides about a token whose selector names the session.
func (r *sessionRow) judge(t refreshToken, now time.Time) refreshed {
	present, before := is(t.verifier, r.TokenHash), is(t.verifier, r.RotatedFrom)
	switch {
	case r.EndedAt != nil || !now.Before(r.endsAt()):
		return refusedToken
	case present:
		return presentToken
	case before && now.Sub(*r.RotatedAt) <= refreshGrace:
		return repeatedToken
	default:
		return reusedToken
	}
}

// endsAt is when the session ends if it is not used again.
func (r *sessionRow) endsAt() time.Time {
	idle := r.LastUsedAt.Add(SessionIdle)
	if idle.After(r.ExpiresAt) {
		return r.ExpiresAt
	}
	return idle
}
