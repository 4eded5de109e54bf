package sim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
	"mofasa/cmd/banksim/sim"
)

func zarinpalRequest(more string) string {
	return `{"merchant_id":"` + merchant + `","amount":100000,"callback_url":"https://m.ir/cb","description":"d"` + more + `}`
}

// The simulator is as strict as the documentation.
func TestZarinpalRequests(t *testing.T) {
	t.Parallel()
	wage := func(iban string, amount int) string {
		return fmt.Sprintf(`{"iban":"%s","amount":%d,"description":"d"}`, iban, amount)
	}
	wages := func(rows ...string) string { return zarinpalRequest(`,"wages":[` + strings.Join(rows, ",") + `]`) }
	edit := func(old, new string) string { return strings.Replace(zarinpalRequest(""), old, new, 1) }
	b := newBank(t, sim.Options{Terminals: []string{merchant}})
	for name, test := range map[string]struct {
		body string
		code int
	}{
		"plain":             {zarinpalRequest(""), 100},
		"all of it":         {zarinpalRequest(`,"currency":"IRR","metadata":{"order_id":"7","mobile":"09121234567"},"referrer_id":"r","cart_data":{}`), 100},
		"99 percent":        {wages(wage(shahr, 49_000), wage(melli, 50_000)), 100},
		"a rial more":       {wages(wage(shahr, 49_000), wage(melli, 50_001)), -34},
		"six":               {wages(wage(shahr, 10_000), wage(shahr, 10_000), wage(shahr, 10_000), wage(shahr, 10_000), wage(shahr, 10_000), wage(shahr, 10_000)), -35},
		"small share":       {wages(wage(shahr, 9_999)), -36},
		"wrong IBAN":        {wages(wage("IR44"+shahr[4:], 10_000)), -37},
		"other merchant":    {edit("1c9a", "2c9a"), -10},
		"short merchant":    {edit("1c9a", ""), -10},
		"unlisted":          {zarinpalRequest(`,"amuont":1`), -9},
		"toman":             {zarinpalRequest(`,"currency":"IRT"`), -9},
		"below 1,000":       {edit("100000", "999"), -9},
		"above 100 million": {edit("100000", "1000000001"), -41},
		"no description":    {edit(`"d"`, `""`), -9},
		"relative callback": {edit("https://m.ir", ""), -9},
		"no JSON":           {"x", -10},
	} {
		_, text := b.post(t, "/pg/v4/payment/request.json", test.body)
		wantText(t, name+text, fmt.Sprintf(`"code":%d,`, test.code))
	}
	status, _ := b.post(t, "/PG/v4/payment/request.json", zarinpalRequest(""))
	want(t, "paths keep their case", status, http.StatusNotFound)
}

func zarinpalSession(t *testing.T, b *bank) gateway.Session {
	t.Helper()
	session, err := b.zarinpal(t, merchant).Start(t.Context(), gateway.StartRequest{MerchantReference: "7", Amount: 3_720_000, CallbackURL: "https://m.ir/cb"})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func (b *bank) zarinpalCode(t *testing.T, call, who, authority, more string) string {
	t.Helper()
	_, text := b.post(t, "/pg/v4/payment/"+call+".json", `{"merchant_id":"`+who+`","authority":"`+authority+`"`+more+`}`)
	return text
}

func TestZarinpalStates(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{Clock: morning})
	session := zarinpalSession(t, b)
	verify := func(amount string) string {
		return b.zarinpalCode(t, "verify", merchant, session.Token, `,"amount":`+amount)
	}
	inquire := func() string { return b.zarinpalCode(t, "inquiry", merchant, session.Token, "") }
	reverse := func() string { return b.zarinpalCode(t, "reverse", merchant, session.Token, "") }
	wantText(t, inquire(), `"status":"IN_BANK"`)
	wantText(t, verify("3720000"), `"code":-51`)
	b.Decide(t, session, true)
	wantText(t, inquire(), `"status":"PAID"`)
	wantText(t, verify("3719999"), `"code":-50`)
	wantText(t, reverse(), `"code":-61`)
	wantText(t, b.zarinpalCode(t, "verify", "2c9a7d3e-0000-4000-8000-5a5a5a5a5a5a", session.Token, `,"amount":3720000`), `"code":-53`)
	wantText(t, verify("3720000"), `"code":100`, `"card_pan":"603799******0014"`)
	wantText(t, verify("3720000"), `"code":101`)
	wantText(t, inquire(), `"status":"VERIFIED"`)
	b.Advance(t, 31*time.Minute)
	wantText(t, reverse(), `"code":-63`)
	wantText(t, inquire(), `"status":"VERIFIED"`)
	wantText(t, b.zarinpalCode(t, "verify", merchant, "A1", `,"amount":1`), `"code":-54`)

	other := zarinpalSession(t, b)
	b.Decide(t, other, true)
	b.Advance(t, 16*time.Minute)
	wantText(t, b.zarinpalCode(t, "inquiry", merchant, other.Token, ""), `"status":"FAILED"`)
}

// A session of one provider is none of another's.
func TestProvidersDoNotMix(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	session := b.start(t, b.adapter(t, terminal), "https://m.ir/cb")
	b.Decide(t, session, true)
	wantText(t, b.zarinpalCode(t, "inquiry", merchant, session.Token, ""), `"code":-54`)
	theirs := zarinpalSession(t, b)
	_, text := b.post(t, receiptPath, `{"Token":"`+theirs.Token+`","TerminalNumber":0}`)
	wantText(t, text, `"ErrorCode":404`)
}

func TestUnverified(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{Clock: morning})
	paid, verified := zarinpalSession(t, b), zarinpalSession(t, b)
	zarinpalSession(t, b) // not paid
	b.Decide(t, paid, true)
	b.Decide(t, verified, true)
	b.zarinpalCode(t, "verify", merchant, verified.Token, `,"amount":3720000`)
	_, text := b.post(t, "/pg/v4/payment/unVerified.json", `{"merchant_id":"`+merchant+`"}`)
	var answer struct {
		Data struct {
			Code        string
			Authorities []struct {
				Authority, Date string
				Amount          int64
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Data.Authorities) != 1 {
		t.Fatalf("%s, %v", text, err)
	}
	waiting := answer.Data.Authorities[0]
	want(t, "waiting", fmt.Sprint(waiting.Authority, waiting.Amount, waiting.Date), paid.Token+"3720000"+"2026-11-20 10:15:00")
}
