package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/packs"
	"mofasa/tenants/fault"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

// errPacks makes the exit status tell that a pack was refused.
var errPacks = errors.New("some packs were refused")

func (l landlord) validate() *cobra.Command {
	return &cobra.Command{
		Use:   "validate PATH...",
		Short: "Say what is wrong in packs; a folder stands for its .yaml files",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, refused, err := readPacks(cmd, args)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d packs are well formed, %d are not\n", len(files), refused)
			return packsRefused(refused)
		},
	}
}

func packsRefused(n int) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d", errPacks, n)
}

// readPacks reads the packs of files and folders, tells what is wrong in them, and gives those that are right by themselves and together.
func readPacks(cmd *cobra.Command, paths []string) (files []municipalities.PackFile, refused int, err error) {
	names, err := packFiles(paths)
	if err != nil {
		return nil, 0, err
	}
	for _, name := range names {
		text, err := packText(name)
		if err != nil {
			return nil, 0, err
		}
		p, err := municipalities.ParsePack(text, packs.Check)
		if err != nil {
			refused++
			if err := tellPack(cmd.OutOrStdout(), name, err); err != nil {
				return nil, 0, err
			}
			continue
		}
		files = append(files, municipalities.PackFile{Name: name, Pack: p})
	}
	collisions := municipalities.Collisions(files)
	var alone []municipalities.PackFile
	for _, f := range files {
		if problems := collisions[f.Name]; problems != nil {
			refused++
			if err := tellPack(cmd.OutOrStdout(), f.Name, &municipalities.PackError{Problems: problems}); err != nil {
				return nil, 0, err
			}
			continue
		}
		alone = append(alone, f)
	}
	return alone, refused, nil
}

// tellPack prints a line for each problem: "shiraz.yaml:7: accounts.*: The check digits … (iban_checksum) …". What is no fault is given back.
func tellPack(out io.Writer, name string, err error) error {
	if wrong, ok := errors.AsType[*municipalities.PackError](err); ok {
		for _, p := range wrong.Problems {
			at, path := name, p.Path
			if p.Line > 0 {
				at = fmt.Sprintf("%s:%d", name, p.Line)
			}
			if path != "" {
				path += ": "
			}
			fmt.Fprintf(out, "%s: %s\n", at, sentence(path, p.Fault.Code, p.Fault.Text, p.Fault.Extra))
		}
		return nil
	}
	if fault.Of(err) == nil {
		return err
	}
	_, printed := fmt.Fprintf(out, "%s: %v\n", name, refusal(err))
	return printed
}

func (l landlord) diff() *cobra.Command {
	return &cobra.Command{
		Use:   "diff PATH...",
		Short: "Show what applying packs would change, and change nothing",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return l.reads(cmd, func(ctx context.Context, s *municipalities.Service) error {
				return eachPack(cmd, args, func(f municipalities.PackFile) error {
					plan, err := s.Diff(ctx, scope.Platform(), f.Pack, false)
					if err != nil {
						return err
					}
					return tellChanges(cmd.OutOrStdout(), f, plan)
				})
			})
		},
	}
}

// eachPack goes on past a pack that is refused, and stops at what is no fault of a pack.
func eachPack(cmd *cobra.Command, paths []string, do func(municipalities.PackFile) error) error {
	files, refused, err := readPacks(cmd, paths)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := do(f); err != nil {
			refused++
			if err := tellPack(cmd.OutOrStdout(), f.Name, err); err != nil {
				return err
			}
		}
	}
	return packsRefused(refused)
}

func tellChanges(out io.Writer, f municipalities.PackFile, p municipalities.Plan) error {
	fmt.Fprintf(out, "%s: %s\n", f.Name, outcome(f.Pack.Code, p, "would become"))
	for _, c := range p.Changes {
		if _, err := fmt.Fprintf(out, "  %s: %s → %s\n", c.Path, short(c.Before), short(c.After)); err != nil {
			return err
		}
	}
	return nil
}

// short keeps a long text to one line.
func short(value string) string {
	const most = 80
	if value == "" {
		return "-"
	}
	if r := []rune(value); len(r) > most {
		return string(r[:most]) + "…"
	}
	return value
}

// outcome is "122 becomes configuration 4, 2 changes" or "122 unchanged, configuration 3".
func outcome(code int, p municipalities.Plan, becomes string) string {
	if len(p.Changes) == 0 && p.Was > 0 {
		return fmt.Sprintf("%d unchanged, configuration %d", code, p.Was)
	}
	if p.Waiting != uuid.Nil {
		return fmt.Sprintf("%d keeps configuration %d until a second person approves its other accounts: mofasa approvals decide %s", code, p.Was, p.Waiting)
	}
	text := fmt.Sprintf("%d %s configuration %d, %d changes", code, becomes, p.Was+1, len(p.Changes))
	if p.Created {
		text += ", a new city"
	}
	if p.TariffDraft != uuid.Nil {
		text += ", tariff draft " + p.TariffDraft.String()
	}
	return text
}

func (l landlord) apply() *cobra.Command {
	return withReason(&cobra.Command{
		Use:   "apply PATH...",
		Short: "Make packs the configurations of their cities; each as a whole, and one that is refused stops no other",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reason, err := cmd.Flags().GetString("reason")
			if err != nil {
				return err
			}
			return l.writes(cmd, func(ctx context.Context, s *municipalities.Service, in scope.Scope) error {
				return eachPack(cmd, args, func(f municipalities.PackFile) error {
					plan, err := s.Apply(ctx, in, municipalities.Application{Pack: f.Pack, Reason: reason})
					if err != nil {
						return err
					}
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", f.Name, outcome(f.Pack.Code, plan, "becomes"))
					return err
				})
			})
		},
	})
}

func (l landlord) rollback() *cobra.Command {
	return withReason(&cobra.Command{
		Use:   "rollback CODE NUMBER",
		Short: "Make an older configuration the newest, to the byte",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := cityCode(args[0])
			if err != nil {
				return err
			}
			to, err := strconv.Atoi(args[1])
			if err != nil {
				return fmt.Errorf("number: %q is no number", args[1])
			}
			reason, err := cmd.Flags().GetString("reason")
			if err != nil {
				return err
			}
			return l.writes(cmd, func(ctx context.Context, s *municipalities.Service, in scope.Scope) error {
				plan, err := s.Rollback(ctx, in, code, to, reason)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), outcome(code, plan, "becomes"))
				return err
			})
		},
	})
}
