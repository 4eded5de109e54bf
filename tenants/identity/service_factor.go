package identity

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

var errNoFactorKey = errors.New("identity: no key for second factors")

// SetUpFactor gives somebody who shows their password the secret for their authenticator; an earlier one that was never confirmed is void. Whoever has taken an access
// token alone does not make it their own. Errors: credentials_invalid, second_factor_set.
func (s *Service) SetUpFactor(ctx context.Context, person uuid.UUID, password string) (FactorSetup, error) {
	if s.factors == nil {
		return FactorSetup{}, errNoFactorKey
	}
	if _, err := s.confirmed(ctx, person, password); err != nil {
		return FactorSetup{}, err
	}
	secret := newSecret(factorSecret)
	sealed, err := s.factors.seal(person, secret)
	if err != nil {
		return FactorSetup{}, err
	}
	var setup FactorSetup
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		factor, err := lockFactor(tx, person)
		switch {
		case err != nil:
			return err
		case factor.On:
			return errFactorSet
		}
		setup = newFactorSetup(factor.Username, secret)
		if err := startFactor(tx, person, sealed); err != nil {
			return err
		}
		return recorded(tx, "second_factor.started", person)
	})
	return setup, err
}

// ConfirmFactor puts a second factor in force by a code of it, ends the person's other sessions, which were opened without it, and gives the recovery codes: each
// stands in for one code, and they are shown this once. Errors: second_factor_set, second_factor_missing, second_factor_invalid.
func (s *Service) ConfirmFactor(ctx context.Context, person, session uuid.UUID, code string) (codes []string, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		factor, err := lockFactor(tx, person)
		switch {
		case err != nil:
			return err
		case factor.On:
			return errFactorSet
		case len(factor.Secret) == 0:
			return errFactorMissing
		}
		secret, err := s.factors.open(person, factor.Secret)
		if err != nil {
			return err
		}
		step := stepOf(secret, readCode(code), factor.LastStep, tx.Now)
		if step == 0 {
			return ErrFactorInvalid.On("code")
		}
		var stored [][]byte
		codes, stored = newRecoveryCodes()
		if err := switchFactor(tx, person, true); err != nil {
			return err
		}
		if err := keepFactor(tx, person, step, stored); err != nil {
			return err
		}
		if err := endSessions(tx, person, session, endedByFactor); err != nil {
			return err
		}
		return recorded(tx, "second_factor.confirmed", person)
	})
	return codes, err
}

func newRecoveryCodes() (codes []string, stored [][]byte) {
	for range recoveryCodes {
		secret := newSecret(recoverySize)
		codes, stored = append(codes, recoveryText(secret)), append(stored, digest(secret))
	}
	return codes, stored
}

// RemoveFactor takes the second factor away from somebody who shows their password and a code, and ends their other sessions. Errors: credentials_invalid,
// second_factor_missing, second_factor_invalid.
func (s *Service) RemoveFactor(ctx context.Context, person, session uuid.UUID, password, code string) error {
	account, err := s.confirmed(ctx, person, password)
	if err != nil {
		return err
	}
	if !account.SecondFactor {
		return errFactorMissing
	}
	if err := s.useFactor(ctx, account, code); err != nil {
		return err
	}
	return s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		if err := clearFactor(tx, person); err != nil {
			return err
		}
		if err := endSessions(tx, person, session, endedByFactor); err != nil {
			return err
		}
		return recorded(tx, "second_factor.removed", person)
	})
}

// ResetFactor takes the second factor away from somebody who lost it, and ends their sessions: the platform's console does it after it has seen who they are.
// Errors: person_unknown (username), second_factor_missing.
func ResetFactor(tx *scope.Tx, username string) error {
	account, err := findAccount(tx, username)
	switch {
	case err != nil:
		return err
	case account == nil:
		return errUnknown.On("username")
	case !account.SecondFactor:
		return errFactorMissing
	}
	if err := clearFactor(tx, account.ID); err != nil {
		return err
	}
	if err := endSessions(tx, account.ID, uuid.Nil, endedByFactor); err != nil {
		return err
	}
	return recorded(tx, "second_factor.reset", account.ID)
}

// useFactor takes a code or a recovery code, once. Every failure is on record. Errors: second_factor_required, second_factor_invalid.
func (s *Service) useFactor(ctx context.Context, of *account, code string) error {
	if code == "" {
		return ErrFactorRequired
	}
	var used bool
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		if used, err = s.spend(tx, of.ID, code); err != nil || used {
			return err
		}
		return recorded(tx, "second_factor.refused", of.ID)
	})
	if err == nil && !used {
		err = ErrFactorInvalid.On("code")
	}
	return err
}

// spend marks the code's step, or the recovery code, as used.
func (s *Service) spend(tx *scope.Tx, person uuid.UUID, code string) (bool, error) {
	factor, err := lockFactor(tx, person)
	if err != nil || !factor.On {
		return false, err
	}
	secret, err := s.factors.open(person, factor.Secret)
	if err != nil {
		return false, err
	}
	if step := stepOf(secret, readCode(code), factor.LastStep, tx.Now); step != 0 {
		return true, keepFactor(tx, person, step, factor.Recovery)
	}
	left := factor.without(readRecovery(code))
	if len(left) == len(factor.Recovery) {
		return false, nil
	}
	if err := keepFactor(tx, person, factor.LastStep, left); err != nil {
		return false, err
	}
	return true, recorded(tx, "second_factor.recovery_code_used", person)
}

// without is the recovery codes but the given one. All are compared, whichever fits.
func (f factorRow) without(secret []byte) (left [][]byte) {
	for _, stored := range f.Recovery {
		if !is(secret, stored) {
			left = append(left, stored)
		}
	}
	return left
}
