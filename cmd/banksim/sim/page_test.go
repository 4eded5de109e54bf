package sim_test

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/sep"
	"mofasa/cmd/banksim/sim"
)

func TestPageShowsTheSale(t *testing.T) {
	t.Parallel()
	clock := func() time.Time { return time.Date(2026, 11, 20, 6, 45, 0, 0, time.UTC) }
	b := newBank(t, sim.Options{PublicURL: "https://bank.example.ir/sim/", Clock: clock})
	session, err := b.adapter(t, terminal).Start(t.Context(), gateway.StartRequest{
		MerchantReference: "14050829-000124", Amount: 3_720_000, CallbackURL: "https://pay.example.ir/cb",
		Splits: []gateway.Split{
			{IBAN: "IR430610000000700800900100", Amount: 3_500_000},
			{IBAN: "IR080170000000100200300400", Amount: 220_000},
		},
	})
	want(t, "error", err, nil)
	status, page := get(t, session.RedirectURL)
	want(t, "HTTP status", status, http.StatusOK)
	wantText(t, page, `lang="fa" dir="rtl"`, "درگاه آزمایشی", "۳٬۷۲۰٬۰۰۰", "۳۷۲٬۰۰۰ تومان", "۱۳۵۷۹۲۴۶", "14050829-000124", "pay.example.ir",
		"IR43 0610 0000 0070 0800 9001 00", "۳٬۵۰۰٬۰۰۰", "IR08 0170 0000 0010 0200 3004 00", "۲۲۰٬۰۰۰", "۱۰:۳۵",
		`action="https://bank.example.ir/sim/OnlinePG/Decision"`, "پرداخت</button>", "انصراف</button>")
	if strings.ContainsAny(page, "يك") {
		t.Fatal("the page holds Arabic letters in place of Persian ones")
	}
}

// Nothing that a merchant sends is markup on the page, and nothing of the page is kept or referred to.
func TestPageIsSafe(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	_, text := b.post(t, "/onlinepg/onlinepg", `{"action":"token","TerminalId":"1","Amount":100,"ResNum":"<script>x</script>","RedirectUrl":"https://m.ir"}`)
	wantText(t, text, `"status":1`)
	response, err := browser().Get(b.url + "/OnlinePG/SendToken?token=" + b.transactions(t)[0].Token)
	want(t, "error", err, nil)
	page := body(t, response)
	wantText(t, page, "&lt;script&gt;")
	want(t, "script on the page", strings.Contains(page, "<script>x"), false)
	want(t, "Cache-Control", response.Header.Get("Cache-Control"), "no-store")
	want(t, "Referrer-Policy", response.Header.Get("Referrer-Policy"), "no-referrer")
}

func TestPageByForm(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	session := b.start(t, b.adapter(t, terminal), "https://m.ir/cb")
	response, err := browser().PostForm(b.url+"/OnlinePG/OnlinePG", url.Values{"Token": {session.Token}, "GetMethod": {"false"}})
	want(t, "error", err, nil)
	want(t, "HTTP status", response.StatusCode, http.StatusOK)
	wantText(t, body(t, response), "۳٬۷۲۰٬۰۰۰")
	want(t, "state", b.state(t), sim.StateInProgress)
}

func TestPagesWithoutADecision(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	g := b.adapter(t, terminal)
	status, page := get(t, b.url+"/OnlinePG/SendToken?token=unknown")
	want(t, "unknown token", status, http.StatusNotFound)
	wantText(t, page, "نشست پرداخت یافت نشد")
	status, _ = get(t, b.url+"/OnlinePG/SendToken")
	want(t, "no token", status, http.StatusNotFound)
	used := b.start(t, g, "https://m.ir/cb")
	reference := b.Pay(t, used)
	status, page = get(t, used.RedirectURL)
	want(t, "used token", status, http.StatusConflict)
	wantText(t, html.UnescapeString(page), "https://m.ir/cb?RefNum="+url.QueryEscape(reference)+"&Token="+used.Token)
	old := b.start(t, g, "https://m.ir/cb")
	want(t, "no such decision", b.decide(t, old.Token, "steal").StatusCode, http.StatusBadRequest)
	b.Advance(t, 21*time.Minute)
	status, page = get(t, old.RedirectURL)
	want(t, "expired token", status, http.StatusGone)
	wantText(t, html.UnescapeString(page), "https://m.ir/cb?RefNum=&Token="+old.Token)
	want(t, "pay an expired session", b.decide(t, old.Token, "pay").Header.Get("Location"), "https://m.ir/cb?RefNum=&Token="+old.Token)
}

func TestPayWithoutCallback(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	b.admin(t, "/_sim/scenario", `{"name":"pay_without_callback"}`)
	g := b.adapter(t, terminal)
	session := b.start(t, g, "https://m.ir/cb")
	response := b.decide(t, session.Token, "pay")
	want(t, "HTTP status", response.StatusCode, http.StatusOK)
	want(t, "Location", response.Header.Get("Location"), "")
	answer, err := g.Inquire(t.Context(), "", gateway.Sale{Token: session.Token}) // the sweeper's way
	want(t, "error", err, nil)
	want(t, "state", answer.State, gateway.Paid)
	answer, err = g.Verify(t.Context(), answer.Reference, gateway.Sale{})
	want(t, "error", err, nil)
	want(t, "state", answer.State, gateway.Verified)
}

func TestCallbackTwice(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	queries := make(chan string, 2)
	merchant := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		queries <- r.URL.RawQuery
	}))
	t.Cleanup(merchant.Close)
	b := newBank(t, sim.Options{})
	b.admin(t, "/_sim/scenario", `{"name":"callback_twice"}`)
	session := b.start(t, b.adapter(t, terminal), merchant.URL+"/cb")
	location := b.decide(t, session.Token, "pay").Header.Get("Location")
	if status, _ := get(t, location); status != http.StatusOK {
		t.Fatalf("callback: HTTP %d", status)
	}
	want(t, "the callbacks are one", <-queries, <-queries)
	want(t, "callbacks", calls.Load(), 2)
}

func TestLegacyCallback(t *testing.T) {
	t.Parallel()
	for decision, state := range map[string]string{"pay": "OK", "cancel": "CanceledByUser"} {
		t.Run(decision, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, sim.Options{})
			b.admin(t, "/_sim/scenario", `{"name":"callback_legacy"}`)
			session := b.start(t, b.adapter(t, terminal), "https://m.ir/cb?order=7")
			page := body(t, b.decide(t, session.Token, decision))
			wantText(t, page, `method="post" action="https://m.ir/cb?order=7"`)
			callback, err := sep.ParseCallback(submitted(page).Encode())
			want(t, "error", err, nil)
			want(t, "callback", callback, sep.Callback{
				Version: 3, Token: session.Token, RefNum: b.transactions(t)[0].RefNum, ResNum: "14050829-000123",
				State: state, Status: map[string]string{"OK": "2", "CanceledByUser": "1"}[state],
			})
			want(t, "abandoned", (callback.RefNum == ""), decision == "cancel")
		})
	}
}

// submitted is what a browser would send for the hidden fields of a page.
func submitted(page string) url.Values {
	values := url.Values{}
	for _, field := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		values.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	return values
}

func TestLegacyCallbackByGet(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	b.admin(t, "/_sim/scenario", `{"name":"callback_legacy"}`)
	_, text := b.post(t, "/onlinepg/onlinepg", `{"action":"token","TerminalId":"1","Amount":9,"ResNum":"7","RedirectUrl":"https://m.ir","GetMethod":true}`)
	wantText(t, text, `"status":1`)
	location := b.decide(t, b.transactions(t)[0].Token, "pay").Header.Get("Location")
	wantText(t, location, "State=OK", "Status=2", "ResNum=7", "SecurePan=603799")
}

// The provider may send the + of a RefNum as it is; the sale is found and verified all the same.
func TestRawReference(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	b.admin(t, "/_sim/scenario", `{"name":"raw_reference"}`)
	g := b.adapter(t, terminal)
	session := b.start(t, g, "https://m.ir/cb?a=1#top")
	location := b.decide(t, session.Token, "pay").Header.Get("Location")
	reference := b.transactions(t)[0].RefNum
	wantText(t, location, "https://m.ir/cb?a=1&RefNum=+", "/a+b=&Token=", "#top")
	parsed, err := url.Parse(location)
	want(t, "error", err, nil)
	callback, err := sep.ParseCallback(parsed.RawQuery)
	want(t, "error", err, nil)
	want(t, "RefNum", callback.RefNum, reference)
	decoded, err := sep.ReadCallback(parsed.Query())
	want(t, "error", err, nil)
	want(t, "RefNum of a decoded query", decoded.RefNum, reference)
	answer, err := g.Verify(t.Context(), callback.RefNum, gateway.Sale{})
	want(t, "error", err, nil)
	want(t, "state", answer.State, gateway.Verified)
}

func TestPathsInAnyCase(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	for _, path := range []string{verifyPath, strings.ToLower(verifyPath), strings.ToUpper(verifyPath)} {
		status, text := b.post(t, path, `{"refnum":"x","TERMINALNUMBER":"1"}`)
		want(t, path, status, http.StatusOK)
		wantText(t, text, `"ResultCode":-2`)
	}
	response, err := browser().Get(b.url + verifyPath)
	want(t, "error", err, nil)
	want(t, "GET", response.StatusCode, http.StatusMethodNotAllowed)
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}
