// Command mofasa is the whole server side: serve, worker, migrate, import, tenants, offices, people, clients, keys, approvals, vehicles, valuations, tariffs,
// decisions, dues, limits, gateways, audit, ledger, deposits, payments, refunds, suspense, privacy, verify, demo, bench.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"mofasa/cmd/internal/app"
	"mofasa/tenants/scope"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRootCommand().ExecuteContext(app.System(ctx)); err != nil {
		fmt.Fprintln(os.Stderr, "mofasa:", err)
		if errors.Is(err, context.Canceled) {
			os.Exit(130)
		}
		os.Exit(1)
	}
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{Use: "mofasa", Short: "Clears a vehicle's municipal duties in every city at once", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(newServeCommand(), newWorkerCommand(), newMigrateCommand(), newVerifyCommand(), newDemoCommand(), newBenchCommand(),
		newPrivacyCommand(openDatabase), newTokenKeysCommand(keysFolder), newVehiclesCommand(openDatabase, personalKeys))
	for _, command := range []func(opener) *cobra.Command{newImportCommand, newDuesCommand, newDecisionsCommand, newValuationsCommand, newTariffsCommand,
		newTenantsCommand, newOfficesCommand, newPeopleCommand, newClientsCommand, newApprovalsCommand, newAuditCommand, newLedgerCommand, newDepositsCommand, newLimitsCommand, newGatewaysCommand, newSuspenseCommand, newPaymentsCommand, newRefundsCommand} {
		root.AddCommand(command(openDatabase))
	}
	return root
}

func openDatabase(context.Context) (*scope.Runner, *sql.DB, func(), error) {
	c, err := app.LoadConfig()
	if err != nil {
		return nil, nil, nil, err
	}
	runner, pool, err := app.OpenRunner(c)
	if err != nil {
		return nil, nil, nil, err
	}
	return runner, pool, func() { _ = pool.Close() }, nil
}
