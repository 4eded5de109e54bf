package main

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"mofasa/cmd/internal/app"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// factor is somebody's second factor: what their authenticator knows, and the codes for the day on which it is lost.
type factor struct {
	Secret   string   `json:"secret"`
	Recovery []string `json:"recovery"`
}

// sinceSetUp is how long somebody has had their second factor when a journey meets them: a code counts once, and none of the present ones is spent by then.
const sinceSetUp = 10 * time.Minute

// setUp gives somebody a second factor, as they do it in their profile.
func (g *ground) setUp(ctx context.Context, person uuid.UUID) (*factor, error) {
	ring, err := app.LoadKeyring(g.keys())
	if err != nil {
		return nil, err
	}
	db, pool, err := scope.Open(g.config.DatabaseURL, 1)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	then := time.Now().Add(-sinceSetUp)
	clock := func() time.Time { return then }
	people := identity.NewService(scope.NewRunner(db, clock, app.NewID), nil, clock, app.PasswordCost, identity.WithSecondFactors(identity.NewFactorSecrets(ring, nil), false))
	secret, err := people.SetUpFactor(ctx, person, password)
	if err != nil {
		return nil, err
	}
	code, err := totp.GenerateCode(secret.Secret, then)
	if err != nil {
		return nil, err
	}
	recovery, err := people.ConfirmFactor(ctx, person, uuid.Nil, code)
	return &factor{Secret: secret.Secret, Recovery: recovery}, err
}
