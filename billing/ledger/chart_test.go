package ledger_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
)

func TestTheChartKnowsEachAccountInItsBooksAlone(t *testing.T) {
	t.Parallel()
	office := uuid.MustParse("0198f3a2-7b1c-7def-8123-456789abcdef")
	iban := "IR" + strings.Repeat("1", 24)
	for _, tt := range []struct {
		account        ledger.Account
		name, detail   string
		city, platform ledger.Side
	}{
		{ledger.Revenue("annual_duty"), "revenue:annual_duty", "annual_duty", ledger.Credit, ""},
		{ledger.Receivable("sep"), "receivable:sep", "sep", ledger.Debit, ledger.Debit},
		{ledger.Receivable(ledger.Correction), "receivable:correction", "correction", ledger.Debit, ledger.Debit},
		{ledger.Payable(ledger.Correction), "payable:correction", "correction", ledger.Credit, ledger.Credit},
		{ledger.Clearing("zarinpal"), "clearing:zarinpal", "zarinpal", ledger.Debit, ledger.Debit},
		{ledger.Bank(iban), "bank:" + iban, iban, ledger.Debit, ledger.Debit},
		{ledger.Bank("mellat"), "bank:mellat", "mellat", ledger.Debit, ledger.Debit},
		{ledger.Deposit(office), "deposit:" + office.String(), office.String(), "", ledger.Credit},
		{ledger.CityPayable(122), "payable:city:122", "122", "", ledger.Credit},
		{ledger.OfficeFee(office), "office_fee:" + office.String(), office.String(), ledger.Debit, ledger.Credit},
		{ledger.PlatformFee, "platform_fee", "", ledger.Debit, ledger.Credit},
		{ledger.RefundsPayable, "refunds_payable", "", ledger.Credit, ledger.Credit},
		{ledger.Suspense, "suspense", "", ledger.Credit, ledger.Credit},
	} {
		if string(tt.account) != tt.name {
			t.Errorf("%q, want %q", tt.account, tt.name)
		}
		for books, side := range map[ledger.Books]ledger.Side{ledger.OfCity: tt.city, ledger.OfPlatform: tt.platform} {
			kind, ok := tt.account.Kind(books)
			if ok != (side != "") || kind.Side != side || ok && kind.Detail(tt.account) != tt.detail {
				t.Errorf("%s in the books of a %s: %+v, %v", tt.account, books, kind, ok)
			}
		}
	}
}

func TestTheChartRefusesWhatIsMistyped(t *testing.T) {
	t.Parallel()
	for _, account := range []ledger.Account{"", "x", "revenue", "revenue:", "revenue:Annual", "revenue:a b", "revenue:9", "revenu:x", "Suspense", "suspense:x", "suspense ", "receivable:" + ledger.Account(strings.Repeat("a", 41)),
		"deposit:x", ledger.Deposit(uuid.Nil), "deposit:0198F3A2-7B1C-7DEF-8123-456789ABCDEF", "payable:city:0", "payable:city:01", "payable:city:1000", "payable:city:", "bank:", "bank:IR12", "bank:IR" + ledger.Account(strings.Repeat("x", 24)),
		"platform_fee:", "office_fee"} {
		for _, books := range []ledger.Books{ledger.OfCity, ledger.OfPlatform} {
			if kind, ok := account.Kind(books); ok {
				t.Errorf("%q in the books of a %s is %+v", account, books, kind)
			}
		}
	}
}

func TestTheChartIsSayable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range ledger.Chart() {
		if k.NameEN == "" || k.Meaning == "" || strings.Trim(k.NameFA, "abcdefghijklmnopqrstuvwxyz ") == "" || strings.ContainsAny(k.NameFA, "يك") || k.Side != ledger.Debit && k.Side != ledger.Credit {
			t.Errorf("%+v", k)
		}
		if key := string(k.Books) + k.Pattern; seen[key] {
			t.Errorf("%s is there twice", key)
		} else {
			seen[key] = true
		}
	}
	ledger.Chart()[0].Pattern = "changed"
	if ledger.Chart()[0].Pattern != "revenue:<charge>" {
		t.Error("whoever reads the chart can change it")
	}
}
