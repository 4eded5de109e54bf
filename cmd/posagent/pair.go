package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/posagent/internal/pairing"
)

// pairing flags: what enrols by itself, and what finishes a pairing that somebody enrolled by hand.
type pairFlags struct {
	state, server, code string
	device, serverKey   string
}

func pairCommand() *cobra.Command {
	var f pairFlags
	cmd := &cobra.Command{
		Use:   "pair",
		Short: "Make this agent's key and have it enrolled as a device of the office",
		Long: "With --server and --code the agent enrols itself. With --code alone it prints what to send to the server by hand, and with --device and --server or --server-key\n" +
			"it keeps what came of that. Without any of them it makes the key and prints its public half.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return pair(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.server, "server", "", "address of the server, by https")
	flags.StringVar(&f.code, "code", "", "enrolment code that the office's manager was given")
	flags.StringVar(&f.device, "device", "", "id of the device that was enrolled by hand")
	flags.StringVar(&f.serverKey, "server-key", "", "public key of the server, base64url, if it cannot be reached from here")
	stateFlag(cmd, &f.state)
	return cmd
}

func pair(cmd *cobra.Command, f pairFlags) error {
	key, err := pairing.Key(f.state)
	if err != nil {
		return err
	}
	public := pairing.Public(key)
	fmt.Fprintf(cmd.OutOrStdout(), "public key: %s\nkey id: %s\n", base64.RawURLEncoding.EncodeToString(public), pcpos.KeyID(public))
	switch {
	case f.device != "":
		return pairByHand(cmd, f)
	case f.code != "" && f.server != "":
		p, err := pairing.With(cmd.Context(), f.state, f.server, f.code)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "paired: device %s of %s\n", p.DeviceID, p.Server)
	case f.code != "":
		body, err := json.Marshal(pairing.Enrol(f.code, key))
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "enrolment: %s\n", body)
	}
	return nil
}

func pairByHand(cmd *cobra.Command, f pairFlags) error {
	id, err := uuid.Parse(f.device)
	if err != nil || id == uuid.Nil {
		return fmt.Errorf("--device %q is no id", f.device)
	}
	p := pairing.Pairing{DeviceID: id}
	switch {
	case f.serverKey != "":
		fixed := pairing.ServerKey{X: f.serverKey}
		public := fixed.Public()
		if public == nil {
			return errors.New("--server-key is no Ed25519 key")
		}
		fixed.ID = pcpos.KeyID(public)
		p.Keys = []pairing.ServerKey{fixed}
	case f.server != "":
		if p.Server, p.Keys, err = pairing.ReadServer(cmd.Context(), f.server); err != nil {
			return err
		}
	default:
		return errors.New("--device needs --server or --server-key")
	}
	if err := p.Save(f.state); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "paired: device %s\n", p.DeviceID)
	return nil
}
