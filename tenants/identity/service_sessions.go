package identity

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Credentials is what somebody signs in with.
type Credentials struct {
	Username, Password string
	Code               string // of the second factor or a recovery code; "" where they have none
	From               Origin
}

// SignIn checks a password and, of whoever has one, the second factor, and opens a session of its own, whatever the browser held before. Errors: credentials_invalid
// for every failure of the name and the password, second_factor_required without a code, second_factor_invalid, office_not_active.
func (s *Service) SignIn(ctx context.Context, c Credentials) (Session, error) {
	account, err := s.passwordOf(ctx, c.Username, c.Password)
	if err != nil {
		return Session{}, err
	}
	if account.SecondFactor {
		if err := s.useFactor(ctx, account, c.Code); err != nil {
			return Session{}, err
		}
	}
	person, err := s.Load(ctx, Claims{PersonID: account.ID, Home: account.home()})
	if err != nil {
		return Session{}, err
	}
	session := Session{Person: person}
	token := newRefreshToken(newSecret(selectorSize))
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		if err := stillSo(tx, account); err != nil {
			return err
		}
		if session.ID, err = insertSession(tx, person.ID, token, c.From); err != nil {
			return err
		}
		session.Refresh, session.RefreshExpires = token.String(), tx.Now.Add(SessionIdle)
		return recorded(tx, "sign_in.granted", person.ID)
	})
	if err != nil {
		return Session{}, err
	}
	return s.issue(session)
}

// issue adds a fresh access token.
func (s *Service) issue(session Session) (_ Session, err error) {
	claims := Claims{PersonID: session.Person.ID, SessionID: session.ID, Home: session.Person.Home}
	session.Token, session.Expires, err = SignToken(s.keys, claims, s.clock())
	return session, err
}

// Refresh trades a refresh token for the next one and an access token. The token before the present one is good for ten more seconds and gives the present one
// again; any older one ends the session, since somebody holds a copy (OAuth 2.0 Security Best Current Practice, RFC 9700 section 4.14.2). Errors: session_ended,
// office_not_active.
func (s *Service) Refresh(ctx context.Context, refresh string, from Origin) (Session, error) {
	token, ok := readRefreshToken(refresh)
	if !ok {
		return Session{}, ErrSessionEnded
	}
	claims, err := s.presented(ctx, token)
	if err != nil {
		return Session{}, err
	}
	person, err := s.Load(ctx, claims) // before anything is rotated: whoever may not work now keeps the token for later
	if errors.Is(err, ErrToken) {
		return Session{}, ErrSessionEnded.Because(err)
	}
	if err != nil {
		return Session{}, err
	}
	session, err := s.rotate(ctx, token, from)
	if err != nil {
		return Session{}, err
	}
	session.Person = person
	return s.issue(session)
}

// presented says whose session a refresh token belongs to. A copy ends the session, which must last whatever is answered.
func (s *Service) presented(ctx context.Context, token refreshToken) (claims Claims, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		claims = Claims{}
		row, err := lockSession(tx, token.selector)
		if err != nil || row == nil {
			return err
		}
		switch row.judge(token, tx.Now) {
		case reusedToken:
			return endReused(tx, row)
		case refusedToken:
			return nil
		}
		account, err := findByID(tx, row.PersonID)
		if err != nil || account == nil {
			return err
		}
		claims = Claims{PersonID: row.PersonID, SessionID: row.ID, Home: account.home()}
		return nil
	})
	if err == nil && claims.SessionID == uuid.Nil {
		err = ErrSessionEnded
	}
	return claims, err
}

func endReused(tx *scope.Tx, row *sessionRow) error {
	if _, err := endSession(tx, row.PersonID, row.ID, endedByReuse); err != nil {
		return err
	}
	return ofSession(tx, "session.reused", row.PersonID, row.ID)
}

// ofSession is recorded about one session of somebody.
func ofSession(tx *scope.Tx, action string, person, session uuid.UUID) error {
	city, err := cityOf(tx, person)
	if err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "session", TargetID: session.String(), Municipality: city, Details: map[string]any{"person": person}})
}

func (s *Service) rotate(ctx context.Context, token refreshToken, from Origin) (session Session, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		row, err := lockSession(tx, token.selector)
		if err != nil {
			return err
		}
		next := refreshToken{selector: token.selector}
		switch row.judge(token, tx.Now) {
		case presentToken:
			next = newRefreshToken(token.selector)
			successor, err := seal(token.handoverKey(), next.verifier, token.selector)
			if err != nil {
				return err
			}
			if err := rotateSession(tx, row.ID, next, successor, from); err != nil {
				return err
			}
			row.LastUsedAt = tx.Now
		case repeatedToken:
			if next.verifier, err = unseal(token.handoverKey(), row.Successor, token.selector); err != nil {
				return err
			}
		default: // somebody was quicker; the next try says why
			return ErrSessionEnded
		}
		session = Session{ID: row.ID, Refresh: next.String(), RefreshExpires: row.endsAt()}
		return nil
	})
	return session, err
}

// Sessions lists somebody's open sessions, the last used first.
func (s *Service) Sessions(ctx context.Context, person uuid.UUID) (open []OpenSession, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		open = nil
		rows, err := openSessions(tx, person)
		for _, r := range rows {
			if tx.Now.Before(r.endsAt()) {
				open = append(open, OpenSession{ID: r.ID, Network: r.Address, Program: r.UserAgent, CreatedAt: r.CreatedAt, LastUsedAt: r.LastUsedAt, EndsAt: r.endsAt()})
			}
		}
		return err
	})
	return open, err
}

// EndSession ends one of somebody's own sessions: its refresh token and its access tokens are worth nothing from then on. Errors: session_unknown.
func (s *Service) EndSession(ctx context.Context, person, session uuid.UUID) error {
	return s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		ended, err := endSession(tx, person, session, endedBySignOut)
		if err != nil {
			return err
		}
		if !ended {
			return errSessionUnknown
		}
		return ofSession(tx, "session.ended", person, session)
	})
}
