package identity

import (
	"context"
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

// NewService binds the service to its transactions, the token keys and a clock. Params cost sign-ins their time and memory.
func NewService(tx *scope.Runner, keys *Keyring, clock func() time.Time, params *argon2id.Params) (*Service, error) {
	dummy, err := argon2id.CreateHash("nobody", params)
	if err != nil {
		return nil, fmt.Errorf("prepare password check: %w", err)
	}
	return &Service{tx: tx, keys: keys, clock: clock, dummy: dummy}, nil
}

// Session is a fresh access token and whom it names.
type Session struct {
	Token   string
	Expires time.Time
	Person  Person
}

// SignIn checks a password and gives an access token. Every failure is ErrCredentials, so that user names cannot be probed.
func (s *Service) SignIn(ctx context.Context, username, password string) (Session, error) {
	account, err := s.findAccount(ctx, username)
	if err != nil {
		return Session{}, err
	}
	hash := s.dummy
	if account != nil {
		hash = account.PasswordHash
	}
	// Outside any transaction: the check costs tens of milliseconds by design.
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return Session{}, fmt.Errorf("check password: %w", err)
	}
	granted := match && account != nil && account.State == "active"
	if account != nil {
		if err := s.recordSignIn(ctx, account.ID, granted); err != nil {
			return Session{}, err
		}
	}
	if !granted {
		return Session{}, ErrCredentials
	}
	return s.open(ctx, account)
}

func (s *Service) open(ctx context.Context, a *account) (Session, error) {
	claims := Claims{PersonID: a.ID, OfficeID: a.OfficeID, MunicipalityID: a.MunicipalityID}
	person, err := s.Load(ctx, claims)
	if err != nil {
		return Session{}, err
	}
	token, expires, err := SignToken(s.keys, claims, s.clock())
	return Session{Token: token, Expires: expires, Person: person}, err
}

// Authenticate reads an access token.
func (s *Service) Authenticate(token string) (Claims, error) {
	return ParseToken(s.keys, token, s.clock())
}

// Keys are the public halves of the token keys.
func (s *Service) Keys() []PublicKey { return s.keys.Publics() }

// Load reads the person that a token names, as they are now, in one trip: a locked person's token is ErrToken, a suspended office is ErrOfficeSuspended.
func (s *Service) Load(ctx context.Context, c Claims) (Person, error) {
	var row personRow
	err := s.tx.Pipeline(ctx, scope.Office(c.OfficeID), func(*scope.Tx) []scope.Statement {
		return []scope.Statement{row.statement(c.PersonID)}
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

// NewPerson is somebody to enrol.
type NewPerson struct {
	Office             uuid.UUID
	Username, Password string
	NameFA             string
	Role               Role
}

// Enrol adds a person to an office; an existing user name keeps its row and gets the new password and role.
func Enrol(tx *scope.Tx, p NewPerson, params *argon2id.Params) (uuid.UUID, error) {
	hash, err := argon2id.CreateHash(p.Password, params)
	if err != nil {
		return uuid.Nil, fmt.Errorf("hash password: %w", err)
	}
	id, err := savePerson(tx, p, hash)
	if err != nil {
		return uuid.Nil, err
	}
	return id, audit.Write(tx, audit.Record{Action: "person.enrolled", TargetKind: "person", TargetID: id.String(), Details: map[string]any{"role": p.Role}})
}
