package sep_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/sep"
)

func attempt() gateway.StartRequest {
	return gateway.StartRequest{
		MerchantReference: "14050829-000124",
		Amount:            3_720_000,
		CallbackURL:       "https://pay.example.ir/cb/sep?a=1&b=<2>",
	}
}

func splitAttempt() gateway.StartRequest {
	request := attempt()
	request.PayerMobile = "09121234567"
	request.Lifetime = 45 * time.Minute
	request.Splits = []gateway.Split{
		{IBAN: "IR430610000000700800900100", Amount: 3_500_000, DepositID: "100000000000000000000000000017"},
		{IBAN: "IR080170000000100200300400", Amount: 220_000},
	}
	return request
}

// The bytes on the wire, in the spelling of the manual's tables.
func TestGoldenRequests(t *testing.T) {
	t.Parallel()
	const (
		plain = `{"action":"token","TerminalId":"13579246","Amount":3720000,"ResNum":"14050829-000124",` +
			`"RedirectUrl":"https://pay.example.ir/cb/sep?a=1&b=<2>","TokenExpiryInMin":20}`
		split = `{"action":"token","TerminalId":"13579246","Amount":3720000,"ResNum":"14050829-000124",` +
			`"RedirectUrl":"https://pay.example.ir/cb/sep?a=1&b=<2>","CellNumber":"9121234567","TokenExpiryInMin":45,` +
			`"SettlementIBANInfo":[` +
			`{"IBAN":"IR430610000000700800900100","Amount":3500000,"PurchaseId":"100000000000000000000000000017"},` +
			`{"IBAN":"IR080170000000100200300400","Amount":220000,"PurchaseId":"000000000000000000000000000000"}]}`
		receipt = `{"Token":"7d1f0c9ab2e44f0aa1c3d4e5f6071829","TerminalNumber":13579246}`
		confirm = `{"RefNum":"Qm9+uXa1/Kd0ZtT7eYp3WvLr8sHc","TerminalNumber":13579246}`
	)
	tests := map[string]struct {
		call       func(context.Context, *sep.Adapter) error
		path, body string
	}{
		"token": {func(ctx context.Context, a *sep.Adapter) error { _, err := a.Start(ctx, attempt()); return err },
			"/onlinepg/onlinepg", plain},
		"split token": {func(ctx context.Context, a *sep.Adapter) error { _, err := a.Start(ctx, splitAttempt()); return err },
			"/onlinepg/onlinepg", split},
		"receipt": {func(ctx context.Context, a *sep.Adapter) error {
			_, err := a.Inquire(ctx, "", gateway.Sale{Token: token})
			return err
		},
			"/verifyTxnRandomSessionkey/api/v2/ipg/payment/receipt", receipt},
		"verify": {func(ctx context.Context, a *sep.Adapter) error {
			_, err := a.Verify(ctx, refNum, gateway.Sale{Amount: 1})
			return err
		}, "/verifyTxnRandomSessionkey/ipg/VerifyTransaction", confirm},
		"reverse": {func(ctx context.Context, a *sep.Adapter) error {
			_, err := a.Reverse(ctx, refNum, gateway.Sale{Amount: 1})
			return err
		}, "/verifyTxnRandomSessionkey/ipg/ReverseTransaction", confirm},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, last := provider(t, http.StatusOK, `{}`)
			want(t, "error of an empty answer", kind(test.call(t.Context(), adapter)), "uncertain ")
			want(t, "request", *last, seen{http.MethodPost, test.path, "application/json", test.body})
		})
	}
}

func TestGovernmentTerminal(t *testing.T) {
	t.Parallel()
	bodies := make(chan string, 1)
	adapter := serve(t, sep.Config{Government: true}, func(w http.ResponseWriter, r *http.Request) {
		raw := make([]byte, r.ContentLength)
		r.Body.Read(raw)
		bodies <- string(raw)
	})
	_, err := adapter.Start(t.Context(), splitAttempt())
	want(t, "a row without deposit id", kind(err), "invalid splits[1].deposit_id")
	request := splitAttempt()
	request.Splits[1].DepositID = "200000000000000000000000000017"
	_, err = adapter.Start(t.Context(), request)
	want(t, "empty answer", kind(err), "uncertain ")
	if body := <-bodies; !strings.Contains(body, `"TranType":"Government","SettlementIBANInfo":[`) {
		t.Fatalf("TranType is missing in %s", body)
	}
}

func TestStartLimits(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*gateway.StartRequest)
		kind   string
	}{
		"50 characters":    {func(r *gateway.StartRequest) { r.MerchantReference = strings.Repeat("7", 50) }, ""},
		"51 characters":    {func(r *gateway.StartRequest) { r.MerchantReference = strings.Repeat("7", 51) }, "invalid merchant_reference"},
		"inner space":      {func(r *gateway.StartRequest) { r.MerchantReference = "a b" }, "invalid merchant_reference"},
		"Persian digits":   {func(r *gateway.StartRequest) { r.MerchantReference = "۱۲۳" }, "invalid merchant_reference"},
		"long URL":         {func(r *gateway.StartRequest) { r.CallbackURL = "https://x.ir/" + strings.Repeat("a", 2070) }, ""},
		"too long URL":     {func(r *gateway.StartRequest) { r.CallbackURL = "https://x.ir/" + strings.Repeat("a", 2071) }, "invalid callback_url"},
		"foreign mobile":   {func(r *gateway.StartRequest) { r.PayerMobile = "00491701234567" }, "invalid payer_mobile"},
		"letters":          {func(r *gateway.StartRequest) { r.PayerMobile = "0912123456a" }, "invalid payer_mobile"},
		"29-digit deposit": {func(r *gateway.StartRequest) { *r = splitAttempt(); r.Splits[1].DepositID = strings.Repeat("1", 29) }, "invalid splits[1].deposit_id"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, last := provider(t, http.StatusOK, `{"status":1,"token":"`+token+`"}`)
			request := attempt()
			test.change(&request)
			_, err := adapter.Start(t.Context(), request)
			want(t, "error", kind(err), test.kind)
			want(t, "something was sent", last.body != "", test.kind == "")
		})
	}
}

func TestLifetimeIsClamped(t *testing.T) {
	t.Parallel()
	for asked, given := range map[time.Duration]time.Duration{
		0: 20 * time.Minute, time.Minute: 20 * time.Minute, 45*time.Minute + 59*time.Second: 45 * time.Minute,
		100 * 24 * time.Hour: 3600 * time.Minute, -time.Hour: 20 * time.Minute,
	} {
		adapter, _ := provider(t, http.StatusOK, `{"status":1,"token":"`+token+`"}`)
		request := attempt()
		request.Lifetime = asked
		session, err := adapter.Start(t.Context(), request)
		want(t, "error", kind(err), "")
		want(t, "life of "+asked.String(), session.ExpiresIn, given)
	}
}

func TestRedirectURLUsesPageHost(t *testing.T) {
	t.Parallel()
	adapter := serve(t, sep.Config{PageURL: "https://sep.shaparak.ir/"}, func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"status":1,"token":"a+b/c="}`))
	})
	session, err := adapter.Start(t.Context(), attempt())
	want(t, "error", kind(err), "")
	want(t, "URL", session.RedirectURL, "https://sep.shaparak.ir/OnlinePG/SendToken?token=a%2Bb%2Fc%3D")
}

// A call that is answered by a redirect is not sent again to wherever the redirect points.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	adapter := serve(t, sep.Config{}, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	_, err := adapter.Verify(t.Context(), refNum, gateway.Sale{})
	want(t, "error", kind(err), "uncertain ")
	want(t, "calls", calls.Load(), 1)
}

func TestNew(t *testing.T) {
	t.Parallel()
	sound := sep.Config{BaseURL: sep.BaseURL, TerminalID: terminal}
	adapter, err := sep.New(sound)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "provider", adapter.Provider(), "sep")
	want(t, "terminal", adapter.Terminal(), terminal)
	want(t, "splits", adapter.Limits().MaxSplits, 9)
	for name, change := range map[string]func(*sep.Config){
		"no terminal":       func(c *sep.Config) { c.TerminalID = "" },
		"leading zero":      func(c *sep.Config) { c.TerminalID = "0123" },
		"letters":           func(c *sep.Config) { c.TerminalID = "12a" },
		"signed":            func(c *sep.Config) { c.TerminalID = "+12" },
		"negative":          func(c *sep.Config) { c.TerminalID = "-12" },
		"no base":           func(c *sep.Config) { c.BaseURL = "" },
		"no scheme":         func(c *sep.Config) { c.BaseURL = "sep.shaparak.ir" },
		"base with a query": func(c *sep.Config) { c.BaseURL += "/?x=1" },
		"page no URL":       func(c *sep.Config) { c.PageURL = "nowhere" },
	} {
		config := sound
		change(&config)
		if _, err := sep.New(config); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// An amount is written as an exact integer, however large.
func TestAmountsSurvive(t *testing.T) {
	t.Parallel()
	const largest money.Rial = 1<<63 - 1
	adapter, last := provider(t, http.StatusOK, `{"status":1,"token":"`+token+`"}`)
	request := attempt()
	request.Amount = largest
	_, err := adapter.Start(t.Context(), request)
	want(t, "error", kind(err), "")
	if !strings.Contains(last.body, `"Amount":9223372036854775807,`) {
		t.Fatalf("amount is not exact in %s", last.body)
	}
}
