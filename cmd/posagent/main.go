// Command posagent runs on an office's PC, between the portal in the browser and the card terminal on the desk: it takes orders that the server has signed, has the terminal
// carry them out (Sadad PcPos 1.5 over TCP), and signs what came of them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "posagent:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{Use: "posagent", Short: "Card terminal agent of an office", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(pairCommand(), serveCommand(), statusCommand())
	return root
}

// stateFlag names the folder of key, pairing and journal.
func stateFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "state", "", "folder of the device key, the pairing and the journal")
	must(cmd.MarkFlagRequired("state"))
}

// must is for flags that the same function has just defined.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
