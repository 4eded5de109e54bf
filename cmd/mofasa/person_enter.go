package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"mofasa/cmd/internal/app"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// A wrong try at the console is answered after a pause, which doubles with each further one of the command; a keyboard is asked again, so often in all.
const (
	firstPause    = time.Second
	keyboardTries = 3
)

// entrance is somebody's way into one command.
type entrance struct {
	cmd            *cobra.Command
	runner         *scope.Runner
	shown          identity.Credentials
	password, code secret
}

// enter tells who shows the password of --user and, where they have a second factor, a code of it. Each try is on record as a sign-in is.
func (e *entrance) enter(ctx context.Context) (identity.Person, error) {
	for try := 1; ; try++ {
		person, err := e.try(ctx)
		wrong := e.wrong(err)
		if wrong == nil {
			return person, err
		}
		select {
		case <-time.After(firstPause << (try - 1)):
		case <-ctx.Done():
			return identity.Person{}, ctx.Err()
		}
		if try == keyboardTries || !wrong.isAsked(e.cmd) {
			return identity.Person{}, err
		}
		fmt.Fprintln(e.cmd.ErrOrStderr(), refusal(err))
		e.forget(wrong)
	}
}

// try reads what has not been read yet. A code that a flag names is read in any case, so that what follows on standard input is the command's; the keyboard
// is asked only where there is a second factor.
func (e *entrance) try(ctx context.Context) (_ identity.Person, err error) {
	if e.shown.Password == "" {
		if e.shown.Password, err = e.password.read(e.cmd); err != nil {
			return identity.Person{}, err
		}
	}
	if e.shown.Code == "" && e.code.isGiven(e.cmd) {
		if e.shown.Code, err = e.code.read(e.cmd); err != nil {
			return identity.Person{}, err
		}
	}
	person, err := e.check(ctx)
	if !errors.Is(err, identity.ErrFactorRequired) {
		return person, err
	}
	if e.shown.Code, err = e.code.read(e.cmd); err != nil {
		return identity.Person{}, err
	}
	return e.check(ctx)
}

// check opens the secrets of second factors only for whoever shows a code.
func (e *entrance) check(ctx context.Context) (identity.Person, error) {
	var options []identity.Option
	if e.shown.Code != "" {
		secrets, err := factorSecrets(ctx)
		if err != nil {
			return identity.Person{}, err
		}
		options = append(options, identity.WithSecondFactors(secrets, false))
	}
	return identity.NewService(e.runner, nil, time.Now, app.PasswordCost, options...).Check(ctx, e.shown)
}

// wrong is which of the two was wrong, if one was.
func (e *entrance) wrong(err error) *secret {
	f := fault.Of(err)
	switch {
	case f != nil && f.Code == identity.ErrCredentials.Code:
		return &e.password
	case f != nil && f.Code == identity.ErrFactorInvalid.Code:
		return &e.code
	default:
		return nil
	}
}

func (e *entrance) forget(wrong *secret) {
	if wrong == &e.password {
		e.shown.Password = ""
	}
	if e.code.isAsked(e.cmd) {
		e.shown.Code = "" // it was good for a moment
	}
}

type factorSecretsKey struct{}

// factorSecrets opens the secrets of second factors with the keys of the configured folder, or as the context says.
func factorSecrets(ctx context.Context) (*identity.FactorSecrets, error) {
	if secrets, given := ctx.Value(factorSecretsKey{}).(*identity.FactorSecrets); given {
		return secrets, nil
	}
	c, err := app.LoadConfig()
	if err != nil {
		return nil, err
	}
	former, err := app.LoadFormerFactorKey(c.KeysDir)
	if err != nil {
		return nil, err
	}
	ring, err := app.LoadKeyring(c.KeysDir)
	if err != nil {
		return nil, err
	}
	return identity.NewFactorSecrets(ring, former), nil
}
