package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/scope"
)

// TestRefundsFromTheCommandLine: a treasurer and an administrator of a city, an office that asks, and two operators with a chargeback.
func TestRefundsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	s := visitedServer(t)
	s.Platform(`UPDATE people SET role = 'platform_operator' WHERE username = ?`, apitest.Support)
	s.Platform(`UPDATE municipalities SET settings = settings || '{"refund_threshold_rial": 2000}' WHERE id = ?`, apitest.Shiraz)
	c := console{t: t, run: s.Program.Runner}
	run := func(user string, args ...string) (string, error) {
		t.Helper()
		return c.execute(newRefundsCommand(c.opener()), apitest.Password, append(args, "--user", user, "--password-file", "-"))
	}
	var payment, bill string
	var paid, all int64
	err := c.run.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT p.id, x.bill_id, x.amount_rial, p.amount_rial FROM payments p JOIN payment_bills x ON x.payment_id = p.id AND x.municipality_id = ? WHERE p.state = 'captured'`, apitest.Shiraz).Row().Scan(&payment, &bill, &paid, &all)
	})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run(apitest.Treasurer, "show", payment); err != nil || !regexp.MustCompile(fmt.Sprintf(`(?m)^ *122 +%s +[0-9,]+ +0 +0 +[0-9,]+$`, bill)).MatchString(out) || strings.Contains(out, "520") {
		t.Fatalf("%v\n%s", err, out)
	}
	story, err := c.execute(newPaymentsCommand(c.opener()), apitest.Password, []string{"story", payment, "--user", apitest.PlatformOperator, "--password-file", "-"})
	if err != nil || !regexp.MustCompile(`(?m)^  of it [0-9,]+ rial of municipality 122 to IR[0-9]{24}$`).MatchString(story) {
		t.Errorf("the story does not say how the payment was split: %v\n%s", err, story)
	}
	expected := func(n int64) []string { return []string{"--expected", fmt.Sprint(n), "--reason", "paid by mistake"} }
	out, err := run(apitest.Treasurer, append(expected(paid), "give", payment, "--amount", "1000")...)
	id := regexp.MustCompile(`(?m)^([0-9a-f-]{36}) +122 +\S+ +1,000 +granted +payout`).FindStringSubmatch(out)
	if err != nil || id == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err = run(apitest.Treasurer, append(expected(paid), "give", payment)...)
	wantRefusal(t, "another amount is left", out, err, "What can be given back is not what you believe")
	out, err = run(apitest.Cashier, append(expected(paid), "ask", payment)...)
	wantRefusal(t, "a cashier", out, err, "Your role does not permit this.")
	out, err = run(apitest.Treasurer, "list", "--state", "gone")
	wantRefusal(t, "no such state", out, err, `state: "gone" is none of waiting, granted, paid, refused and all`)
	if out, err := run(apitest.Treasurer, "list"); err != nil || !strings.Contains(out, id[1]) {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := run(apitest.Treasurer, "paid", id[1], "--reference", "TR-1"); err != nil || !strings.Contains(out, "TR-1") || !strings.Contains(out, " paid ") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = run(apitest.Manager, append(expected(paid-1000), "ask", payment, "--bill", bill)...)
	waits := regexp.MustCompile(`waiting .* ([0-9a-f-]{36}) +paid by mistake`).FindStringSubmatch(out)
	if err != nil || waits == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := c.approvals(apitest.CityAdmin, "decide", waits[1], "--verdict", "refuse", "--remark", "no"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := run(apitest.Manager, "list", "--state", "refused"); err != nil || strings.Count(out, "refused") != 1 {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = run(apitest.PlatformOperator, append(expected(all-1000), "chargeback", payment, "--reference", "CB-1")...)
	waits = regexp.MustCompile(`waiting .* ([0-9a-f-]{36}) +CB-1`).FindStringSubmatch(out)
	if err != nil || waits == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := c.approvals(apitest.Support, "decide", waits[1], "--verdict", "approve"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if state := c.text(`SELECT state FROM payments WHERE id = ?`, payment); state != "refunded" {
		t.Errorf("the payment is %s", state)
	}
	if rule, row, err := s.Program.Payments.Verify(s.System()); rule != "" || err != nil {
		t.Errorf("%s: %s, %v", rule, row, err)
	}
	for _, args := range [][]string{{"show", "x"}, {"paid", "x", "--reference", "y"}, append(expected(1), "give", "x")} {
		if out, err := run(apitest.PlatformOperator, args...); err == nil {
			t.Errorf("%v: %s", args, out)
		}
	}
}

// TestAVerdictFromTheCommandLine: what the provider never answered is listed as doubtful, and two operators say what became of it.
func TestAVerdictFromTheCommandLine(t *testing.T) {
	t.Parallel()
	s := visitedServer(t)
	s.Platform(`UPDATE people SET role = 'platform_operator' WHERE username = ?`, apitest.Support)
	c := console{t: t, run: s.Program.Runner}
	run := func(args ...string) (string, error) {
		t.Helper()
		return c.execute(newRefundsCommand(c.opener()), apitest.Password, append(args, "--user", apitest.PlatformOperator, "--password-file", "-"))
	}
	payment, all := c.text(`SELECT id::text FROM payments WHERE state = 'captured'`), c.text(`SELECT amount_rial::text FROM payments WHERE state = 'captured'`)
	var made gen.RefundList // by the server, which knows the provider's window
	operator, second := s.SignIn(apitest.PlatformOperator), s.SignIn(apitest.Support)
	operator.Must(operator.Once("POST", "/v1/payments/"+payment+"/refunds", map[string]any{"expected_available_rial": json.Number(all), "reason": "paid by mistake"}), 201, &made)
	second.Must(second.Once("POST", "/v1/approvals/"+made.Refunds[0].ApprovalId.String()+"/decision", map[string]string{"verdict": "approve", "remark": "x"}), 200, nil)
	doubtful := made.Refunds[0].Id.String()
	says := []string{"verdict", doubtful, "--went-back=false", "--evidence", "SEP-1405-09", "--reason", "settlement report"}
	out, err := run(says...)
	wantRefusal(t, "it may still answer", out, err, "The provider may still answer about this reversal, or has answered.")
	if out, err := run("list", "--doubtful"); err != nil || strings.Contains(out, doubtful) {
		t.Errorf("%v\n%s", err, out)
	}
	s.Platform(`UPDATE refunds SET asked_at = granted_at - interval '1 hour', doubted_at = granted_at WHERE channel = 'reverse'`)
	if out, err := run("list", "--doubtful"); err != nil || !strings.Contains(out, doubtful) || strings.Count(out, " reverse ") != 3 {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = run(says...)
	asked := regexp.MustCompile(`^approval ([0-9a-f-]{36}) waits for a second person: Reversal of ` + all + ` rial of payment ` + payment + `: .*SEP-1405-09`).FindStringSubmatch(out)
	if err != nil || asked == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := c.approvals(apitest.Support, "decide", asked[1], "--verdict", "approve"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := run("list"); err != nil || strings.Count(out, " payout ") != 3 || strings.Contains(out, " reverse ") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := run("list", "--doubtful"); err != nil || strings.Contains(out, doubtful) {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := run("verdict", "x", "--went-back", "--evidence", "e", "--reason", "r"); err == nil {
		t.Errorf("%s", out)
	}
}
