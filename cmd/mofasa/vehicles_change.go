package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

func (r registrar) transfer() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "transfer",
		Short: "Change the owner; the plate stays with the seller",
		Long: `Change the owner on a day, and with him plate and residence. The plate stays with the seller: without --plate or --residence that history has a gap,
which --gap, the reason, declares. The new owner is read from --owner-file.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := onPlatform(cmd)
			t := vehicles.Transfer{Day: in.day("day"), Plate: in.plate("plate"), Residence: in.number("residence"), Gap: in.text("gap"), Owner: in.owner()}
			return r.act(cmd, in, "ownership transferred", func(ctx context.Context, d desk, s scope.Scope) error { return d.TransferOwnership(ctx, s, t) })
		},
	}
	flags(cmd, "vin!", "day!", "plate", "gap")
	cmd.Flags().String("owner-file", "-", flagTexts["owner-file"])
	return withResidence(cmd)
}

func (r registrar) move() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "move",
		Short: "Change the municipality where the owner lives",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := onPlatform(cmd)
			m := vehicles.Move{Day: in.day("day"), Residence: in.number("residence"), Gap: in.text("gap")}
			return r.act(cmd, in, "residence moved", func(ctx context.Context, d desk, s scope.Scope) error { return d.MoveResidence(ctx, s, m) })
		},
	}
	return withResidence(flags(cmd, "vin!", "day!", "gap"))
}

func (r registrar) changePlate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "change-plate",
		Short: "Put another plate on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := onPlatform(cmd)
			p := vehicles.NewPlate{Day: in.day("day"), Plate: in.plate("plate"), Gap: in.text("gap")}
			return r.act(cmd, in, "plate changed", func(ctx context.Context, d desk, s scope.Scope) error { return d.ChangePlate(ctx, s, p) })
		},
	}
	return flags(cmd, "vin!", "day!", "plate", "gap")
}

func (r registrar) declareGap() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "declare-gap",
		Short: "Say why a history is silent; without --to, end the period that runs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := onPlatform(cmd)
			g := vehicles.Gap{History: in.history(), From: in.day("from"), To: in.day("to"), Reason: in.text("reason")}
			return r.act(cmd, in, "gap declared", func(ctx context.Context, d desk, s scope.Scope) error { return d.DeclareGap(ctx, s, g) })
		},
	}
	return flags(cmd, "vin!", "history!", "from!", "to", "reason")
}

func (r registrar) correct() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "correct",
		Short: "Put a right period in the place of a wrong one",
		Long: `Put a right period in the place of the one that begins on --entry. Without --from, and without a value, what is on record stays. Without --to the
period still holds: name its end again where it has one. What is replaced stays readable as superseded.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := onPlatform(cmd)
			c := vehicles.Correction{History: in.history(), Entry: in.day("entry"), From: in.day("from"), To: in.day("to"), Reason: in.text("reason"), Gap: in.text("gap")}
			in.blame("history", onlyItsValue(cmd, c.History))
			c.Plate, c.Residence, c.Owner = in.plate("plate"), in.number("residence"), in.owner()
			return r.act(cmd, in, "entry corrected", func(ctx context.Context, d desk, s scope.Scope) error { return d.CorrectEntry(ctx, s, c) })
		},
	}
	flags(cmd, "vin!", "history!", "entry!", "from", "to", "plate", "owner-file", "reason", "gap")
	cmd.Flags().Lookup("entry").Usage = "first day of the wrong period"
	return withResidence(cmd)
}

// onlyItsValue refuses a value that the history does not have, which would be left out in silence.
func onlyItsValue(cmd *cobra.Command, h vehicles.History) error {
	for flag, of := range map[string]vehicles.History{"plate": vehicles.PlateHistory, "residence": vehicles.ResidenceHistory, "owner-file": vehicles.OwnerHistory} {
		if cmd.Flags().Changed(flag) && of != h {
			return fmt.Errorf("--%s does not belong to the history %s", flag, h)
		}
	}
	return nil
}

func (r registrar) retire() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retire",
		Short: "Take a vehicle off the register for good",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := onPlatform(cmd)
			out := vehicles.Retirement{Day: in.day("day"), Manner: vehicles.Manner(in.text("manner")), Reference: in.text("reference")}
			return r.act(cmd, in, "vehicle retired", func(ctx context.Context, d desk, s scope.Scope) error { return d.Retire(ctx, s, out) })
		},
	}
	flags(cmd, "vin!", "day!", "manner!", "reference")
	cmd.Flags().Lookup("manner").Usage = "scrapped or exported"
	cmd.Flags().Lookup("reference").Usage = "number of the scrapping certificate or of the customs paper"
	return cmd
}

func (r registrar) merge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "merge",
		Short: "Make a second registration another name of the first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			keep, duplicate, m := in.vin("keep"), in.vin("duplicate"), vehicles.Merge{Reason: in.text("reason"), Gap: in.text("gap")}
			if m.Reason == "" {
				in.blame("reason", errors.New("reason: it must not be empty"))
			}
			in.scope = scope.Platform()
			return r.act(cmd, in, "vehicles merged", func(ctx context.Context, d desk, s scope.Scope) (err error) {
				if m.Keep, err = find(ctx, d, keep, m.Reason); err != nil {
					return fault.OnField(err, "keep")
				}
				if m.Duplicate, err = find(ctx, d, duplicate, m.Reason); err != nil {
					return fault.OnField(err, "duplicate")
				}
				return d.MergeVehicles(ctx, s, m)
			})
		},
	}
	flags(cmd, "keep!", "duplicate!", "reason!", "gap")
	cmd.Flags().Lookup("keep").Usage = "VIN of the registration that stays"
	cmd.Flags().Lookup("duplicate").Usage = "VIN of the one that becomes its second name"
	return cmd
}

func (r registrar) categorize() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "categorize",
		Short: "Label a vehicle for the exemptions of tariffs that name the label; an empty one removes it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := onPlatform(cmd)
			category, reason := in.text("category"), in.text("reason")
			return r.act(cmd, in, "category set", func(ctx context.Context, d desk, s scope.Scope) error { return d.SetCategory(ctx, s, category, reason) })
		},
	}
	flags(cmd, "vin!", "category!", "reason!")
	cmd.Flags().Lookup("category").Usage = "such as ambulance: lower-case Latin letters, digits and underscores"
	return cmd
}

// find gives the id behind a VIN; the reading is on record with the reason of the merge.
func find(ctx context.Context, d desk, vin, reason string) (uuid.UUID, error) {
	record, err := d.Read(ctx, scope.Platform().NamingVIN(vin), "merge: "+reason)
	return record.Vehicle.ID, err
}

func withResidence(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().Int("residence", 0, "code of the owner's municipality")
	return cmd
}
