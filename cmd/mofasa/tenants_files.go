package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

// longestPackFile is above what municipalities.ParsePack reads, so that it is ParsePack that refuses.
const longestPackFile = 2 << 20

// packFiles lists the files that paths stand for, each once: a folder for its .yaml and .yml files.
func packFiles(paths []string) ([]string, error) {
	var names []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			names = append(names, filepath.Clean(path))
			continue
		}
		found := 0
		for _, pattern := range []string{"*.yaml", "*.yml"} {
			inside, err := filepath.Glob(filepath.Join(path, pattern))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			found += len(inside)
			names = append(names, inside...)
		}
		if found == 0 {
			return nil, fmt.Errorf("%s: no .yaml file in it", path)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func packText(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longestPackFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

func (l landlord) export() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export CODE",
		Short: "Print a city's configuration as its pack",
		Long:  `Print a city's newest configuration as its pack: the same bytes for the same configuration. A city that was only imported has a pack, too.`,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := cityCode(args[0])
			if err != nil {
				return err
			}
			number, err := cmd.Flags().GetInt("number")
			if err != nil {
				return err
			}
			return l.reads(cmd, func(ctx context.Context, s *municipalities.Service) error {
				c, err := s.Config(ctx, scope.Platform(), code, number)
				if err != nil {
					return err
				}
				text, err := c.Pack.YAML()
				if err != nil {
					return err
				}
				_, err = cmd.OutOrStdout().Write(text)
				return err
			})
		},
	}
	cmd.Flags().Int("number", 0, "an older configuration; without it, the newest")
	return cmd
}

func (l landlord) close() *cobra.Command {
	cmd := withReason(&cobra.Command{
		Use:   "close CODE",
		Short: "End a paused city's work for good and hand over all that is its own",
		Long: `End a paused city's work for good and write all that is its own into an empty folder: a file of JSON lines for each table, and manifest.json with counts
and SHA-256, which is written last. While somebody holds a due of the city or its money is under way, nothing happens. Where writing fails, the same command
with another folder writes the export again.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := cityCode(args[0])
			if err != nil {
				return err
			}
			in := &reading{cmd: cmd}
			reason, folder := in.text("reason"), in.text("to")
			if in.err != nil {
				return refusal(in.err)
			}
			into, err := newArchive(folder)
			if err != nil {
				return err
			}
			return l.writes(cmd, func(ctx context.Context, s *municipalities.Service, in scope.Scope) error {
				m, err := s.Close(ctx, in, code, reason, into)
				if err != nil {
					return err
				}
				var rows int64
				for _, f := range m.Files {
					rows += f.Rows
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d closed: %d rows in %d files in %s\n", code, rows, len(m.Files), folder)
				return err
			})
		},
	})
	cmd.Flags().String("to", "", "an empty folder, which is made where it is not there")
	must(cmd, "to")
	return cmd
}

// archive writes an export into a folder; only its owner may read it.
type archive struct{ folder string }

var errFolderTaken = errors.New("to: the folder is not empty")

func newArchive(folder string) (archive, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return archive{}, fmt.Errorf("to: %w", err)
	}
	inside, err := os.ReadDir(folder)
	if err != nil {
		return archive{}, fmt.Errorf("to: %w", err)
	}
	if len(inside) > 0 {
		return archive{}, errFolderTaken
	}
	return archive{folder: folder}, nil
}

// Create makes a file that is not there yet.
func (a archive) Create(name string) (io.WriteCloser, error) {
	file, err := os.OpenFile(filepath.Join(a.folder, filepath.Base(name)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return synced{file}, nil
}

// synced is on the disk once it is closed.
type synced struct{ *os.File }

// Close writes everything out first.
func (s synced) Close() error { return errors.Join(s.Sync(), s.File.Close()) }
