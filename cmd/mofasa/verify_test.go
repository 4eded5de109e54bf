package main

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"mofasa/api/apitest"
	"mofasa/migrations/pgtest"
)

func verifying(t *testing.T, s *apitest.Server, recompute bool) (string, error) {
	t.Helper()
	return verifyingWith(t, s, verification{recompute: recompute})
}

func verifyingWith(t *testing.T, s *apitest.Server, v verification) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetContext(s.System())
	cmd.SetOut(&out)
	cmd.SetErr(&bytes.Buffer{})
	err := verifyAll(cmd, s.Program, v)
	return out.String(), err
}

// visitedServer has one vehicle cleared and certified.
func visitedServer(t *testing.T) *apitest.Server {
	t.Helper()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	c.Pay(order.Id)
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, nil)
	return s
}

func TestVerifyPassesWhatIsSound(t *testing.T) {
	t.Parallel()
	s := visitedServer(t)
	if _, err := s.Program.Audit.Seal(s.System()); err != nil {
		t.Fatal(err)
	}
	keepBooks(t, s)
	text, err := verifying(t, s, true)
	want := regexp.MustCompile(`^money: every rule holds\ncertificates: every rule holds\naudit: every rule holds\nledger: every rule holds\naudit: \d+ entries are sealed, \d+ wait; head \d+:[0-9a-f]{64}\nledger: 3 entries in 3 chains are as they were sealed\n` +
		`bills: 13 billed dues derived again, 0 cite too little to be derived\n$`)
	if err != nil || !want.MatchString(text) {
		t.Fatalf("%q, %v", text, err)
	}
}

// TestVerifyNamesWhatIsBroken breaks one row for each rule, as only the owner of the tables can.
func TestVerifyNamesWhatIsBroken(t *testing.T) {
	t.Parallel()
	for rule, sabotage := range map[string]string{
		"is not what its cities got":                `UPDATE payments SET amount_rial = amount_rial + 1000`,
		"is not what was posted:":                   `DELETE FROM ledger_entries`,
		"not what was posted in its books":          `UPDATE ledger_entries SET amounts = ARRAY[amounts[1] + CASE municipality_id WHEN 122 THEN 1 WHEN 218 THEN -1 ELSE 0 END, -(amounts[1] + CASE municipality_id WHEN 122 THEN 1 WHEN 218 THEN -1 ELSE 0 END)], accounts = '{a,b}'`,
		"payment that was not captured":             `UPDATE payments SET state = 'failed', captured_at = NULL`,
		"has no receipt":                            `UPDATE receipts SET amount_rial = 1`,
		"was not paid exactly once":                 `UPDATE bills SET state = 'paid', paid_at = now() WHERE order_id <> (SELECT order_id FROM payments)`,
		"a paid due has no paid bill":               `UPDATE due_claims SET amount_rial = amount_rial + 1000 WHERE fiscal_year = 1399`,
		"a paid bill is over dues that are not":     `UPDATE due_claims SET state = 'released', paid_at = NULL WHERE fiscal_year = 1399`,
		"has no first event":                        `DELETE FROM certificate_events`,
		"stands over a due that is not paid":        `UPDATE certificate_dues SET amount_rial = amount_rial + 1 WHERE fiscal_year = 1400`,
		"its proof is another's":                    `UPDATE certificates SET proof = 'x'`,
		"a certificate's document does not hold: c": `UPDATE certificates SET jws = replace(jws, '.', '.e')`,
		"bills: differs":                            `UPDATE bill_dues SET lines = '[]'`,
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			s := visitedServer(t)
			s.SignIn(apitest.Cashier).Order(apitest.OtherPlate)
			script := sabotage + ";"
			for _, table := range []string{"payments", "ledger_entries", "receipts", "bills", "bill_dues", "due_claims", "certificates", "certificate_dues", "certificate_events"} {
				script = "ALTER TABLE " + table + " NO FORCE ROW LEVEL SECURITY; " + script + " ALTER TABLE " + table + " FORCE ROW LEVEL SECURITY;"
			}
			if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), script); err != nil {
				t.Fatal(err)
			}
			if text, err := verifying(t, s, true); !errors.Is(err, errBroken) || !strings.Contains(text, rule) {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}
