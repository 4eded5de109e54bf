package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mofasa/cmd/internal/app"
)

func newTokenKeysCommand(dir func() (string, error)) *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "List and rotate the keys that sign access tokens"}
	cmd.AddCommand(newKeysListCommand(dir), newKeysRotateCommand(dir))
	return cmd
}

func newKeysListCommand(dir func() (string, error)) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "The keys of access tokens, oldest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		folder, err := dir()
		if err != nil {
			return err
		}
		files, err := app.TokenKeyFiles(folder, time.Now())
		if err != nil {
			return err
		}
		rows := [][]string{{"key", "since", "use"}}
		for _, file := range files {
			rows = append(rows, []string{file.Name, file.Since.UTC().Format(time.RFC3339), map[bool]string{true: "signs and verifies", false: "verifies"}[file.Signing]})
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.Join(columns(rows), "\n"))
		return err
	}}
}

func newKeysRotateCommand(dir func() (string, error)) *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Add a key, and remove those whose tokens have all expired",
		Long: `Add a key of access tokens to MOFASA_KEYS_DIR, and remove the keys of which every token has expired. Running servers see both within ten seconds; the new key
signs from a minute on, when all of them know it. The key that has signed until then goes on verifying, and the next rotation removes it. If a key has leaked,
rotate, wait for a minute, and delete its file: its tokens are refused within ten seconds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := dir()
			if err != nil {
				return err
			}
			added, removed, err := app.RotateTokenKeys(folder, time.Now())
			if err != nil {
				return err
			}
			for _, name := range removed {
				fmt.Fprintln(cmd.OutOrStdout(), name, "removed")
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), added, "added; it signs in a minute")
			return err
		},
	}
}

// keysFolder is the folder of the configuration.
func keysFolder() (string, error) {
	c, err := app.LoadConfig()
	return c.KeysDir, err
}
