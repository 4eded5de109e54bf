package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"mofasa/cmd/posagent/internal/loopback"
	"mofasa/cmd/posagent/internal/sales"
)

func statusCommand() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Ask the running agent how it stands",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return status(cmd, address) },
	}
	cmd.Flags().StringVar(&address, "listen", defaultListen, "address that the agent listens on")
	return cmd
}

func status(cmd *cobra.Command, address string) error {
	const patience = 5 * time.Second
	client := http.Client{Timeout: patience}
	response, err := client.Get("http://" + address + "/v1/status")
	if err != nil {
		return fmt.Errorf("the agent does not answer: %w", err)
	}
	defer response.Body.Close()
	var answer struct {
		loopback.Identity
		sales.Summary
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("what answers at %s is no agent: %s", address, response.Status)
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "device %s, key %s, terminal %s: %s\n", answer.DeviceID, answer.KeyID, answer.Terminal, answer.State)
	if sale := answer.Sale; sale != nil {
		fmt.Fprintf(out, "payment %s, order %s, %d rial: %s, %s\n", sale.PaymentID, sale.OrderID, sale.Amount, sale.State, sale.Message.EN)
	}
	return nil
}
