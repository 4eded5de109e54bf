package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/billing/bills"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// TestTheDeskAtTheConsole: a bank's file leaves an item, whose story, dry run and remedy the console has; another person approves it.
func TestTheDeskAtTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	id, err := bills.NewBillID(99_999_999, 122, bills.Municipality)
	if err != nil {
		t.Fatal(err)
	}
	payment, err := bills.NewPaymentID(id, 7_000, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "MLI050829.txt")
	body := "612217050829000000000700000001\r\n" + "00000159050828" + strings.Repeat("0", 13-len(id)) + string(id) + strings.Repeat("0", 13-len(payment)) + string(payment) + "424242\r\n"
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	desk := func(user string, args ...string) (string, error) {
		return c.execute(newSuspenseCommand(c.opener()), apitest.Password, append(args, "--user", user, "--password-file", "-"))
	}
	pay := func(user string, args ...string) (string, error) {
		return c.execute(newPaymentsCommand(c.opener()), apitest.Password, append(args, "--user", user, "--password-file", "-"))
	}
	op := apitest.PlatformOperator
	out, err := pay(op, "bank-file", path)
	if err != nil || out != "MLI050829.txt: 1 lines, 7,000 rial · captured 0, 0 rial · suspense 1, 7,000 rial · told before 0\n" {
		t.Fatalf("%q, %v", out, err)
	}
	if out, err = pay(op, "bank-files"); err != nil || !strings.Contains(out, "MLI050829.txt") {
		t.Errorf("%q, %v", out, err)
	}
	if out, err = desk(op, "list"); err != nil || !strings.Contains(out, "unknown_bill") {
		t.Fatalf("%q, %v", out, err)
	}
	item := regexp.MustCompile(`[0-9a-f-]{36}`).FindString(out)
	for _, told := range [][]string{{"show", item}, {"story", "424242"}} {
		run := desk
		if told[0] == "story" {
			run = pay
		}
		out, err := run(op, told...)
		if err != nil || !strings.Contains(out, "receivable:bank-17 7,000") || !strings.Contains(out, "  give_back: ") || !regexp.MustCompile(`suspense item \S+ since 14\d\d/\d\d/\d\d \d\d:\d\d:\d\d: unknown_bill`).MatchString(out) {
			t.Errorf("%v: %q, %v", told, out, err)
		}
	}
	back := []string{item, "--remedy", "give_back", "--iban", "IR062960000000100324200001"}
	if out, err = desk(op, append([]string{"dry-run"}, back...)...); err != nil || !strings.Contains(out, "refunds_payable -7,000") || !strings.Contains(out, "to be paid out: 7,000 rial to IR06") {
		t.Errorf("%q, %v", out, err)
	}
	if out, err = desk(op, append([]string{"propose", "--reason", "x"}, back...)...); err != nil || !strings.Contains(out, "waits for a second person") {
		t.Fatalf("%q, %v", out, err)
	}
	approval := regexp.MustCompile(`[0-9a-f-]{36}`).FindString(out)
	if _, err := c.approvals(op, "decide", approval, "--verdict", "approve"); err == nil || !strings.Contains(err.Error(), "approval_second_person") {
		t.Errorf("whoever asked has decided: %v", err)
	}
	err = c.run.InTx(asSystem(t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE people SET role = 'platform_operator' WHERE username = ?`, apitest.Support).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := c.approvals(apitest.Support, "decide", approval, "--verdict", "approve"); err != nil {
		t.Fatalf("%q, %v", out, err)
	}
	out, err = desk(op, "payouts")
	payout := regexp.MustCompile(`(?m)^([0-9a-f-]{36}) +` + item + ` +7,000 +IR062960000000100324200001 `).FindStringSubmatch(out)
	if err != nil || payout == nil {
		t.Fatalf("%q, %v", out, err)
	}
	if out, err := desk(op, "paid", payout[1], "--reference", "TR-77"); err != nil || !strings.Contains(out, payout[1]) || !strings.Contains(out, "TR-77") {
		t.Errorf("%q, %v", out, err)
	}
	for state, there := range map[string]bool{"waiting": false, "paid": true, "all": true} {
		if out, err := desk(op, "payouts", "--state", state); err != nil || strings.Contains(out, payout[1]) != there || strings.Contains(out, "TR-77") != there {
			t.Errorf("%s: %q, %v", state, out, err)
		}
	}
	if _, err := desk(op, "paid", payout[1], "--reference", "TR-78"); err == nil || !strings.Contains(err.Error(), "payout_paid") {
		t.Errorf("paid twice: %v", err)
	}
	if _, err := desk(op, "payouts", "--state", "gone"); err == nil {
		t.Error("a state that there is not")
	}
	if _, err := desk(op, "paid", "x", "--reference", "y"); err == nil || !strings.Contains(err.Error(), "payout_unknown") {
		t.Errorf("%v", err)
	}
	if _, err := desk(apitest.Cashier, "list"); err == nil || !strings.Contains(err.Error(), "not_permitted") {
		t.Errorf("a cashier reads the desk: %v", err)
	}
	if _, err := desk(op, "show", "nothing"); err == nil || fault.Of(err) != nil {
		t.Errorf("%v", err)
	}
	if _, err := pay(op, "story", "nothing"); err == nil {
		t.Error("nothing has a story")
	}
}
