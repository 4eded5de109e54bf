package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/billing/payments"
	"mofasa/tenants/scope"
)

// TestTheConsoleKnowsTheProvidersWindows: of an item whose provider still reverses, the console offers and tries what the server does. It reads the environment, so that it
// runs alone.
func TestTheConsoleKnowsTheProvidersWindows(t *testing.T) {
	s := apitest.New(t, apitest.Options{})
	t.Setenv("MOFASA_SEP_URL", s.Bank.URL)
	t.Setenv("MOFASA_SEP_TERMINAL", apitest.Terminal)
	t.Setenv("MOFASA_KEYS_DIR", t.TempDir())
	cashier := s.SignIn(apitest.Cashier)
	s.Bank.Scenario(t, `{"name":"verify_other_amount"}`)
	cashier.Pay(cashier.Order(apitest.Plate).Id)
	list, err := s.Program.Payments.Desk(s.System(), scope.Platform(), payments.DeskQuery{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	item := list[0].ID
	tale, err := s.Program.Payments.Item(s.System(), scope.Platform(), item)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, suggestion := range tale.Suggestions {
		want = append(want, string(suggestion.Remedy))
	}
	c := console{t: t, run: s.Program.Runner}
	desk := func(args ...string) string {
		t.Helper()
		out, err := c.execute(newSuspenseCommand(c.opener()), apitest.Password, append(args, "--user", apitest.PlatformOperator, "--password-file", "-"))
		if err != nil {
			t.Fatalf("%v: %q, %v", args, out, err)
		}
		return out
	}
	out := desk("show", item.String())
	for _, found := range regexp.MustCompile(`(?m)^  ([a-z_]+): `).FindAllStringSubmatch(out, -1) {
		got = append(got, found[1])
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || !strings.Contains(fmt.Sprint(got), "reverse") {
		t.Errorf("the console offers %v, the server %v", got, want)
	}
	if !strings.Contains(out, `"asked":"inquiry"`) || !strings.Contains(out, `"asked":"verify"`) {
		t.Errorf("the story does not tell what was asked: %s", out)
	}
	if out := desk("dry-run", item.String(), "--remedy", "reverse"); !strings.Contains(out, "the provider is asked first") {
		t.Error(out)
	}
	if out := desk("propose", item.String(), "--remedy", "reverse", "--reason", "x"); !strings.Contains(out, "waits for a second person") {
		t.Error(out)
	}
	if out, err := c.execute(newSuspenseCommand(c.opener()), apitest.Password, []string{"verdict", item.String(), "--went-back=false", "--evidence", "E", "--reason", "x", "--user", apitest.PlatformOperator, "--password-file", "-"}); err == nil {
		t.Errorf("people say what a provider did that nobody asked: %s", out)
	}
}
