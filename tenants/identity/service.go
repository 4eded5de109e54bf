package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Service signs people in and says what they may do.
type Service struct {
	tx    *scope.Runner
	keys  *Keyring
	clock func() time.Time
	dummy string // hash that an unknown user name is checked against, so that both take the same time
}

// NewService binds the service to its transactions, the token keys and a clock. Params cost sign-ins their time and memory. Without keys (nil) it checks
// passwords alone and opens no session.
func NewService(tx *scope.Runner, keys *Keyring, clock func() time.Time, params *argon2id.Params) *Service {
	return &Service{tx: tx, keys: keys, clock: clock, dummy: nobody(params)}
}

// nobody is a hash, in the PHC format, that costs as much to check as a real one and that no password has: its key is all zeros.
func nobody(p *argon2id.Params) string {
	zeros := func(n uint32) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, zeros(p.SaltLength), zeros(p.KeyLength))
}

// Session is a fresh access token and whom it names.
type Session struct {
	Token   string
	Expires time.Time
	Person  Person
}

// SignIn checks a password and gives an access token. Errors are those of CheckPassword.
func (s *Service) SignIn(ctx context.Context, username, password string) (Session, error) {
	person, err := s.CheckPassword(ctx, username, password)
	if err != nil {
		return Session{}, err
	}
	token, expires, err := SignToken(s.keys, Claims{PersonID: person.ID, Home: person.Home}, s.clock())
	return Session{Token: token, Expires: expires, Person: person}, err
}

// CheckPassword tells who has this password, and records the attempt. Every failure of the two is ErrCredentials, so that user names cannot be probed; whoever
// passes may still meet ErrOfficeSuspended.
func (s *Service) CheckPassword(ctx context.Context, username, password string) (Person, error) {
	account, err := s.findAccount(ctx, username)
	if err != nil {
		return Person{}, err
	}
	hash := s.dummy
	if account != nil {
		hash = account.PasswordHash
	}
	// Outside any transaction: the check costs tens of milliseconds by design.
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return Person{}, fmt.Errorf("check password: %w", err)
	}
	granted := match && account != nil && account.State == active
	if account != nil {
		if err := s.recordSignIn(ctx, account.ID, granted); err != nil {
			return Person{}, err
		}
	}
	if !granted {
		return Person{}, ErrCredentials
	}
	return s.Load(ctx, Claims{PersonID: account.ID, Home: account.home()})
}

// Authenticate reads an access token.
func (s *Service) Authenticate(token string) (Claims, error) {
	return ParseToken(s.keys, token, s.clock())
}

// Keys are the public halves of the token keys.
func (s *Service) Keys() []PublicKey { return s.keys.Publics() }

// Load reads the person that a token names, as they are now, in one trip and in the scope of their home: the token of somebody who is locked, has left or works
// elsewhere now is ErrToken, a suspended office is ErrOfficeSuspended.
func (s *Service) Load(ctx context.Context, c Claims) (Person, error) {
	row := personRow{Person: Person{Home: c.Home}}
	err := s.tx.Pipeline(ctx, c.Scope(), func(*scope.Tx) []scope.Statement {
		return []scope.Statement{row.statement(c)}
	})
	if errors.Is(err, scope.ErrNoRow) {
		return Person{}, ErrToken
	}
	if err != nil {
		return Person{}, fmt.Errorf("load person: %w", err)
	}
	return row.person()
}

func (s *Service) findAccount(ctx context.Context, username string) (*account, error) {
	var found *account
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		found, err = findAccount(tx, username)
		return err
	})
	return found, err
}

func (s *Service) recordSignIn(ctx context.Context, id uuid.UUID, granted bool) error {
	action := "sign_in.refused"
	if granted {
		action = "sign_in.granted"
	}
	return s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		return audit.Write(tx, audit.Record{Action: action, TargetKind: "person", TargetID: id.String()})
	})
}
