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

// Service signs people and API clients in and says what they may do.
type Service struct {
	tx      *scope.Runner
	keys    *Keyring
	clock   func() time.Time
	params  *argon2id.Params
	dummy   string         // hash that an unknown user name is checked against, so that both take the same time
	factors *FactorSecrets // nil: nobody sets a second factor up
	require bool           // whoever's role demands a second factor works only with one
	humans  *Humans
}

// Option changes what a Service does.
type Option func(*Service)

// WithSecondFactors lets people set a second factor up; its secret is stored sealed. With require, whoever's role demands one
// (Role.DemandsSecondFactor) may do nothing else before.
func WithSecondFactors(secrets *FactorSecrets, require bool) Option {
	return func(s *Service) { s.factors, s.require = secrets, require }
}

// WithHumans lets people invite others, of whom it is then on record who they are.
func WithHumans(humans *Humans) Option { return func(s *Service) { s.humans = humans } }

// NewService binds the service to its transactions, the token keys and a clock. Params cost sign-ins their time and memory. Without keys (nil) it checks
// passwords alone and opens no session.
func NewService(tx *scope.Runner, keys *Keyring, clock func() time.Time, params *argon2id.Params, options ...Option) *Service {
	s := &Service{tx: tx, keys: keys, clock: clock, params: params, dummy: nobody(params)}
	for _, option := range options {
		option(s)
	}
	return s
}

// nobody is a hash, in the PHC format, that costs as much to check as a real one and that no password has: its key is all zeros.
func nobody(p *argon2id.Params) string {
	zeros := func(n uint32) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, zeros(p.SaltLength), zeros(p.KeyLength))
}

// Check tells who shows these credentials, and records the attempt as SignIn does; it opens no session, and the origin does not matter. Errors: as of SignIn.
func (s *Service) Check(ctx context.Context, c Credentials) (Person, error) {
	account, err := s.passwordOf(ctx, c.Username, c.Password)
	if err != nil {
		return Person{}, err
	}
	if account.SecondFactor {
		if err := s.useFactor(ctx, account, c.Code); err != nil {
			return Person{}, err
		}
	}
	if err := s.record(ctx, "sign_in.granted", account.ID); err != nil {
		return Person{}, err
	}
	return s.Load(ctx, Claims{PersonID: account.ID, Home: account.home()})
}

// passwordOf finds the active account of this password. A refusal is on record if the name is known.
func (s *Service) passwordOf(ctx context.Context, username, password string) (*account, error) {
	found, err := s.account(ctx, func(tx *scope.Tx) (*account, error) { return findAccount(tx, username) })
	if err != nil {
		return nil, err
	}
	match, err := s.matches(found, password)
	if err != nil {
		return nil, err
	}
	if match && found.State == active {
		return found, nil
	}
	if found != nil {
		if err := s.record(ctx, "sign_in.refused", found.ID); err != nil {
			return nil, err
		}
	}
	return nil, ErrCredentials
}

// matches checks a password, also that of nobody. Outside any transaction: it costs tens of milliseconds by design.
func (s *Service) matches(of *account, password string) (bool, error) {
	hash := s.dummy
	if of != nil {
		hash = of.PasswordHash
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	return match && of != nil, nil
}

// Authenticate reads an access token.
func (s *Service) Authenticate(token string) (Claims, error) {
	return ParseToken(s.keys, token, s.clock())
}

// Keys are the public halves of the token keys.
func (s *Service) Keys() []PublicKey { return s.keys.Publics() }

// Load reads the person that a token names, as they are now, in one trip and in the scope of their home: the token of somebody who is locked, has left or works
// elsewhere now, and of a session that has ended, is ErrToken, a suspended office is ErrOfficeSuspended.
func (s *Service) Load(ctx context.Context, c Claims) (Person, error) {
	if c.ClientID != uuid.Nil {
		return s.loadClient(ctx, c)
	}
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
	person, err := row.person()
	person.MustSetUp = err == nil && s.require && !person.SecondFactor && person.Role.DemandsSecondFactor(person.Home.Kind)
	return person, err
}

// Person is Load for somebody whose password was checked otherwise, as at the console. Errors: token_invalid, office_not_active.
func (s *Service) Person(ctx context.Context, id uuid.UUID) (Person, error) {
	found, err := s.account(ctx, func(tx *scope.Tx) (*account, error) { return findByID(tx, id) })
	if err != nil {
		return Person{}, err
	}
	if found == nil {
		return Person{}, ErrToken
	}
	return s.Load(ctx, Claims{PersonID: id, Home: found.home()})
}

func (s *Service) account(ctx context.Context, find func(*scope.Tx) (*account, error)) (*account, error) {
	var found *account
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		found, err = find(tx)
		return err
	})
	return found, err
}

// record writes what somebody tried or did at the door.
func (s *Service) record(ctx context.Context, action string, id uuid.UUID) error {
	return s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return recorded(tx, action, id) })
}

// recorded writes what somebody tried or did at the door; the auditor of the city for which they work reads it, too.
func recorded(tx *scope.Tx, action string, person uuid.UUID) error {
	city, err := cityOf(tx, person)
	if err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "person", TargetID: person.String(), Municipality: city})
}
