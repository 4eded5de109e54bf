package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/api/apitest"
	"mofasa/billing/bills"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

func TestVerifyDerivesEveryBill(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	s.SignIn(apitest.Cashier).Order(apitest.Plate)
	var out bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetContext(s.System())
	cmd.SetOut(&out)
	cmd.SetErr(&bytes.Buffer{})
	if err := verifyBills(cmd, s.Program.Bills); err != nil || !strings.HasPrefix(out.String(), "13 billed dues derived again, 0 cite too little") {
		t.Errorf("%q, %v", out.String(), err)
	}
	out.Reset()
	err := tellBills(&out, bills.Recomputation{Checked: 1, Divergent: &bills.Divergence{MunicipalityID: 7, BillID: uuid.Nil, FiscalYear: 1400, Stored: "a", Derived: "b"}})
	if !errors.Is(err, errBroken) || !strings.Contains(out.String(), "municipality 7") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestDuesAreExplained(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	open := func(context.Context) (*scope.Runner, *sql.DB, func(), error) {
		return s.Program.Runner, nil, func() {}, nil
	}
	run := func(args ...string) (string, error) {
		var out bytes.Buffer
		cmd := newDuesCommand(open)
		cmd.SetContext(s.System())
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs(append([]string{"explain"}, args...))
		err := cmd.Execute()
		return out.String(), err
	}
	for language, want := range map[string][]string{"fa": {"شیراز", "۱۴۰۴", "ریال"}, "en": {"Shiraz 1404", "rial"}} {
		text, err := run("--vin", apitest.VIN, "--lang", language)
		for _, part := range want {
			if err != nil || !strings.Contains(text, part) {
				t.Fatalf("%s lacks %q: %v\n%s", language, part, err, text)
			}
		}
	}
	if _, err := run("--vin", "NAS411100G1205999"); fault.Of(err) == nil || fault.Of(err).Code != "vehicle_unknown" {
		t.Errorf("unknown vehicle: %v", err)
	}
}
