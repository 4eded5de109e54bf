package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/tenants/scope"
)

// correct runs "correct" as somebody.
func (c console) correct(user string, args ...string) (string, error) {
	c.t.Helper()
	return c.execute(newTariffCorrectionCommand(c.opener()), apitest.Password, append(args, "--user", user, "--password-file", "-"))
}

// paidUnderAWrongTariff is a server on which a due of 1403 was paid, and half the rate is right from today on.
func paidUnderAWrongTariff(t *testing.T) *apitest.Server {
	t.Helper()
	s := apitest.New(t, apitest.Options{})
	cashier := s.SignIn(apitest.Cashier)
	var order gen.Order
	cashier.Must(cashier.Once("POST", "/v1/orders", map[string]any{"inquiry_id": cashier.Inquire(apitest.FleetPlate(0)).Id,
		"dues": []map[string]int{{"municipality_code": apitest.Tehran, "fiscal_year": 1403}}}), 201, &order)
	cashier.Pay(order.Id)
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		book, err := tariffs.LoadBook(tx)
		if err != nil {
			return err
		}
		was, _ := book.Version("national/1403/1")
		v := *was
		v.ID, v.Number, v.From = "national/1403/2", 2, calendar.DateOf(tx.Now)
		for i := range v.Rules {
			v.Rules[i].Rate /= 2
		}
		body, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return tx.DB.Exec(`INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at) VALUES (?, ?, ?, ?, ?, ?)`,
			v.ID, v.Authority, int(v.FiscalYear), v.Number, string(body), tx.Now).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCorrectionAtTheConsole(t *testing.T) {
	t.Parallel()
	s := paidUnderAWrongTariff(t)
	c := console{t: t, run: s.Program.Runner}
	out, err := c.correct(apitest.NationalEditor, "list-affected", "--wrong", "national/1403/1", "--right", "national/1403/2", "--reason", "نرخ دو برابر وارد شده بود", "--items")
	run := regexp.MustCompile(`^correction ([0-9a-f-]{36}): listed\n`).FindStringSubmatch(out)
	item := regexp.MustCompile(`\nmunicipality 520, bill [0-9a-f-]{36}, year 1403: paid ([0-9,]+), right ([0-9,]+), credit ([0-9,]+) rial\n$`).FindStringSubmatch(out)
	if err != nil || run == nil || item == nil {
		t.Fatalf("%s%v", out, err)
	}
	wants(t, out, "national/1403/1 is corrected by national/1403/2: نرخ دو برابر وارد شده بود", "credit "+item[3]+" rial, extra 0 rial")
	if !strings.Contains(out, "\nlisted by "+apitest.NationalEditor+" on "+calendar.DateOf(s.Clock.Now()).String()+": 1 bill, 0 unaffected\n") || strings.Contains(out, "مالک گرامی") {
		t.Error(out)
	}
	for name, try := range map[string][]string{
		"correction_same_person":     {apitest.NationalApprover, "approve", run[1]},
		"not_permitted":              {apitest.NationalEditor, "approve", run[1]},
		"correction_unknown":         {apitest.CityApprover, "approve", run[1]},
		"correction_version_unknown": {apitest.NationalEditor, "list-affected", "--wrong", "national/1403/7", "--right", "national/1403/2", "--reason", "x"},
		"is not a UUID":              {apitest.NationalEditor, "show", "x"},
	} {
		if name == "correction_same_person" {
			s.Platform(`UPDATE people SET role = 'tariff_approver' WHERE username = ?`, apitest.NationalEditor)
			try[0] = apitest.NationalEditor
		}
		if _, err := c.correct(try[0], try[1:]...); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		s.Platform(`UPDATE people SET role = 'tariff_editor' WHERE username = ?`, apitest.NationalEditor)
	}

	out, err = c.correct(apitest.NationalApprover, "approve", run[1], "--notices")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`^correction ` + run[1] + `: approved$`, `^open dues bear credit ` + item[3] + ` rial and extra 0 rial; the rest waits in the books$`,
		`^account +debit before +credit before +balance before +debit after +credit after +balance after$`,
		`^payable:correction +0 +0 +0 +0 +` + item[3] + ` +[-−]` + item[3] + `$`, `^total +([0-9,]+) +[0-9,]+ +0 +[0-9,]+ +[0-9,]+ +0$`,
		`^  ` + item[3] + ` rial with the due of 1402$`, `^Dear owner, ` + item[1] + ` rial were paid`, `^` + item[3] + ` rial came off the duties of 1402\.$`, `^مالک گرامی`} {
		if !regexp.MustCompile(`(?m)` + line).MatchString(out) {
			t.Errorf("no line %s in:\n%s", line, out)
		}
	}
	table := regexp.MustCompile(`(?m)^(account|payable|receivable|revenue|total).*$`).FindAllString(out, -1)
	for _, line := range table {
		if len(line) != len(table[0]) {
			t.Errorf("the table is not aligned:\n%s", strings.Join(table, "\n"))
		}
	}
	shown, err := c.correct(apitest.NationalEditor, "show", run[1], "--notices")
	if err != nil || shown != out {
		t.Errorf("%v\n%s\nis not\n%s", err, shown, out)
	}
	if out, err = c.correct(apitest.NationalEditor, "runs"); err != nil || !strings.Contains(out, run[1]+"  approved  national/1403/1  national/1403/2") {
		t.Errorf("%s%v", out, err)
	}
	if out, err = c.correct(apitest.CityEditor, "runs"); err != nil || strings.Contains(out, run[1]) {
		t.Errorf("%s%v", out, err)
	}
}

func TestWithdrawingAtTheConsole(t *testing.T) {
	t.Parallel()
	c := console{t: t, run: paidUnderAWrongTariff(t).Program.Runner}
	list := []string{"list-affected", "--wrong", "national/1403/1", "--right", "national/1403/2", "--reason", "x"}
	var id string
	for range 2 { // a withdrawn pair can be listed anew
		out, err := c.correct(apitest.NationalEditor, list...)
		if err != nil {
			t.Fatal(err)
		}
		id = regexp.MustCompile(`[0-9a-f-]{36}`).FindString(out)
		if _, err := c.correct(apitest.NationalEditor, list...); err == nil || !strings.Contains(err.Error(), "correction_exists") {
			t.Error(err)
		}
		if out, err = c.correct(apitest.NationalEditor, "withdraw", id); err != nil || !strings.HasPrefix(out, "correction "+id+": withdrawn\n") {
			t.Errorf("%s%v", out, err)
		}
	}
	if _, err := c.correct(apitest.NationalApprover, "approve", id); err == nil || !strings.Contains(err.Error(), "correction_closed") {
		t.Error(err)
	}
}
