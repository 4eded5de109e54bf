package sim_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
	"mofasa/cmd/banksim/sim"
)

const soapHead = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:i="http://interfaces.core.sw.bps.com/"><e:Header/><e:Body><i:`

// soap makes a call with parameters written "name=value", after the credentials, and gives what it returned, or "fault".
func (b *bank) soap(t testing.TB, operation string, parameters ...string) string {
	t.Helper()
	text := soapHead + operation + ">"
	for _, p := range append([]string{"terminalId=2468013", "userName=u", "userPassword=p"}, parameters...) {
		name, value, _ := strings.Cut(p, "=")
		text += "<" + name + ">" + value + "</" + name + ">"
	}
	return b.envelope(t, text+"</i:"+operation+"></e:Body></e:Envelope>", `""`)
}

func (b *bank) envelope(t testing.TB, text, action string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/pgwchannel/services/pgw", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "text/xml")
	if action != "" {
		request.Header.Set("SOAPAction", action)
	}
	response, err := browser().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer := body(t, response)
	if response.StatusCode == http.StatusInternalServerError && strings.Contains(answer, "soapenv:Fault") {
		return "fault"
	}
	found := regexp.MustCompile(`<return>(.*)</return>`).FindStringSubmatch(answer)
	if found == nil {
		t.Fatalf("HTTP %d %s", response.StatusCode, answer)
	}
	return found[1]
}

func payParameters(order string) []string {
	return []string{"orderId=" + order, "amount=152000", "localDate=20261120", "localTime=090407", "additionalData=x", "callBackUrl=https://m.ir/cb", "payerId=0"}
}

// change replaces one parameter, or drops it where the value is "-".
func change(parameters []string, name, value string) []string {
	var changed []string
	for _, p := range parameters {
		if !strings.HasPrefix(p, name+"=") {
			changed = append(changed, p)
		} else if value != "-" {
			changed = append(changed, name+"="+value)
		}
	}
	return changed
}

func TestMellatPayRequests(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{Terminals: []string{"2468013"}})
	pay := payParameters("1")
	for name, test := range map[string]struct {
		parameters []string
		want       string
	}{
		"no amount":          {change(pay, "amount", "0"), "25"},
		"amount in words":    {change(pay, "amount", "1e5"), "25"},
		"order zero":         {change(pay, "orderId", "0"), "32"},
		"day 32":             {change(pay, "localDate", "20261132"), "35"},
		"hour without zero":  {change(pay, "localTime", "90407"), "35"},
		"endless additional": {change(pay, "additionalData", strings.Repeat("x", 1001)), "32"},
		"callback address":   {change(pay, "callBackUrl", "https://10.1.2.3/cb"), "62"},
		"relative callback":  {change(pay, "callBackUrl", "/cb"), "62"},
		"no payer":           {change(pay, "payerId", ""), "417"},
		"payer missing":      {change(pay, "payerId", "-"), "fault"},
		"out of order":       {append(pay[1:2:2], append(pay[:1:1], pay[2:]...)...), "fault"},
		"unlisted":           {append(pay[:len(pay):len(pay)], "more=1"), "fault"},
		"local mobile":       {append(pay[:len(pay):len(pay)], "mobileNo=09121234567"), "32"},
	} {
		want(t, name, b.soap(t, "bpPayRequest", test.parameters...), test.want)
	}
	wantText(t, b.soap(t, "bpPayRequest", append(payParameters("1"), "mobileNo=989121234567")...), "0, ")
	want(t, "order used", b.soap(t, "bpPayRequest", payParameters("1")...), "41")
	want(t, "operation", b.soap(t, "bpSell", pay...), "fault")
	want(t, "no call", b.envelope(t, "<x/>", `""`), "fault")
	want(t, "no SOAPAction", b.envelope(t, soapHead+"bpPayRequest/></e:Body></e:Envelope>", ""), "fault")
	want(t, "qualified", b.envelope(t, soapHead+`bpVerifyRequest><i:terminalId>1</i:terminalId></i:bpVerifyRequest></e:Body></e:Envelope>`, `""`), "fault")
}

func TestMellatSplits(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	row := "88,15200,1;"
	for additional, wanted := range map[string]bool{
		"88,140000,108;74,12000,;": true, strings.Repeat(row, 10): true, strings.Repeat("88,10000,;", 10) + "88,52000,;": false,
		"88,140000,108;74,12000,": false, "88,140000,108;74,12001,;": false, "88,140000,108;74,11999,;": false, "88,152000;": false, "": false,
		"88,-1,;74,152001,;": false, "0,152000,;": false, "88,9223372036854775807,;74,1,;": false,
	} {
		parameters := change(change(payParameters(b.order()), "payerId", "-"), "additionalData", additional)
		answer := b.soap(t, "bpCumulativeDynamicPayRequest", parameters...)
		want(t, additional, strings.HasPrefix(answer, "0, "), wanted)
		if !wanted {
			want(t, additional, answer, "32")
		}
	}
}

// order is a number that this bank has not seen: how many calls it has.
func (b *bank) order() string { return strconv.FormatInt(1000+b.calls.Load(), 10) }

func TestMellatCredentials(t *testing.T) {
	t.Parallel()
	strict := newBank(t, sim.Options{Password: "secret"})
	want(t, "wrong password", strict.soap(t, "bpPayRequest", payParameters("1")...), "24")
	want(t, "wrong password, sale", strict.soap(t, "bpVerifyRequest", "orderId=1", "saleOrderId=1", "saleReferenceId=1"), "24")
	other := newBank(t, sim.Options{Terminals: []string{"1"}})
	want(t, "unknown terminal", other.soap(t, "bpPayRequest", payParameters("1")...), "21")
}

// Every call against every state of a sale.
func TestMellatStates(t *testing.T) {
	t.Parallel()
	const verify, settle, inquire, reverse = "bpVerifyRequest", "bpSettleRequest", "bpInquiryRequest", "bpReversalRequest"
	type step struct {
		wait      time.Duration
		operation string
		code      string
	}
	for name, test := range map[string]struct {
		steps []step
		state sim.State
	}{
		"settled":                {[]step{{0, inquire, "44"}, {0, verify, "0"}, {0, inquire, "0"}, {0, settle, "0"}, {0, inquire, "45"}}, sim.StateSettled},
		"twice":                  {[]step{{0, verify, "0"}, {0, verify, "43"}, {0, settle, "0"}, {0, settle, "45"}, {0, verify, "43"}}, sim.StateSettled},
		"settle before verify":   {[]step{{0, settle, "44"}}, sim.StatePaid},
		"verify at 20 minutes":   {[]step{{20 * time.Minute, verify, "0"}}, sim.StateVerified},
		"verify at 21 minutes":   {[]step{{21 * time.Minute, verify, "48"}, {0, inquire, "48"}, {0, settle, "48"}}, sim.StateAutoReversed},
		"reversed":               {[]step{{0, verify, "0"}, {0, reverse, "0"}, {0, reverse, "48"}, {0, verify, "48"}, {0, settle, "48"}}, sim.StateReversed},
		"reverse after settle":   {[]step{{0, verify, "0"}, {0, settle, "0"}, {0, reverse, "45"}}, sim.StateSettled},
		"reverse before verify":  {[]step{{0, reverse, "44"}}, sim.StatePaid},
		"reverse at three hours": {[]step{{0, verify, "0"}, {3 * time.Hour, reverse, "0"}}, sim.StateReversed},
		"reverse later":          {[]step{{0, verify, "0"}, {3*time.Hour + time.Minute, reverse, "55"}}, sim.StateVerified},
		"settled much later":     {[]step{{0, verify, "0"}, {48 * time.Hour, settle, "0"}}, sim.StateSettled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, sim.Options{Clock: morning})
			_, refID, _ := strings.Cut(b.soap(t, "bpPayRequest", payParameters("5")...), ", ")
			b.Decide(t, gateway.Session{RedirectURL: b.url + "/pgwchannel/startpay.mellat", PostForm: "RefId=" + refID}, true)
			reference := b.transactions(t)[0].RefNum
			want(t, "another reference", b.soap(t, verify, "orderId=5", "saleOrderId=5", "saleReferenceId=1"), "42")
			want(t, "another order", b.soap(t, verify, "orderId=6", "saleOrderId=6", "saleReferenceId="+reference), "42")
			for _, step := range test.steps {
				b.Advance(t, step.wait)
				want(t, step.operation, b.soap(t, step.operation, "orderId=5", "saleOrderId=5", "saleReferenceId="+reference), step.code)
			}
			want(t, "state", b.state(t), test.state)
		})
	}
}

// The day ends before three hours have passed: no reversal after midnight in Tehran.
func TestMellatReversalEndsWithTheDay(t *testing.T) {
	t.Parallel()
	late := func() time.Time { return time.Date(2026, 11, 20, 20, 15, 0, 0, time.UTC) } // 23:45
	b := newBank(t, sim.Options{Clock: late})
	_, refID, _ := strings.Cut(b.soap(t, "bpPayRequest", payParameters("5")...), ", ")
	b.Decide(t, gateway.Session{RedirectURL: b.url + "/pgwchannel/startpay.mellat", PostForm: "RefId=" + refID}, true)
	sold := []string{"orderId=5", "saleOrderId=5", "saleReferenceId=" + b.transactions(t)[0].RefNum}
	want(t, "verify", b.soap(t, "bpVerifyRequest", sold...), "0")
	b.Advance(t, 16*time.Minute)
	want(t, "reverse", b.soap(t, "bpReversalRequest", sold...), "55")
}

// An order id that comes twice at once opens one session.
func TestMellatOrdersRace(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	answers := make(chan string, 8)
	var all sync.WaitGroup
	for range cap(answers) {
		all.Go(func() { answers <- b.soap(t, "bpPayRequest", payParameters("9")...) })
	}
	all.Wait()
	close(answers)
	opened := 0
	for answer := range answers {
		if strings.HasPrefix(answer, "0") {
			opened++
		}
	}
	want(t, "sessions", opened, 1)
}
