package sep_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/sep"
)

const (
	paidReceipt = `{"Data":{"State":"OK","Status":2,"TerminalId":13579246,"Token":"7d1f0c9ab2e44f0aa1c3d4e5f6071829",
 "RefNum":"Qm9+uXa1/Kd0ZtT7eYp3WvLr8sHc","ResNum":"14050829-000123","TraceNo":101542,"Amount":3720000,
 "AffectiveAmount":3720000,"Rrn":432109876512,"HashedCardNumber":"ab"},
 "HasError":false,"ErrorCode":null,"ErrorMessage":null,"ValidationErrors":null}`
	verified = `{"TransactionDetail":{"RRN":"432109876512","RefNum":"Qm9+uXa1/Kd0ZtT7eYp3WvLr8sHc","MaskedPan":"603799****0014",
 "HashedPan":"ab","TerminalNumber":13579246,"OrginalAmount":3720000,"AffectiveAmount":3720000,
 "StraceDate":"2026-11-20 10:15:42","StraceNo":"101542"},"ResultCode":0,"ResultDescription":"ok","Success":true}`
)

func paidAnswer() gateway.Answer {
	return gateway.Answer{
		State: gateway.Paid, Reference: refNum, MerchantReference: "14050829-000123", Terminal: terminal,
		Amount: 3_720_000, Affective: 3_720_000, RRN: "432109876512", TraceNo: "101542", Code: "2",
	}
}

func verifiedAnswer() gateway.Answer {
	return gateway.Answer{
		State: gateway.Verified, Reference: refNum, Terminal: terminal, Amount: 3_720_000, Affective: 3_720_000,
		RRN: "432109876512", TraceNo: "101542", MaskedPAN: "603799****0014", Code: "0",
		PaidAt: time.Date(2026, 11, 20, 6, 45, 42, 0, time.UTC),
	}
}

func TestStartAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		body   string
		kind   string
	}{
		"sample":                  {200, `{"status":1,"token":"` + token + `"}`, ""},
		"status as text":          {200, `{"Status":"1","TOKEN":"` + token + `"}`, ""},
		"spaces and new fields":   {200, `{" status ":1,"to ken":"` + token + `","x":{"y":[1]}}`, ""},
		"byte order mark":         {200, "\ufeff" + `{"status":1,"token":"` + token + `"}`, ""},
		"refused sample":          {200, `{"status":-1,"errorCode":"5","errorDesc":"invalid parameters"}`, "refused 5"},
		"refused, code as number": {200, `{"status":-1,"errorCode":21,"errorDesc":null}`, "refused 21"},
		"refused by HTTP 400":     {400, `{"status":-1,"errorCode":5}`, "refused 5"},
		"address":                 {200, `{"status":-1,"errorCode":"8"}`, "misconfigured 8"},
		"terminal unknown":        {200, `{"status":-1,"errorCode":"12"}`, "misconfigured 12"},
		"terminal disabled":       {200, `{"status":-1,"errorCode":"20"}`, "misconfigured 20"},
		"refused without code":    {200, `{"status":-1}`, "uncertain "},
		"refused with token":      {200, `{"status":-1,"errorCode":"5","token":"` + token + `"}`, "uncertain 5"},
		"no token":                {200, `{"status":1}`, "uncertain "},
		"token null":              {200, `{"status":1,"token":null}`, "uncertain "},
		"token with a space":      {200, `{"status":1,"token":"a b"}`, "uncertain "},
		"endless token":           {200, `{"status":1,"token":"` + strings.Repeat("a", 257) + `"}`, "uncertain "},
		"token under HTTP 404":    {404, `{"status":1,"token":"` + token + `"}`, "uncertain "},
		"unknown status":          {200, `{"status":2,"token":"` + token + `"}`, "uncertain "},
		"two tokens":              {200, `{"status":1,"token":"a","Token":"b"}`, "uncertain "},
		"array":                   {200, `[]`, "uncertain "},
		"null":                    {200, `null`, "uncertain "},
		"empty":                   {200, ``, "uncertain "},
		"page":                    {200, `<html>`, "uncertain "},
		"cut off":                 {200, `{"status":1,"token":"` + token, "uncertain "},
		"two objects":             {200, `{"status":1,"token":"a"}{"status":-1}`, "uncertain "},
		"bad request":             {400, `Bad Request`, "uncertain "},
		"gateway error":           {502, `{"status":-1,"errorCode":"5"}`, "uncertain "},
		"gateway error, token":    {500, `{"status":1,"token":"` + token + `"}`, "uncertain "},
		"redirect":                {302, `{"status":1,"token":"` + token + `"}`, "uncertain "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, _ := provider(t, test.status, test.body)
			session, err := adapter.Start(t.Context(), attempt())
			want(t, "error", kind(err), test.kind)
			if test.kind != "" {
				want(t, "session", session, gateway.Session{})
				return
			}
			want(t, "token", session.Token, token)
		})
	}
}

// edit replaces what must be there, so that no case tests the sample by mistake.
func edit(t *testing.T, sample, old, new string) string {
	t.Helper()
	if !strings.Contains(sample, old) {
		t.Fatalf("%q is not in the sample", old)
	}
	return strings.Replace(sample, old, new, 1)
}

// alter changes a copy of an answer.
func alter(answer gateway.Answer, change func(*gateway.Answer)) gateway.Answer {
	change(&answer)
	return answer
}

func receiptStatus(state string, code any) string {
	return fmt.Sprintf(`{"HasError":false,"Data":{"State":"%s","Status":%v,"TerminalId":13579246,"Token":"%s","RefNum":null,
 "ResNum":null,"TraceNo":0,"Amount":0,"AffectiveAmount":0,"Rrn":null}}`, state, code, token)
}

func receiptFailure(code string) string {
	return `{"Data":null,"HasError":true,"ErrorCode":` + code + `,"ErrorMessage":"x","ValidationErrors":null}`
}

func resultFailure(code string) string {
	return `{"ResultCode":` + code + `,"ResultDescription":"x","Success":false}`
}

// told is an HTTP answer that says something of the sale.
type told struct {
	status int
	body   string
	answer gateway.Answer
}

// untold is one that does not; kind is the error that reports it.
type untold struct {
	status int
	body   string
	kind   string
}

type ask func(context.Context, *sep.Adapter) (gateway.Answer, error)

func inquire(ctx context.Context, a *sep.Adapter) (gateway.Answer, error) {
	return a.Inquire(ctx, "", gateway.Sale{Token: token})
}

func verify(ctx context.Context, a *sep.Adapter) (gateway.Answer, error) {
	return a.Verify(ctx, refNum, gateway.Sale{})
}

func checkTold(t *testing.T, call ask, tests map[string]told) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, _ := provider(t, test.status, test.body)
			answer, err := call(t.Context(), adapter)
			want(t, "error", kind(err), "")
			want(t, "answer", answer, test.answer)
		})
	}
}

func checkUntold(t *testing.T, call ask, tests map[string]untold) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter, _ := provider(t, test.status, test.body)
			answer, err := call(t.Context(), adapter)
			want(t, "error", kind(err), test.kind)
			want(t, "answer", answer, gateway.Answer{})
		})
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	edited := func(old, new string) string { return edit(t, paidReceipt, old, new) }
	only := func(state gateway.State, code string) gateway.Answer {
		return gateway.Answer{State: state, Terminal: terminal, Code: code}
	}
	checkTold(t, inquire, map[string]told{
		"sample":            {200, paidReceipt, paidAnswer()},
		"numbers as text":   {200, edited(`"Amount":3720000`, `"amount":"3720000"`), paidAnswer()},
		"fraction of zeros": {200, edited(`"Amount":3720000`, `"Amount":3720000.00`), paidAnswer()},
		"status as text":    {200, edited(`"Status":2`, `"STATUS":"2"`), paidAnswer()},
		"name alone":        {200, edited(`"Status":2,`, ``), alter(paidAnswer(), func(a *gateway.Answer) { a.Code = "" })},
		"number alone":      {200, edited(`"State":"OK",`, ``), paidAnswer()},
		"name in small":     {200, edited(`"OK"`, `"ok"`), paidAnswer()},
		"flag as text":      {200, edited(`"HasError":false`, `"hasError":"False"`), paidAnswer()},
		"another terminal":  {200, edited(`13579246`, `99`), alter(paidAnswer(), func(a *gateway.Answer) { a.Terminal = "99" })},
		"discount":          {200, edited(`"AffectiveAmount":3720000`, `"AffectiveAmount":1`), alter(paidAnswer(), func(a *gateway.Answer) { a.Affective = 1 })},
		"pending":           {200, receiptStatus("InProgress", 0), only(gateway.Pending, "0")},
		"cancelled":         {200, receiptStatus("CanceledByUser", 1), only(gateway.Cancelled, "1")},
		"cancelled, spaced": {200, receiptStatus("Canceled By User", 1), only(gateway.Cancelled, "1")},
		"failed":            {200, receiptStatus("Failed", 3), only(gateway.Failed, "3")},
		"no decision":       {200, receiptStatus("SessionIsNull", 4), only(gateway.Expired, "4")},
		"token not found":   {200, receiptStatus("TokenNotFound", 10), only(gateway.NotFound, "10")},
		"error 404":         {200, receiptFailure("404"), gateway.Answer{State: gateway.NotFound, Code: "404"}},
		"error 404 by HTTP": {404, receiptFailure("404"), gateway.Answer{State: gateway.NotFound, Code: "404"}},
		"error 404 as text": {200, receiptFailure(`"404"`), gateway.Answer{State: gateway.NotFound, Code: "404"}},
	})
}

func TestReceiptsThatSayNothing(t *testing.T) {
	t.Parallel()
	edited := func(old, new string) string { return edit(t, paidReceipt, old, new) }
	checkUntold(t, inquire, map[string]untold{
		"error 8":               {200, receiptFailure("8"), "misconfigured 8"},
		"error 12":              {403, receiptFailure("12"), "misconfigured 12"},
		"error 20":              {200, receiptFailure("20"), "misconfigured 20"},
		"error 5":               {200, receiptFailure("5"), "uncertain 5"},
		"error null":            {200, receiptFailure("null"), "uncertain "},
		"bare HTTP 404":         {404, "Not Found", "uncertain "},
		"paid by HTTP 404":      {404, paidReceipt, "uncertain "},
		"paid by HTTP 500":      {500, paidReceipt, "uncertain "},
		"another token":         {200, edited(token, "ffff"), "uncertain "},
		"contradiction":         {200, edited(`"Status":2`, `"Status":3`), "uncertain "},
		"unknown status":        {200, receiptStatus("Odd", 77), "uncertain "},
		"no status":             {200, edited(`"State":"OK","Status":2,`, ``), "uncertain "},
		"paid without RefNum":   {200, edited(`"RefNum":"`+refNum+`"`, `"RefNum":null`), "uncertain "},
		"paid without amount":   {200, edited(`"Amount":3720000`, `"Amount":null`), "uncertain "},
		"paid in floats":        {200, edited(`"Amount":3720000`, `"Amount":3.72e6`), "uncertain "},
		"paid with a part":      {200, edited(`"Amount":3720000`, `"Amount":3720000.5`), "uncertain "},
		"paid negative":         {200, edited(`"Amount":3720000`, `"Amount":-3720000`), "uncertain "},
		"paid beyond int64":     {200, edited(`"Amount":3720000`, `"Amount":99999999999999999999`), "uncertain "},
		"two amounts":           {200, edited(`"Amount":3720000`, `"Amount":3720000,"amount":1`), "uncertain "},
		"no HasError":           {200, edited(`"HasError":false,`, ``), "uncertain "},
		"no Data":               {200, `{"HasError":false}`, "uncertain "},
		"Data is text":          {200, `{"HasError":false,"Data":"OK"}`, "uncertain "},
		"reference unprintable": {200, edited(refNum, `a\u0000b`), "uncertain "},
	})
}

func TestVerifications(t *testing.T) {
	t.Parallel()
	edited := func(old, new string) string { return edit(t, verified, old, new) }
	only := func(state gateway.State, code string) gateway.Answer { return gateway.Answer{State: state, Code: code} }
	checkTold(t, verify, map[string]told{
		"sample":               {200, verified, verifiedAnswer()},
		"misprinted key":       {200, edited(`"TransactionDetail"`, `" TransactionDetail"`), verifiedAnswer()},
		"camel case":           {200, edited(`"ResultCode"`, `"resultCode"`), verifiedAnswer()},
		"right spelling":       {200, edited(`OrginalAmount`, `OriginalAmount`), verifiedAnswer()},
		"numbers as text":      {200, edited(`:3720000`, `:"3720000"`), verifiedAnswer()},
		"RRN as number":        {200, edited(`"432109876512"`, `432109876512`), verifiedAnswer()},
		"no Success":           {200, edited(`,"Success":true`, ``), verifiedAnswer()},
		"other amount":         {200, edited(`"OrginalAmount":3720000`, `"OrginalAmount":1`), alter(verifiedAnswer(), func(a *gateway.Answer) { a.Amount = 1 })},
		"other reference":      {200, edited(refNum, `other`), alter(verifiedAnswer(), func(a *gateway.Answer) { a.Reference = "other" })},
		"whole card number":    {200, edited(`603799****0014`, `6037991122330014`), alter(verifiedAnswer(), func(a *gateway.Answer) { a.MaskedPAN = "603799******0014" })},
		"no time":              {200, edited(`2026-11-20 10:15:42`, `yesterday`), alter(verifiedAnswer(), func(a *gateway.Answer) { a.PaidAt = time.Time{} })},
		"repeated":             {200, resultFailure("2"), only(gateway.Repeated, "2")},
		"repeated with detail": {200, edited(`"ResultCode":0`, `"ResultCode":2`), alter(verifiedAnswer(), func(a *gateway.Answer) { a.State, a.Code = gateway.Repeated, "2" })},
		"not found":            {200, resultFailure("-2"), only(gateway.NotFound, "-2")},
		"not found as text":    {200, resultFailure(`"-2"`), only(gateway.NotFound, "-2")},
		"too late":             {200, resultFailure("-6"), only(gateway.Expired, "-6")},
		"reversed":             {200, resultFailure("5"), only(gateway.Reversed, "5")},
	})
}

func TestVerificationsThatSayNothing(t *testing.T) {
	t.Parallel()
	edited := func(old, new string) string { return edit(t, verified, old, new) }
	checkUntold(t, verify, map[string]untold{
		"terminal off":           {200, resultFailure("-104"), "misconfigured -104"},
		"terminal unknown":       {200, resultFailure("-105"), "misconfigured -105"},
		"address":                {403, resultFailure("-106"), "misconfigured -106"},
		"unlisted":               {200, resultFailure("-99"), "uncertain -99"},
		"sentence for a code":    {200, resultFailure(`"no such sale 6037991122330014"`), "uncertain "},
		"no code":                {200, `{"Success":true}`, "uncertain "},
		"contradiction":          {200, edited(`"Success":true`, `"Success":false`), "uncertain 0"},
		"verified by HTTP 400":   {400, verified, "uncertain 0"},
		"verified by HTTP 503":   {503, verified, "uncertain "},
		"not found by HTTP 500":  {500, resultFailure("-2"), "uncertain "},
		"no detail":              {200, `{"ResultCode":0,"Success":true}`, "uncertain 0"},
		"detail null":            {200, `{"ResultCode":0,"TransactionDetail":null}`, "uncertain 0"},
		"no amount":              {200, edited(`"OrginalAmount":3720000,`, ``), "uncertain 0"},
		"amount in floats":       {200, edited(`"OrginalAmount":3720000`, `"OrginalAmount":3.72e6`), "uncertain 0"},
		"no affective amount":    {200, edited(`"AffectiveAmount":3720000,`, ``), "uncertain 0"},
		"no terminal":            {200, edited(`"TerminalNumber":13579246,`, ``), "uncertain 0"},
		"no reference in detail": {200, edited(refNum, ``), "uncertain 0"},
		"two codes":              {200, edited(`"ResultCode":0`, `"ResultCode":0,"resultcode":-2`), "uncertain "},
		"answer too large":       {200, edited(`"ok"`, `"`+strings.Repeat("x", 64<<10)+`"`), "uncertain "},
		"padded":                 {200, verified + strings.Repeat(" ", 64<<10), "uncertain "},
	})
}

func TestReverseAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		state gateway.State
		kind  string
	}{
		"0": {gateway.Reversed, ""}, "2": {gateway.Reversed, ""}, "5": {gateway.Reversed, ""}, "-2": {gateway.NotFound, ""},
		"-6": {"", "refused -6"}, "-104": {"", "misconfigured -104"}, "-105": {"", "misconfigured -105"},
		"-106": {"", "misconfigured -106"}, "1": {"", "uncertain 1"}, "null": {"", "uncertain "},
	}
	for code, test := range tests {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			adapter, _ := provider(t, http.StatusOK, `{"ResultCode":`+code+`}`)
			answer, err := adapter.Reverse(t.Context(), refNum, gateway.Sale{})
			want(t, "error", kind(err), test.kind)
			want(t, "state", answer.State, test.state)
		})
	}
}

// However the answer ends, nothing is read beyond the limit and nothing hangs.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 1<<10)); err != nil {
				return
			}
		}
	}
	halfway := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, `{"ResultCode":0,`)
		panic(http.ErrAbortHandler)
	}
	silent := func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	for name, handler := range map[string]http.HandlerFunc{"endless": endless, "halfway": halfway, "silent": silent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter := serve(t, sep.Config{Timeout: 300 * time.Millisecond}, handler)
			_, err := adapter.Verify(t.Context(), refNum, gateway.Sale{})
			want(t, "error", kind(err), "uncertain ")
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	adapter, err := sep.New(sep.Config{BaseURL: "http://127.0.0.1:1", TerminalID: terminal})
	if err != nil {
		t.Fatal(err)
	}
	_, err = adapter.Verify(t.Context(), refNum, gateway.Sale{})
	want(t, "error", kind(err), "uncertain ")
}

// The provider's words are kept apart from the error text, bounded and printable.
func TestProviderWords(t *testing.T) {
	t.Parallel()
	adapter, _ := provider(t, http.StatusOK, `{"status":-1,"errorCode":"5","errorDesc":"پارامتر\u0000 نامعتبر`+strings.Repeat("ا", 300)+`"}`)
	_, err := adapter.Start(t.Context(), attempt())
	refused, ok := err.(*gateway.Refused)
	if !ok {
		t.Fatalf("error %T, want *gateway.Refused", err)
	}
	want(t, "length", len([]rune(refused.Text)), 200)
	want(t, "beginning", strings.HasPrefix(refused.Text, "پارامتر نامعتبرا"), true)
	want(t, "told by the error", strings.Contains(err.Error(), "پارامتر"), false)
}
