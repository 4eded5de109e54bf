package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"github.com/spf13/cobra"

	"mofasa/api/apitest"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// withFactor gives a person a second factor: its secret, the recovery codes, and the context in which the console can open it.
func (c console) withFactor(username string) (ctx context.Context, secret string, recovery []string) {
	c.t.Helper()
	ring, err := app.LoadKeyring(c.keys)
	if err != nil {
		c.t.Fatal(err)
	}
	secrets := identity.NewFactorSecrets(ring, nil)
	service := identity.NewService(c.run, nil, time.Now, cheapPassword, identity.WithSecondFactors(secrets, false))
	ctx = context.WithValue(asSystem(c.t.Context()), factorSecretsKey{}, secrets)
	person := uuid.MustParse(c.text(`SELECT id::text FROM people WHERE username = ?`, username))
	setup, err := service.SetUpFactor(ctx, person, apitest.Password)
	if err != nil {
		c.t.Fatal(err)
	}
	code, err := totp.GenerateCode(setup.Secret, time.Now())
	if err != nil {
		c.t.Fatal(err)
	}
	if recovery, err = service.ConfirmFactor(ctx, person, uuid.Nil, code); err != nil {
		c.t.Fatal(err)
	}
	return ctx, setup.Secret, recovery
}

func (c console) text(query string, args ...any) (text string) {
	c.t.Helper()
	err := c.run.InTx(asSystem(c.t.Context()), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Row().Scan(&text) })
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// enters acts as somebody and says who, and what is left on standard input; asked is what the command says beside it.
func (c console) enters(ctx context.Context, stdin io.Reader, args ...string) (out, asked string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := addPersonFlags(&cobra.Command{Use: "probe", SilenceErrors: true, SilenceUsage: true, RunE: func(cmd *cobra.Command, _ []string) error {
		ctx, _, err := actAs(cmd, c.run, identity.TariffsEdit)
		if err != nil {
			return err
		}
		actor, _ := scope.ActorOf(ctx)
		rest := []byte("a keyboard")
		if !atKeyboard(cmd.InOrStdin()) {
			if rest, err = io.ReadAll(cmd.InOrStdin()); err != nil {
				return err
			}
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s, %q", c.username(actor), rest)
		return nil
	}})
	cmd.SetIn(stdin)
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(ctx)
	return stdout.String(), stderr.String(), err
}

// TestActAsWithASecondFactor shows codes from files, from standard input and not at all. Whoever has no second factor is asked for none.
func TestActAsWithASecondFactor(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	ctx, secret, recovery := c.withFactor(apitest.CityEditor)
	next, err := totp.GenerateCode(secret, time.Now().Add(30*time.Second)) // the present one has confirmed
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, []byte(recovery[0]+"\r\nmore"), 0o600); err != nil {
		t.Fatal(err)
	}
	const asked = "code-file: the code of the second factor is missing"
	for _, x := range []struct {
		name, stdin, code, want, prefix string
		user                            string
		slow                            bool
	}{
		{name: "no code", stdin: apitest.Password + "\n" + next, prefix: asked},
		{name: "from a file", stdin: apitest.Password + "\nrest", code: file, want: `city.editor, "rest"`},
		{name: "a code that was used", stdin: apitest.Password, code: file, prefix: "code: The code is wrong", slow: true},
		{name: "after the password", stdin: apitest.Password + "\n" + next + "\nrest", code: "-", want: `city.editor, "rest"`},
		{name: "a code of this moment that was used", stdin: apitest.Password + "\n" + next + "\nrest", code: "-", prefix: "code: The code is wrong", slow: true},
		{name: "an empty line", stdin: apitest.Password + "\n\n" + recovery[1], code: "-", prefix: asked},
		{name: "no such file", stdin: apitest.Password, code: file + ".no", prefix: "code-file: open "},
		{name: "a wrong password", stdin: "wrong\n" + recovery[1], code: "-", prefix: "The user name or the password is wrong.", slow: true},
		{name: "the code is as good as before", stdin: apitest.Password + "\n" + recovery[1], code: "-", want: `city.editor, ""`},
		{name: "who has none", user: apitest.ForeignEditor, stdin: apitest.Password + "\nrest", want: `foreign.editor, "rest"`},
		{name: "who has none and shows one", user: apitest.ForeignEditor, stdin: apitest.Password + "\n000000\nrest", code: "-", want: `foreign.editor, "rest"`},
	} {
		args := []string{"--user", apitest.CityEditor, "--password-file", "-"}
		if x.user != "" {
			args[1] = x.user
		}
		if x.code != "" {
			args = append(args, "--code-file", x.code)
		}
		began := time.Now()
		out, _, err := c.enters(ctx, strings.NewReader(x.stdin), args...)
		if x.prefix != "" {
			wantRefusal(t, x.name, out, err, x.prefix)
		} else if out != x.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", x.name, out, err, x.want)
		}
		if took := time.Since(began); x.slow && took < firstPause {
			t.Errorf("%s is answered after %s", x.name, took)
		}
	}
	for action, want := range map[string]int{"sign_in.granted": 3, "sign_in.refused": 1, "second_factor.refused": 2, "second_factor.recovery_code_used": 2} {
		if n := c.count(`SELECT count(*) FROM audit_log l JOIN people p ON p.id::text = l.target_id WHERE p.username = ? AND action = ?`, apitest.CityEditor, action); n != want {
			t.Errorf("%s is %d times on record, want %d", action, n, want)
		}
	}
}

// TestAPauseEndsWithTheCommand interrupts a command that makes somebody wait.
func TestAPauseEndsWithTheCommand(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	ctx, cancel := context.WithCancelCause(asSystem(t.Context()))
	go func() {
		for c.count(`SELECT count(*) FROM audit_log WHERE action = 'sign_in.refused'`) == 0 {
			time.Sleep(5 * time.Millisecond)
		}
		cancel(nil)
	}()
	if _, _, err := c.enters(ctx, strings.NewReader("wrong"), "--user", apitest.CityEditor, "--password-file", "-"); err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("%v", err)
	}
}
