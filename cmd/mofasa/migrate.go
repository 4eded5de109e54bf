package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"mofasa/billing/tariffs"
	"mofasa/cmd/internal/app"
	"mofasa/migrations"
	"mofasa/tenants/scope"
)

func newMigrateCommand() *cobra.Command {
	return &cobra.Command{Use: "migrate", Short: "Bring the database to this binary's schema and publish the national tariffs", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		c, err := app.LoadConfig()
		if err != nil {
			return err
		}
		n, err := migrate(cmd.Context(), c)
		if err == nil {
			fmt.Fprintf(cmd.OutOrStdout(), "%d migrations applied\n", n)
		}
		return err
	}}
}

// migrate makes roles and database where an administrator's URL is given, applies the migrations as the owner, and publishes the national tariffs.
func migrate(ctx context.Context, c app.Config) (int, error) {
	if err := app.Require(map[string]string{"MOFASA_DATABASE_OWNER_URL": c.DatabaseOwnerURL, "MOFASA_DATABASE_URL": c.DatabaseURL}); err != nil {
		return 0, err
	}
	if c.DatabaseAdminURL != "" {
		if err := bootstrap(ctx, c); err != nil {
			return 0, err
		}
	}
	n, err := migrations.Apply(ctx, c.DatabaseOwnerURL)
	if err != nil {
		return n, err
	}
	runner, pool, err := app.OpenRunner(c)
	if err != nil {
		return n, err
	}
	defer pool.Close()
	return n, runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		_, err := tariffs.SaveNational(tx)
		return err
	})
}

func bootstrap(ctx context.Context, c app.Config) error {
	owner, err := url.Parse(c.DatabaseOwnerURL)
	if err != nil {
		return fmt.Errorf("configuration: MOFASA_DATABASE_OWNER_URL is no URL")
	}
	login, err := url.Parse(c.DatabaseURL)
	if err != nil {
		return fmt.Errorf("configuration: MOFASA_DATABASE_URL is no URL")
	}
	ownerPassword, _ := owner.User.Password()
	appPassword, _ := login.User.Password()
	return migrations.Bootstrap(ctx, c.DatabaseAdminURL, strings.TrimPrefix(owner.Path, "/"), ownerPassword, appPassword)
}
