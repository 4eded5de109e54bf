package zarinpal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/zarinpal"
)

const (
	merchant  = "1c9a7d3e-0000-4000-8000-5a5a5a5a5a5a"
	authority = "A0000000000000000000000000000abc1234"
	own       = "IR430610000000700800900100"
	other     = "IR080170000000100200300400"
)

func config() zarinpal.Config {
	return zarinpal.Config{BaseURL: zarinpal.BaseURL, TerminalID: "tehran-1", MerchantID: merchant, OwnAccount: own, Description: "duty 1405"}
}

func attempt() gateway.StartRequest {
	return gateway.StartRequest{MerchantReference: "14050829-000123", Amount: 3_720_000, CallbackURL: "https://pay.example.ir/cb/zarinpal?a=1&b=<2>"}
}

func sale() gateway.Sale {
	return gateway.Sale{Token: authority, MerchantReference: "14050829-000123", Amount: 3_720_000}
}

// seen are the requests that reached the provider, as "path body".
type seen []string

// provider answers the calls one after the other, the last one for ever.
func provider(t *testing.T, status int, bodies ...string) (*zarinpal.Adapter, *seen) {
	t.Helper()
	all := &seen{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Accept") != "application/json" {
			t.Errorf("%s %v %v", r.Method, r.Header, err)
		}
		*all = append(*all, r.URL.RequestURI()+" "+string(raw))
		w.WriteHeader(status)
		io.WriteString(w, bodies[min(len(*all), len(bodies))-1])
	}))
	t.Cleanup(server.Close)
	c := config()
	c.BaseURL, c.Timeout = server.URL, 5*time.Second
	adapter, err := zarinpal.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return adapter, all
}

// kind names the typed error, and its code or field.
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

// The bytes on the wire, in the documentation's spelling.
func TestGoldenRequests(t *testing.T) {
	t.Parallel()
	split := attempt()
	split.PayerMobile = "09121234567"
	split.Splits = []gateway.Split{{IBAN: own, Amount: 3_500_000}, {IBAN: other, Amount: 220_000}}
	const head = `{"merchant_id":"` + merchant + `","amount":3720000,"currency":"IRR","callback_url":"https://pay.example.ir/cb/zarinpal?a=1&b=<2>","description":"duty 1405",`
	tests := map[string]struct {
		call func(context.Context, *zarinpal.Adapter)
		want string
	}{
		"request": {func(ctx context.Context, a *zarinpal.Adapter) { a.Start(ctx, attempt()) },
			"/pg/v4/payment/request.json " + head + `"metadata":{"order_id":"14050829-000123","auto_verify":false}}`},
		"shares": {func(ctx context.Context, a *zarinpal.Adapter) { a.Start(ctx, split) },
			"/pg/v4/payment/request.json " + head + `"metadata":{"mobile":"09121234567","order_id":"14050829-000123","auto_verify":false},` +
				`"wages":[{"iban":"` + other + `","amount":220000,"description":"duty 1405"}]}`},
		"inquiry": {func(ctx context.Context, a *zarinpal.Adapter) { a.Inquire(ctx, "", sale()) },
			`/pg/v4/payment/inquiry.json {"merchant_id":"` + merchant + `","authority":"` + authority + `"}`},
		"verify": {func(ctx context.Context, a *zarinpal.Adapter) { a.Verify(ctx, authority, sale()) },
			`/pg/v4/payment/verify.json {"merchant_id":"` + merchant + `","amount":3720000,"authority":"` + authority + `"}`},
		"reverse": {func(ctx context.Context, a *zarinpal.Adapter) { a.Reverse(ctx, authority, sale()) },
			`/pg/v4/payment/reverse.json {"merchant_id":"` + merchant + `","authority":"` + authority + `"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, all := provider(t, 200, "{}")
			test.call(t.Context(), adapter)
			want(t, "requests", strings.Join(*all, "\n"), test.want)
		})
	}
}

func failed(code any) string {
	return fmt.Sprintf(`{"data":[],"errors":{"code":%v,"message":"m","validations":[]}}`, code)
}

func TestStartAnswers(t *testing.T) {
	t.Parallel()
	sample := `{"data":{"code":100,"message":"Success","authority":"` + authority + `","fee_type":"Merchant","fee":5000},"errors":[]}`
	for name, test := range map[string]struct {
		status     int
		body, kind string
	}{
		"sample":             {200, sample, ""},
		"code as text":       {200, strings.Replace(sample, "100", `"100"`, 1), ""},
		"no errors key":      {200, strings.Replace(sample, `,"errors":[]`, "", 1), ""},
		"byte order mark":    {200, "\ufeff" + sample, ""},
		"validation":         {422, failed(-9), "refused -9"},
		"by HTTP 200":        {200, failed(-9), "refused -9"},
		"by HTTP 401":        {401, failed(-10), "misconfigured -10"},
		"code of error text": {422, failed(`"-11"`), "misconfigured -11"},
		"list of errors":     {422, `{"data":{},"errors":[{"code":-34}]}`, "refused -34"},
		"unlisted":           {422, failed(-77), "uncertain -77"},
		"long code":          {422, failed(`"no such thing"`), "uncertain "},
		"no authority":       {200, strings.Replace(sample, authority, "", 1), "uncertain 100"},
		"strange authority":  {200, strings.Replace(sample, authority, "A/../x", 1), "uncertain 100"},
		"success by 422":     {422, sample, "uncertain "},
		"success by 500":     {500, sample, "uncertain "},
		"both":               {200, strings.Replace(sample, `"errors":[]`, `"errors":{"code":-9}`, 1), "uncertain "},
		"success as error":   {200, failed(100), "uncertain "},
		"verify's success":   {200, strings.Replace(sample, "100", "101", 1), "uncertain 101"},
		"nothing":            {200, `{}`, "uncertain "},
		"page":               {200, `<html>`, "uncertain "},
		"empty":              {200, ``, "uncertain "},
		"redirect":           {302, sample, "uncertain "},
		"padded":             {200, sample + strings.Repeat(" ", 64<<10), "uncertain "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, all := provider(t, test.status, test.body)
			session, err := adapter.Start(t.Context(), attempt())
			want(t, "error", kind(err), test.kind)
			want(t, "calls", len(*all), 1)
			if test.kind == "" {
				want(t, "token", session.Token, authority)
				want(t, "page", strings.HasSuffix(session.RedirectURL, "/pg/StartPay/"+authority), true)
			} else {
				want(t, "session", session, gateway.Session{})
			}
		})
	}
}

func verified(code int) string {
	return fmt.Sprintf(`{"data":{"code":%d,"message":"Verified","card_hash":"AB","card_pan":"603799******0014","ref_id":201,"fee_type":"Merchant","fee":0},"errors":[]}`, code)
}

func status(name, more string) string {
	return `{"data":{"code":100,"message":"Success","status":"` + name + `"` + more + `},"errors":[]}`
}

func TestConfirmations(t *testing.T) {
	t.Parallel()
	verify := func(ctx context.Context, a *zarinpal.Adapter) (gateway.Answer, error) {
		return a.Verify(ctx, authority, sale())
	}
	inquire := func(ctx context.Context, a *zarinpal.Adapter) (gateway.Answer, error) {
		return a.Inquire(ctx, "", sale())
	}
	reverse := func(ctx context.Context, a *zarinpal.Adapter) (gateway.Answer, error) {
		return a.Reverse(ctx, authority, sale())
	}
	for name, test := range map[string]struct {
		call   func(context.Context, *zarinpal.Adapter) (gateway.Answer, error)
		bodies []string
		state  gateway.State
		amount money.Rial
		kind   string
	}{
		"verified":                   {verify, []string{verified(100)}, gateway.Verified, 3_720_000, ""},
		"verified again":             {verify, []string{verified(101)}, gateway.Repeated, 3_720_000, ""},
		"ref_id as text":             {verify, []string{strings.Replace(verified(100), "201", `"201"`, 1)}, gateway.Verified, 3_720_000, ""},
		"no ref_id":                  {verify, []string{strings.Replace(verified(100), `"ref_id":201,`, "", 1)}, "", 0, "uncertain 100"},
		"amount differs":             {verify, []string{failed(-50)}, "", 0, "refused -50"},
		"unpaid, failed":             {verify, []string{failed(-51), status("FAILED", "")}, gateway.Failed, 0, ""},
		"unpaid, in the bank":        {verify, []string{failed(-51), status("IN_BANK", "")}, gateway.Pending, 0, ""},
		"unpaid, reversed":           {verify, []string{failed(-51), status("REVERSED", "")}, gateway.Reversed, 3_720_000, ""},
		"unpaid, yet paid":           {verify, []string{failed(-51), status("PAID", "")}, "", 0, "uncertain -51"},
		"unpaid, no status":          {verify, []string{failed(-51), "x"}, "", 0, "uncertain "},
		"unpaid, unknown":            {verify, []string{failed(-51), failed(-54)}, gateway.NotFound, 0, ""},
		"told amount":                {inquire, []string{status("PAID", `,"amount":"3720000","ref_id":201`)}, gateway.Paid, 3_720_000, ""},
		"told another":               {inquire, []string{status("PAID", `,"amount":3719999`)}, gateway.Paid, 3_719_999, ""},
		"told in floats":             {inquire, []string{status("PAID", `,"amount":3.72e6`)}, "", 0, "uncertain 100"},
		"strange status":             {inquire, []string{status("MAYBE", "")}, "", 0, "uncertain 100"},
		"no status":                  {inquire, []string{`{"data":{"code":100},"errors":[]}`}, "", 0, "uncertain 100"},
		"reversed":                   {reverse, []string{`{"data":{"code":100,"message":"Reversed"},"errors":[]}`}, gateway.Reversed, 3_720_000, ""},
		"reversed before":            {reverse, []string{failed(-61), status("REVERSED", "")}, gateway.Reversed, 3_720_000, ""},
		"not reversed":               {reverse, []string{failed(-61), status("VERIFIED", "")}, "", 0, "refused -61"},
		"not reversed, nothing told": {reverse, []string{failed(-61), ""}, "", 0, "uncertain "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, all := provider(t, 200, test.bodies...)
			answer, err := test.call(t.Context(), adapter)
			want(t, "error", kind(err), test.kind)
			want(t, "state", answer.State, test.state)
			want(t, "amount", answer.Amount, test.amount)
			want(t, "calls", len(*all), len(test.bodies))
			matches := answer.Matches(authority, "tehran-1", sale()) == nil
			want(t, "believed", matches, test.amount == 3_720_000)
		})
	}
}

func TestWholeCardNumbersAreMasked(t *testing.T) {
	t.Parallel()
	adapter, _ := provider(t, 200, strings.Replace(verified(100), "603799******0014", "6037991122330014", 1))
	answer, err := adapter.Verify(t.Context(), authority, sale())
	want(t, "error", err, nil)
	want(t, "card", answer.MaskedPAN, "603799******0014")
	want(t, "trace", answer.TraceNo, "201")
}

func TestStartLimits(t *testing.T) {
	t.Parallel()
	adapter, all := provider(t, 200, "{}")
	rows := func(amounts ...money.Rial) func(*gateway.StartRequest) {
		return func(r *gateway.StartRequest) {
			r.Amount, r.Splits = 0, nil
			for i, amount := range amounts {
				r.Amount += amount
				r.Splits = append(r.Splits, gateway.Split{IBAN: map[bool]string{true: own, false: other}[i == 0], Amount: amount})
			}
		}
	}
	for name, test := range map[string]struct {
		change func(*gateway.StartRequest)
		kind   string
	}{
		"smallest":               {func(r *gateway.StartRequest) { r.Amount = 1_000 }, "uncertain "},
		"too small":              {func(r *gateway.StartRequest) { r.Amount = 999 }, "invalid amount"},
		"largest":                {func(r *gateway.StartRequest) { r.Amount = 1_000_000_000 }, "uncertain "},
		"too large":              {func(r *gateway.StartRequest) { r.Amount = 1_000_000_001 }, "invalid amount"},
		"one percent stays":      {rows(10_000, 990_000), "uncertain "},
		"a rial less stays":      {rows(9_999, 990_001), "invalid splits"},
		"nothing stays":          {func(r *gateway.StartRequest) { r.Splits = []gateway.Split{{IBAN: other, Amount: r.Amount}} }, "invalid splits"},
		"all stays":              {func(r *gateway.StartRequest) { r.Splits = []gateway.Split{{IBAN: own, Amount: r.Amount}} }, "uncertain "},
		"smallest share":         {rows(100_000, 10_000), "uncertain "},
		"share too small":        {rows(100_000, 9_999), "invalid splits[1].amount"},
		"own share may be small": {rows(5_000, 200_000), "uncertain "},
		"five shares":            {rows(60_000, 10_000, 10_000, 10_000, 10_000, 10_000), "uncertain "},
		"six shares":             {rows(60_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000), "invalid splits"},
		"deposit id": {func(r *gateway.StartRequest) {
			rows(60_000, 10_000)(r)
			r.Splits[1].DepositID = strings.Repeat("1", 30)
		}, "invalid splits[1].deposit_id"},
		"mobile": {func(r *gateway.StartRequest) { r.PayerMobile = "9121234567" }, "invalid payer_mobile"},
	} {
		before := len(*all)
		request := attempt()
		test.change(&request)
		_, err := adapter.Start(t.Context(), request)
		want(t, name, kind(err), test.kind)
		want(t, name+": calls", len(*all)-before, map[bool]int{true: 0, false: 1}[strings.HasPrefix(test.kind, "invalid")])
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	adapter, err := zarinpal.New(config())
	want(t, "error", err, nil)
	want(t, "name", adapter.Provider()+" "+adapter.Terminal(), "zarinpal tehran-1")
	for name, change := range map[string]func(*zarinpal.Config){
		"no base":           func(c *zarinpal.Config) { c.BaseURL = "" },
		"base with query":   func(c *zarinpal.Config) { c.BaseURL += "?x" },
		"no merchant":       func(c *zarinpal.Config) { c.MerchantID = "" },
		"short merchant":    func(c *zarinpal.Config) { c.MerchantID = gateway.Secret(string(merchant)[1:]) },
		"secret terminal":   func(c *zarinpal.Config) { c.TerminalID = merchant },
		"no terminal":       func(c *zarinpal.Config) { c.TerminalID = "" },
		"no account":        func(c *zarinpal.Config) { c.OwnAccount = "" },
		"lower-case IBAN":   func(c *zarinpal.Config) { c.OwnAccount = strings.ToLower(own) },
		"endless words":     func(c *zarinpal.Config) { c.Description = strings.Repeat("و", 501) },
		"page without host": func(c *zarinpal.Config) { c.PageURL = "/pay" },
	} {
		changed := config()
		change(&changed)
		if _, err := zarinpal.New(changed); err == nil || strings.Contains(err.Error(), merchant) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheMerchantIsNeverPrinted(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(map[string]any{"id": config().MerchantID})
	want(t, "error", err, nil)
	printed := fmt.Sprintf("%v %+v %#v %s %s", config(), config(), config(), config().MerchantID, encoded)
	adapter, _ := provider(t, 200, `{"data":{"code":"`+merchant+`"},"errors":{"code":"`+merchant+`"}}`)
	_, err = adapter.Verify(t.Context(), authority, sale())
	if printed += err.Error(); strings.Contains(printed, merchant) || strings.Contains(err.Error(), authority) {
		t.Errorf("printed: %s", printed)
	}
}

func TestReturns(t *testing.T) {
	t.Parallel()
	for query, wanted := range map[string]gateway.Callback{
		"Authority=" + authority + "&Status=OK":                                   {Token: authority, Reference: authority},
		"Authority=" + authority + "&Status=NOK":                                  {Token: authority},
		"Authority=" + authority + "&Status=OK&x=1":                               {Token: authority, Reference: authority},
		"Authority=" + authority + "&Status=":                                     {},
		"Authority=" + authority + "&Status=ok":                                   {},
		"Authority=" + authority:                                                  {},
		"Status=OK":                                                               {},
		"Authority=x&Status=OK":                                                   {},
		"Authority=" + authority + "&Status=OK&Status=":                           {},
		"Authority=" + authority + "&Authority=" + authority[:35] + "5&Status=OK": {},
	} {
		values, err := url.ParseQuery(query)
		want(t, "query", err, nil)
		got, err := zarinpal.Returned(values)
		want(t, query, got, wanted)
		want(t, query+": error", errors.Is(err, gateway.ErrCallback), wanted == gateway.Callback{})
	}
}

// FuzzAnswers: whatever comes, nothing but a documented success with a ref_id is Verified, and errors stay short.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{verified(100), verified(101), failed(-51), status("PAID", ""), `{"data":[{"code":100}],"errors":null}`, `[]`, `{"data":{"code":1e2}}`} {
		f.Add(200, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		transport := roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
		c := config()
		c.Client = &http.Client{Transport: transport}
		adapter, err := zarinpal.New(c)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := adapter.Verify(t.Context(), authority, sale())
		if err != nil && kind(err) == err.Error() {
			t.Fatalf("error %T", err)
		}
		if answer.State == gateway.Verified && (status/100 != 2 || !strings.Contains(body, "100") || answer.TraceNo == "") {
			t.Fatalf("HTTP %d %q verifies", status, body)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
