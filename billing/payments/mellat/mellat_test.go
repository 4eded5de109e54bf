package mellat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/mellat"
)

const (
	own   = "IR430610000000700800900100"
	other = "IR080170000000100200300400"
	refID = "AF82041a2Bf68989c7ff9"
)

func config() mellat.Config {
	return mellat.Config{
		BaseURL: mellat.BaseURL, TerminalID: 2468013, UserName: "user", Password: "p<&>w", Account: own, SubServices: map[string]int64{own: 88, other: 74},
		Now: func() time.Time { return time.Date(2026, 11, 20, 5, 34, 7, 0, time.UTC) },
	}
}

func attempt() gateway.StartRequest {
	return gateway.StartRequest{MerchantReference: "123", Amount: 152_000, CallbackURL: "https://pay.example.ir/cb?a=1&b=2"}
}

func sale() gateway.Sale {
	return gateway.Sale{Token: "123-" + refID, MerchantReference: "123", Amount: 152_000}
}

const reference = "187654321098"

// answer is the envelope of the manual's clients.
func answer(operation, text string) string {
	return `<?xml version="1.0"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><ns1:` + operation +
		`Response xmlns:ns1="http://interfaces.core.sw.bps.com/"><return>` + text + `</return></ns1:` + operation + `Response></S:Body></S:Envelope>`
}

type seen []string

// provider answers each operation with the texts given for it, one after the other, and fails the test when it runs out of them.
func provider(t *testing.T, texts map[string][]string) (*mellat.Adapter, *seen) {
	t.Helper()
	all := &seen{}
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("SOAPAction") != `""` || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml") || r.URL.Path != "/pgwchannel/services/pgw" {
			t.Errorf("%s %v %v", r.URL, r.Header, err)
		}
		_, rest, _ := strings.Cut(string(raw), "<int:")
		operation, _, _ := strings.Cut(rest, ">")
		*all = append(*all, string(raw))
		if len(texts[operation]) == 0 {
			t.Errorf("%s was not to be asked", operation)
			return
		}
		io.WriteString(w, answer(operation, texts[operation][0]))
		texts[operation] = texts[operation][1:]
	}), all
}

func serve(t *testing.T, handler http.HandlerFunc) *mellat.Adapter {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c := config()
	c.BaseURL, c.Timeout = server.URL, 5*time.Second
	adapter, err := mellat.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

func kind(err error) string {
	var (
		uncertain *gateway.Uncertain
		refused   *gateway.Refused
		wrong     *gateway.Misconfigured
		invalid   *gateway.Invalid
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &uncertain):
		return "uncertain " + uncertain.Code
	case errors.As(err, &refused):
		return "refused " + refused.Code
	case errors.As(err, &wrong):
		return "misconfigured " + wrong.Code
	case errors.As(err, &invalid):
		return "invalid " + invalid.Field
	}
	return err.Error()
}

func want[T comparable](t *testing.T, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s:\ngot  %v\nwant %v", what, got, wanted)
	}
}

// The bytes on the wire: unqualified parameters in the manual's order, local time in Tehran.
func TestGoldenRequests(t *testing.T) {
	t.Parallel()
	const (
		head = `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:int="http://interfaces.core.sw.bps.com/"><soapenv:Header/><soapenv:Body><int:`
		who  = `<terminalId>2468013</terminalId><userName>user</userName><userPassword>p&lt;&amp;&gt;w</userPassword>`
		when = `<localDate>20261120</localDate><localTime>090407</localTime>`
		sold = `<orderId>123</orderId><saleOrderId>123</saleOrderId><saleReferenceId>187654321098</saleReferenceId>`
		back = `<callBackUrl>https://pay.example.ir/cb?a=1&amp;b=2</callBackUrl>`
	)
	whole := func(name, parameters string) string {
		return head + name + ">" + who + parameters + "</int:" + name + "></soapenv:Body></soapenv:Envelope>"
	}
	split, single := attempt(), attempt()
	split.PayerMobile = "09121234567"
	split.Splits = []gateway.Split{{IBAN: own, Amount: 140_000, DepositID: strings.Repeat("1", 30)}, {IBAN: other, Amount: 12_000}}
	single.Splits = []gateway.Split{{IBAN: own, Amount: 152_000}}
	order := `<orderId>123</orderId><amount>152000</amount>` + when
	for name, test := range map[string]struct {
		call func(context.Context, *mellat.Adapter)
		want string
	}{
		"pay": {func(ctx context.Context, a *mellat.Adapter) { a.Start(ctx, attempt()) },
			whole("bpPayRequest", order+`<additionalData>123</additionalData>`+back+`<payerId>0</payerId>`)},
		"one account": {func(ctx context.Context, a *mellat.Adapter) { a.Start(ctx, single) },
			whole("bpPayRequest", order+`<additionalData>123</additionalData>`+back+`<payerId>0</payerId>`)},
		"two accounts": {func(ctx context.Context, a *mellat.Adapter) { a.Start(ctx, split) },
			whole("bpCumulativeDynamicPayRequest", order+`<additionalData>88,140000,`+strings.Repeat("1", 30)+`;74,12000,;</additionalData>`+back+`<mobileNo>989121234567</mobileNo>`)},
		"verify":  {func(ctx context.Context, a *mellat.Adapter) { a.Verify(ctx, reference, sale()) }, whole("bpVerifyRequest", sold)},
		"inquiry": {func(ctx context.Context, a *mellat.Adapter) { a.Inquire(ctx, reference, sale()) }, whole("bpInquiryRequest", sold)},
		"reverse": {func(ctx context.Context, a *mellat.Adapter) { a.Reverse(ctx, reference, sale()) }, whole("bpReversalRequest", sold)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got string
			adapter := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				raw, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				got += string(raw)
			})
			test.call(t.Context(), adapter)
			want(t, "request", got, test.want)
		})
	}
}

// The claim has two steps; every way through them, with the calls that it takes.
func TestClaims(t *testing.T) {
	t.Parallel()
	type texts = map[string][]string
	for name, test := range map[string]struct {
		texts texts
		state gateway.State
		kind  string
	}{
		"verified and settled":             {texts{"bpVerifyRequest": {"0"}, "bpSettleRequest": {"0"}}, gateway.Verified, ""},
		"with blanks":                      {texts{"bpVerifyRequest": {" 0 "}, "bpSettleRequest": {"\n0"}}, gateway.Verified, ""},
		"settled before":                   {texts{"bpVerifyRequest": {"0"}, "bpSettleRequest": {"45"}, "bpInquiryRequest": {"45"}}, gateway.Repeated, ""},
		"called settled, and is not":       {texts{"bpVerifyRequest": {"0"}, "bpSettleRequest": {"45"}, "bpInquiryRequest": {"0"}}, "", "uncertain 45"},
		"settle declined":                  {texts{"bpVerifyRequest": {"0"}, "bpSettleRequest": {"61"}}, "", "uncertain 61"},
		"settle not found":                 {texts{"bpVerifyRequest": {"0"}, "bpSettleRequest": {"47"}}, "", "uncertain 47"},
		"settle refuses the address":       {texts{"bpVerifyRequest": {"0"}, "bpSettleRequest": {"421"}}, "", "misconfigured 421"},
		"reversed between the steps":       {texts{"bpVerifyRequest": {"0"}, "bpSettleRequest": {"48"}}, gateway.Reversed, ""},
		"settle without a code":            {texts{"bpVerifyRequest": {"0"}, "bpSettleRequest": {""}}, "", "uncertain "},
		"verified before, settled now":     {texts{"bpVerifyRequest": {"43"}, "bpInquiryRequest": {"0"}, "bpSettleRequest": {"0"}}, gateway.Verified, ""},
		"verified before, inquiry 43":      {texts{"bpVerifyRequest": {"43"}, "bpInquiryRequest": {"43"}, "bpSettleRequest": {"0"}}, gateway.Verified, ""},
		"verified before, inquiry 46":      {texts{"bpVerifyRequest": {"43"}, "bpInquiryRequest": {"46"}, "bpSettleRequest": {"0"}}, gateway.Verified, ""},
		"both before":                      {texts{"bpVerifyRequest": {"43"}, "bpInquiryRequest": {"45"}}, gateway.Repeated, ""},
		"both before, by 45":               {texts{"bpVerifyRequest": {"45"}, "bpInquiryRequest": {"45"}}, gateway.Repeated, ""},
		"called verified, found nothing":   {texts{"bpVerifyRequest": {"43"}, "bpInquiryRequest": {"42"}}, "", "uncertain 43"},
		"called verified, found no verify": {texts{"bpVerifyRequest": {"43"}, "bpInquiryRequest": {"44"}}, "", "uncertain 43"},
		"called verified, reversed":        {texts{"bpVerifyRequest": {"43"}, "bpInquiryRequest": {"48"}}, gateway.Reversed, ""},
		"called verified, then nothing":    {texts{"bpVerifyRequest": {"43"}, "bpInquiryRequest": {"34"}}, "", "uncertain 34"},
		"a sentence":                       {texts{"bpVerifyRequest": {"no such sale 6037991122330014"}}, "", "uncertain "},
		"with a RefId":                     {texts{"bpVerifyRequest": {"0,AF"}}, "", "uncertain "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, _ := provider(t, test.texts)
			got, err := adapter.Verify(t.Context(), reference, sale())
			want(t, "error", kind(err), test.kind)
			want(t, "state", got.State, test.state)
			if test.state == gateway.Verified || test.state == gateway.Repeated {
				want(t, "comparison", got.Matches(reference, "2468013", sale()), nil)
			}
			for operation, left := range test.texts {
				want(t, "unasked "+operation, len(left), 0)
			}
		})
	}
}

// Answers that are no answers leave the payment unknown, at every call.
func TestAnswersThatSayNothing(t *testing.T) {
	t.Parallel()
	good := answer("bpVerifyRequest", "0")
	for name, test := range map[string]struct {
		status int
		body   string
	}{
		"fault":             {500, `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault><faultcode>S:Server</faultcode></S:Fault></S:Body></S:Envelope>`},
		"fault by 200":      {200, `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault><return>0</return></S:Fault></S:Body></S:Envelope>`},
		"by 500":            {500, good},
		"by 404":            {404, good},
		"by 302":            {302, good},
		"page":              {200, "<html><body>0</body></html>"},
		"empty":             {200, ""},
		"cut off":           {200, good[:len(good)-20]},
		"other operation":   {200, answer("bpSettleRequest", "0")},
		"other namespace":   {200, strings.Replace(good, "interfaces.core.sw.bps.com", "example.ir", 1)},
		"two returns":       {200, strings.Replace(good, "<return>", "<return>0</return><return>", 1)},
		"two answers":       {200, strings.Replace(good, "</S:Body>", `<x/></S:Body>`, 1)},
		"no return":         {200, strings.Replace(strings.Replace(good, "<return>", "<r>", 1), "</return>", "</r>", 1)},
		"entity":            {200, `<!DOCTYPE x [<!ENTITY z "0">]>` + strings.Replace(good, ">0<", ">&z;<", 1)},
		"too large":         {200, good + strings.Repeat(" ", 64<<10)},
		"code without end":  {200, answer("bpVerifyRequest", strings.Repeat("0", 50))},
		"code of fractions": {200, answer("bpVerifyRequest", "0.0")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			adapter := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			})
			got, err := adapter.Verify(t.Context(), reference, sale())
			want(t, "error", kind(err), "uncertain ")
			want(t, "answer", got, gateway.Answer{})
			want(t, "calls", calls, 1)
		})
	}
}

func TestStartAnswers(t *testing.T) {
	t.Parallel()
	for text, wanted := range map[string]string{
		"0," + refID: "", "0, " + refID: "", "0," + refID + "\n": "",
		"41": "refused 41", "421": "misconfigured 421", "34": "uncertain 34", "7777": "uncertain 7777",
		"0": "uncertain 0", "0,": "uncertain 0", "0,a b": "uncertain 0", "0,a,b": "uncertain 0", "0," + strings.Repeat("A", 65): "uncertain 0",
		"": "uncertain ", "," + refID: "uncertain ", "43," + refID: "uncertain 43",
	} {
		adapter, _ := provider(t, map[string][]string{"bpPayRequest": {text}})
		session, err := adapter.Start(t.Context(), attempt())
		want(t, text, kind(err), wanted)
		if wanted == "" {
			want(t, text, session.Token+" "+session.PostForm, "123-"+refID+" RefId="+refID)
			want(t, "page", strings.HasSuffix(session.RedirectURL, "/pgwchannel/startpay.mellat"), true)
			if printed := fmt.Sprint(session); strings.Contains(printed, refID) {
				t.Errorf("printed: %s", printed)
			}
		}
	}
}

func TestStartLimits(t *testing.T) {
	t.Parallel()
	third := "IR820540102680020817909002"
	for name, test := range map[string]struct {
		config func(*mellat.Config)
		splits []gateway.Split
		kind   string
	}{
		"unknown account":        {nil, []gateway.Split{{IBAN: own, Amount: 100_000}, {IBAN: third, Amount: 52_000}}, "invalid splits[1].iban"},
		"one unknown account":    {nil, []gateway.Split{{IBAN: third, Amount: 152_000}}, "invalid splits[0].iban"},
		"plain terminal":         {func(c *mellat.Config) { c.SubServices = nil }, []gateway.Split{{IBAN: own, Amount: 100_000}, {IBAN: other, Amount: 52_000}}, "invalid splits"},
		"plain terminal, theirs": {func(c *mellat.Config) { c.SubServices = nil }, []gateway.Split{{IBAN: other, Amount: 152_000}}, "invalid splits[0].iban"},
		"plain terminal, ours":   {func(c *mellat.Config) { c.SubServices = nil }, []gateway.Split{{IBAN: own, Amount: 152_000}}, "uncertain "},
		"short deposit id":       {nil, []gateway.Split{{IBAN: own, Amount: 152_000, DepositID: "1"}}, "invalid splits[0].deposit_id"},
	} {
		c := config()
		calls := 0
		c.Client = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			calls++
			return nil, errors.New("nobody there")
		})}
		if test.config != nil {
			test.config(&c)
		}
		adapter, err := mellat.New(c)
		want(t, "error", err, nil)
		request := attempt()
		request.Splits = test.splits
		_, err = adapter.Start(t.Context(), request)
		want(t, name, kind(err), test.kind)
		want(t, name+": calls", calls, map[bool]int{true: 0, false: 1}[strings.HasPrefix(test.kind, "invalid")])
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	adapter, err := mellat.New(config())
	want(t, "error", err, nil)
	want(t, "name", adapter.Provider()+" "+adapter.Terminal(), "mellat 2468013")
	for name, change := range map[string]func(*mellat.Config){
		"no base":         func(c *mellat.Config) { c.BaseURL = "" },
		"no terminal":     func(c *mellat.Config) { c.TerminalID = 0 },
		"no user":         func(c *mellat.Config) { c.UserName = "" },
		"no password":     func(c *mellat.Config) { c.Password = "" },
		"no account":      func(c *mellat.Config) { c.Account = "" },
		"no clock":        func(c *mellat.Config) { c.Now = nil },
		"strange service": func(c *mellat.Config) { c.SubServices = map[string]int64{"x": 1} },
		"service zero":    func(c *mellat.Config) { c.SubServices = map[string]int64{own: 0} },
	} {
		changed := config()
		change(&changed)
		if _, err := mellat.New(changed); err == nil || strings.Contains(err.Error(), "p<&>w") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if printed := fmt.Sprintf("%v %+v %#v", config(), config(), config()); strings.Contains(printed, "p<&>w") || strings.Contains(printed, `"user"`) {
		t.Errorf("printed: %s", printed)
	}
}

func TestReturns(t *testing.T) {
	t.Parallel()
	const paid = "RefId=" + refID + "&ResCode=0&SaleOrderId=123&SaleReferenceId=" + reference + "&CardHolderPan=603799******0014&FinalAmount=1"
	for form, wanted := range map[string]gateway.Callback{
		paid: {Token: "123-" + refID, Reference: reference},
		strings.Replace(paid, "ResCode=0", "ResCode=17", 1):           {Token: "123-" + refID},
		strings.Replace(paid, reference, "", 1):                       {},
		strings.Replace(paid, reference, "0187", 1):                   {},
		strings.Replace(paid, "ResCode=0", "ResCode=OK", 1):           {},
		strings.Replace(paid, "SaleOrderId=123", "SaleOrderId=", 1):   {},
		strings.Replace(paid, "SaleOrderId=123", "SaleOrderId=-1", 1): {},
		strings.Replace(paid, refID, "a-b", 1):                        {},
		paid + "&RefId=other":                                         {},
		paid + "&SaleReferenceId=1":                                   {},
		"":                                                            {},
	} {
		values, err := url.ParseQuery(form)
		want(t, "form", err, nil)
		got, err := mellat.Returned(values)
		want(t, form, got, wanted)
		want(t, form+": error", errors.Is(err, gateway.ErrCallback), wanted == gateway.Callback{})
	}
	values, err := url.ParseQuery(strings.Replace(paid, "SaleOrderId=123", "SaleOrderId=124", 1))
	want(t, "form", err, nil)
	other, err := mellat.Returned(values)
	want(t, "error", err, nil)
	want(t, "a RefId with another order finds no session of ours", other.Token == sale().Token, false)
}

func TestWithoutAReferenceNobodyIsAsked(t *testing.T) {
	t.Parallel()
	adapter, all := provider(t, nil)
	got, err := adapter.Inquire(t.Context(), "", sale())
	want(t, "error", err, nil)
	want(t, "answer", got, gateway.Answer{State: gateway.NotFound})
	want(t, "calls", len(*all), 0)
}

// Order ids are positive, of at most 18 digits, and the reference itself where it can be one.
func TestOrderIDs(t *testing.T) {
	t.Parallel()
	for text, wanted := range map[string]int64{"1": 1, "123456789012345678": 123456789012345678} {
		want(t, text, mellat.OrderID(text), wanted)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9a-f]{32}|[0-9]{1,20}|0[0-9]{3}`).Draw(t, "reference")
		order := mellat.OrderID(text)
		if order < 1 || order > 999_999_999_999_999_999 || order != mellat.OrderID(text) || order == mellat.OrderID(text+"x") {
			t.Fatalf("%s gives %d", text, order)
		}
	})
}

// FuzzAnswers: whatever comes, nothing but two zeros claims.
func FuzzAnswers(f *testing.F) {
	f.Add(200, answer("bpVerifyRequest", "0"))
	f.Add(200, answer("bpVerifyRequest", "43"))
	f.Add(500, "<a/>")
	f.Fuzz(func(t *testing.T, status int, body string) {
		c := config()
		c.Client = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})}
		adapter, err := mellat.New(c)
		if err != nil {
			t.Fatal(err)
		}
		// One body cannot be the answer of two operations, so no claim can come to its end.
		got, err := adapter.Verify(t.Context(), reference, sale())
		if got.State == gateway.Verified || got.State == gateway.Repeated {
			t.Fatalf("HTTP %d %q claims", status, body)
		}
		if err != nil && kind(err) == err.Error() {
			t.Fatalf("error %T", err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
