package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/tenants/identity"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
)

// newOfficesCommand builds "offices" with its lists of agreements, devices and fees. A person acts, where they work.
func newOfficesCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "offices",
		Short: "Keep offices, their agreements with cities, their devices and their fees",
		Long: `Keep offices: licences and branches (the platform), agreements with a city (two people of the city, then the office's manager), tills and terminal agents
(the office's manager), and what offices may ask for their service (the platform). The person of --user acts, with the permission of their role and in the scope where
they work. Offices are named by the number of their licence; days are Jalali (1404/05/01), and the end of a period is the first day on which it no longer holds.`,
	}
	cmd.AddCommand(listOffices(open), showOffice(open), openOffice(open), renewOffice(open), classifyOffice(open),
		changeOffice(open, "suspend", "Stop everybody of an office and its branches at once", (*offices.Service).Suspend),
		changeOffice(open, "reinstate", "Let a suspended office work again", (*offices.Service).Reinstate),
		changeOffice(open, "close", "Close an office for ever", (*offices.Service).Close),
		newFeesCommand(open), newDevicesCommand(open), newAgreementsCommand(open))
	return cmd
}

// office is a use case around offices: what it does and says.
type officeCase func(ctx context.Context, s *offices.Service, at scope.Scope) (string, error)

// atOffices runs a use case as the person of --user and prints what it says.
func (in *reading) atOffices(open opener, permission identity.Permission, do officeCase) error {
	return in.asPerson(open, permission, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
		said, err := do(ctx, offices.NewService(runner), at)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(in.cmd.OutOrStdout(), said)
		return err
	})
}

func listOffices(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "list", Short: "Offices by licence number", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.atOffices(open, identity.OfficesRead, func(ctx context.Context, s *offices.Service, at scope.Scope) (string, error) {
			list, err := s.List(ctx, at)
			return officesTable(list), err
		})
	}})
}

func officesTable(list []offices.Office) string {
	rows := [][]string{{"licence", "city", "class", "from", "to", "state", "branch", "name"}}
	for _, o := range list {
		branch := "-"
		if o.ParentID != uuid.Nil {
			branch = "yes"
		}
		rows = append(rows, []string{o.LicenceNo, fmt.Sprint(o.MunicipalityID), o.Class, jalali(o.ValidFrom).String(), end(o.ValidTo), string(o.State), branch, o.NameFA})
	}
	return strings.Join(columns(rows), "\n") + "\n"
}

func showOffice(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "show LICENCE", Short: "An office, its branches and its history", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		return in.atOffices(open, identity.OfficesRead, func(ctx context.Context, s *offices.Service, at scope.Scope) (string, error) {
			id, err := s.ByLicence(ctx, at, args[0])
			if err != nil {
				return "", err
			}
			r, err := s.Find(ctx, at, id)
			if err != nil {
				return "", err
			}
			rows := [][]string{{"at", "event", "licence to", "class", "reason"}}
			for _, e := range r.Events {
				rows = append(rows, []string{e.At.Format("2006-01-02T15:04:05Z"), string(e.Kind), end(e.ValidTo), e.Class, dash(e.Reason)})
			}
			return officesTable(append([]offices.Office{r.Office}, r.Branches...)) + "\n" + strings.Join(columns(rows), "\n") + "\n", nil
		})
	}})
}

func openOffice(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "open", Short: "Open an office, or a branch of one", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		o := offices.Office{MunicipalityID: in.number("municipality"), NameFA: in.text("name"), LicenceNo: in.text("licence"), Class: in.text("class"),
			ValidFrom: in.day("from"), ValidTo: in.day("to")}
		parent := in.text("parent")
		return in.atOffices(open, identity.OfficesManage, func(ctx context.Context, s *offices.Service, at scope.Scope) (said string, err error) {
			if parent != "" {
				if o.ParentID, err = s.ByLicence(ctx, at, parent); err != nil {
					return "", err
				}
			}
			opened, err := s.Open(ctx, at, o)
			return fmt.Sprintf("office %s opened (%s)\n", opened.LicenceNo, opened.ID), err
		})
	}
	flags(cmd, "name!", "licence!", "class", "from!", "to", "parent")
	usages(cmd, map[string]string{"name": "name of the office, in Persian", "licence": "number of its licence", "class": "class of fees; without it, standard",
		"from": "first day of the licence", "to": "first day on which the licence no longer holds", "parent": "licence number of the office of which it is a branch"})
	cmd.Flags().Int("municipality", 0, "code of the city in which it stands")
	must(cmd, "municipality")
	return addPersonFlags(cmd)
}

func renewOffice(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "renew LICENCE", Short: "Make the licence of an office hold longer", Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		to, reason := in.day("to"), in.text("reason")
		return in.onOffice(open, args[0], func(ctx context.Context, s *offices.Service, at scope.Scope, id uuid.UUID) (string, error) {
			o, err := s.Renew(ctx, at, id, to, reason)
			return fmt.Sprintf("office %s is licensed to %s\n", args[0], end(o.ValidTo)), err
		})
	}
	flags(cmd, "to!", "reason")
	usages(cmd, map[string]string{"to": "first day on which the licence no longer holds"})
	return addPersonFlags(cmd)
}

func classifyOffice(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "classify LICENCE", Short: "Put an office into another class of fees", Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		class, reason := in.text("class"), in.text("reason")
		return in.onOffice(open, args[0], func(ctx context.Context, s *offices.Service, at scope.Scope, id uuid.UUID) (string, error) {
			o, err := s.Reclassify(ctx, at, id, class, reason)
			return fmt.Sprintf("office %s is of class %s\n", args[0], o.Class), err
		})
	}
	flags(cmd, "class!", "reason!")
	usages(cmd, map[string]string{"class": "class of fees, such as rural"})
	return addPersonFlags(cmd)
}

func changeOffice(open opener, verb, short string, change func(*offices.Service, context.Context, scope.Scope, uuid.UUID, string) (offices.Office, error)) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " LICENCE", Short: short, Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		reason := in.text("reason")
		return in.onOffice(open, args[0], func(ctx context.Context, s *offices.Service, at scope.Scope, id uuid.UUID) (string, error) {
			o, err := change(s, ctx, at, id, reason)
			return fmt.Sprintf("office %s is %s\n", args[0], o.State), err
		})
	}
	return addPersonFlags(flags(cmd, "reason!"))
}

// onOffice runs a use case of the platform on the office of a licence.
func (in *reading) onOffice(open opener, licence string, do func(context.Context, *offices.Service, scope.Scope, uuid.UUID) (string, error)) error {
	return in.atOffices(open, identity.OfficesManage, func(ctx context.Context, s *offices.Service, at scope.Scope) (string, error) {
		id, err := s.ByLicence(ctx, at, licence)
		if err != nil {
			return "", err
		}
		return do(ctx, s, at, id)
	})
}
