package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/gateways"
	"mofasa/billing/payments/sep"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/identity"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

var (
	errSecretsFile = errors.New("secrets-file: lines of the form NAME=VALUE, with the names merchant_id, user_name and password")
	errSubService  = errors.New("sub-service: IBAN=NUMBER")
)

// terminals builds the commands around the registry of online terminals.
type terminals struct {
	open opener
	keys func() (*privacy.Keyring, error)
}

func newGatewaysCommand(open opener) *cobra.Command {
	return newTerminalsCommand(terminals{open: open, keys: personalKeys})
}

func newTerminalsCommand(t terminals) *cobra.Command {
	cmd := &cobra.Command{Use: "gateways", Short: "Keep the registry of online terminals of cities and of the platform",
		Long: `Keep the registry of online terminals: a city's own takes that city's bills, the platform's those of all others. The person of --user asks; nothing changes before
another one approves it by "mofasa approvals decide", and then every process obeys within two seconds. Secrets are read from a file, kept sealed, and never shown again.`}
	cmd.AddCommand(t.list(), t.set(), t.close())
	return cmd
}

// at runs a use case as the person of --user.
func (t terminals) at(in *reading, permission identity.Permission, do func(context.Context, *gateways.Service, scope.Scope) error) error {
	return in.asPerson(t.open, permission, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
		c, err := app.LoadConfig()
		if err != nil {
			return err
		}
		ring, err := t.keys()
		if err != nil {
			return err
		}
		var standard gateway.Gateway
		if c.SEPTerminal != "" {
			if standard, err = sep.New(sep.Config{BaseURL: c.SEPURL, TerminalID: c.SEPTerminal}); err != nil {
				return err
			}
		}
		return do(ctx, gateways.NewService(runner, ring, app.Hosts(c), standard), at)
	})
}

func (t terminals) list() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "Every terminal by home, newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return t.at(&reading{cmd: cmd}, identity.GatewaysRead, func(ctx context.Context, s *gateways.Service, at scope.Scope) error {
			list, err := s.List(ctx, at)
			if err != nil {
				return err
			}
			rows := [][]string{{"home", "provider", "terminal", "state", "since", "gateway", "waits for"}}
			for _, g := range list {
				waits := "-"
				if g.Approval != uuid.Nil {
					waits = g.Approval.String()
				}
				rows = append(rows, []string{homeOf(g.MunicipalityID), g.Provider, g.Number, string(g.State), sinceOf(g), g.ID.String(), waits})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.Join(columns(rows), "\n"))
			return err
		})
	}}
	return addPersonFlags(cmd)
}

func homeOf(municipality int) string {
	if municipality == 0 {
		return "platform"
	}
	return strconv.Itoa(municipality)
}

// sinceOf is the day on which a terminal came to its state.
func sinceOf(t gateways.Terminal) string {
	switch t.State {
	case gateways.Open:
		return calendar.DateOf(t.OpenedAt).String()
	case gateways.Closed:
		return calendar.DateOf(t.ClosedAt).String()
	default:
		return calendar.DateOf(t.AskedAt).String()
	}
}

func (t terminals) set() *cobra.Command {
	cmd := &cobra.Command{Use: "set", Short: "Ask for a terminal in the place of what is open for a city, or for the platform", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		a := gateways.Application{MunicipalityID: in.number("municipality"), Provider: in.text("provider"), Number: in.text("terminal"), Reason: in.text("reason"), Key: onceHere("askForGateway"),
			Settings: gateways.Settings{OwnAccount: in.text("own-account"), Description: in.text("description"), SubServices: in.subServices()}, Secrets: in.secrets()}
		return t.at(in, identity.GatewaysManage, func(ctx context.Context, s *gateways.Service, at scope.Scope) error {
			asked, err := s.Ask(ctx, at, a)
			return tellAsked(cmd, asked, err)
		})
	}}
	cmd.Flags().Int("municipality", 0, "code of the city; without it, the platform")
	cmd.Flags().String("provider", "", "sep, zarinpal or mellat")
	cmd.Flags().String("terminal", "", "its number; for zarinpal a public name of the merchant, in place of its secret id")
	cmd.Flags().String("own-account", "", "zarinpal, mellat: IBAN of the terminal's own account")
	cmd.Flags().String("description", "", "zarinpal: what the payer reads")
	cmd.Flags().StringSlice("sub-service", nil, "mellat: IBAN=NUMBER of an account that a payment can be split among; repeatable")
	cmd.Flags().String("secrets-file", "", "file with lines NAME=VALUE: merchant_id for zarinpal, user_name and password for mellat")
	cmd.Flags().String("reason", "", "why")
	must(cmd, "provider", "terminal", "reason")
	return addPersonFlags(cmd)
}

func (t terminals) close() *cobra.Command {
	cmd := &cobra.Command{Use: "close GATEWAY", Short: "Ask to close a terminal; its home's bills then go over the platform's", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		id, err := uuid.Parse(args[0])
		if err != nil {
			return refusal(gateways.ErrUnknown)
		}
		reason := in.text("reason")
		return t.at(in, identity.GatewaysManage, func(ctx context.Context, s *gateways.Service, at scope.Scope) error {
			asked, err := s.AskToClose(ctx, at, id, reason, onceHere("askToCloseGateway"))
			return tellAsked(cmd, asked, err)
		})
	}}
	cmd.Flags().String("reason", "", "why")
	must(cmd, "reason")
	return addPersonFlags(cmd)
}

// onceHere is the key of an effect that nobody repeats: a command is run once.
func onceHere(operation string) scope.Key {
	return scope.Key{Value: uuid.NewString(), Operation: operation, Hash: []byte{}}
}

func tellAsked(cmd *cobra.Command, t gateways.Terminal, err error) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s at %s of %s: %s\nwaits    mofasa approvals decide %s --verdict approve\n", t.Number, t.Provider, homeOf(t.MunicipalityID), t.State, t.Approval)
	return err
}

func (in *reading) subServices() map[string]int64 {
	pairs, err := in.cmd.Flags().GetStringSlice("sub-service")
	in.blame("sub-service", err)
	var found map[string]int64
	for _, pair := range pairs {
		iban, text, _ := strings.Cut(pair, "=")
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil || number <= 0 {
			in.err = cmp.Or(in.err, errSubService)
			return nil
		}
		if found == nil {
			found = map[string]int64{}
		}
		found[iban] = number
	}
	return found
}

// secrets reads the file of secrets, where there is one.
func (in *reading) secrets() (found gateways.Secrets) {
	path := in.text("secrets-file")
	if path == "" || in.err != nil {
		return found
	}
	file, err := os.Open(path)
	if err != nil {
		in.err = fmt.Errorf("secrets-file: %w", err)
		return found
	}
	defer file.Close()
	fields := map[string]*gateway.Secret{"merchant_id": &found.MerchantID, "user_name": &found.UserName, "password": &found.Password}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(lines.Text()), "\ufeff"), "=")
		switch field := fields[name]; {
		case name == "" && value == "":
		case field == nil || value == "":
			in.err = errSecretsFile
			return gateways.Secrets{}
		default:
			*field = gateway.Secret(value)
		}
	}
	if lines.Err() != nil {
		in.err = errSecretsFile
	}
	return found
}
