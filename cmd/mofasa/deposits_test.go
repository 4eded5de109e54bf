package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/billing/deposits"
	"mofasa/tenants/scope"
)

// deposits runs "deposits" as somebody.
func (c console) deposits(user string, args ...string) (string, error) {
	c.t.Helper()
	return c.execute(newDepositsCommand(c.opener()), apitest.Password, append(args, "--user", user, "--password-file", "-"))
}

// holds fails the test unless each part stands in the text, whatever the columns' width.
func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	folded := regexp.MustCompile(` {2,}`).ReplaceAllString(text, " ")
	for _, part := range parts {
		if !strings.Contains(folded, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func TestDepositsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	var office, manager uuid.UUID
	err := c.run.InTx(asSystem(t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT office_id, id FROM people WHERE username = ?`, apitest.Manager).Row().Scan(&office, &manager)
	})
	if err != nil {
		t.Fatal(err)
	}
	desk, asks := deposits.NewService(c.run), scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: manager})
	declare := func(reference string) string {
		t.Helper()
		sent, err := desk.Declare(asks, deposits.Transfer{OfficeID: office, Amount: 500_000, Reference: reference, PaidOn: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		return sent.ID.String()
	}
	askBack := func() string {
		t.Helper()
		w, err := desk.AskBack(asks, deposits.Withdrawal{OfficeID: office, Amount: 100_000, IBAN: "IR860610000009990000009001"})
		if err != nil {
			t.Fatal(err)
		}
		return w.ID.String()
	}
	must := func(args ...string) string {
		t.Helper()
		out, err := c.deposits(apitest.PlatformOperator, args...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	found, lost := declare("9001"), declare("9002")
	holds(t, must("waiting"), "transfer "+found+" "+office.String()+" 500,000 9001 of 1404/10/15", "transfer "+lost)
	if out := must("credit", found); out != "transfer "+found+" is credited: 500,000 rial\n" {
		t.Errorf("%q", out)
	}
	if out := must("refuse", "transfer", lost, "--remark", "not there"); out != "transfer "+lost+" is refused\n" {
		t.Errorf("%q", out)
	}
	paid, kept := askBack(), askBack()
	holds(t, must("waiting"), "withdrawal "+paid+" "+office.String()+" 100,000 IR860610000009990000009001")
	if out := must("pay", paid, "--reference", "7001"); out != "withdrawal "+paid+" is paid: 100,000 rial\n" {
		t.Errorf("%q", out)
	}
	if out := must("refuse", "withdrawal", kept, "--remark", "x"); out != "withdrawal "+kept+" is refused\n" {
		t.Errorf("%q", out)
	}
	if _, err := desk.Warn(asks, office, 400_001); err != nil {
		t.Fatal(err)
	}
	list := must("list")
	holds(t, list, "72-0001 400,000 0 400,001 low")
	if lines := strings.Split(list, "\n"); !strings.Contains(lines[1], "72-0001") {
		t.Errorf("the low one is not the first in\n%s", list)
	}
	statement := must("statement", "72-0001")
	holds(t, statement, "topup +500,000 500,000 0 topup "+found+" 9001", "withdrawal -100,000 300,000 100,000 withdrawal "+paid+" 7001")
	if n := len(regexp.MustCompile(`(?m)^ *[0-9]`).FindAllString(statement, -1)); n != 5 {
		t.Errorf("%d movements in\n%s", n, statement)
	}
	for name, r := range map[string]struct{ user, args, prefix string }{
		"a manager":   {apitest.Manager, "list", "Your role does not permit this. (not_permitted)"},
		"twice":       {apitest.PlatformOperator, "credit " + found, "This was decided before. (deposit_decided)"},
		"no office":   {apitest.PlatformOperator, "statement 99", "office: No such office is registered. (office_unknown)"},
		"not an id":   {apitest.PlatformOperator, "credit x", "transfer: not a UUID"},
		"of neither":  {apitest.PlatformOperator, "refuse topup x --remark x", "the first word is transfer or withdrawal"},
		"no number":   {apitest.PlatformOperator, "pay " + uuid.NewString() + " --reference 7009", "No such withdrawal is on record. (deposit_withdrawal_unknown)"},
		"not unknown": {apitest.PlatformOperator, "credit " + uuid.NewString(), "No such transfer is on record. (deposit_transfer_unknown)"},
	} {
		out, err := c.deposits(r.user, strings.Fields(r.args)...)
		wantRefusal(t, name, out, err, r.prefix)
	}
}
