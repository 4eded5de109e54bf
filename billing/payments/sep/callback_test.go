package sep_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/payments/sep"
)

func TestParseCallback(t *testing.T) {
	t.Parallel()
	v4 := sep.Callback{Version: 4, Token: token, RefNum: refNum}
	v3 := sep.Callback{Version: 3, Token: token, RefNum: refNum, ResNum: "14050829-000123", State: "OK", Status: "2"}
	tests := map[string]struct {
		raw      string
		callback sep.Callback
		err      error
	}{
		"4, escaped":            {"Token=" + token + "&RefNum=" + url.QueryEscape(refNum), v4, nil},
		"4, plus unescaped":     {"Token=" + token + "&RefNum=" + refNum, v4, nil},
		"4, plus as space":      {"Token=" + token + "&RefNum=" + strings.ReplaceAll(refNum, "+", "%20"), v4, nil},
		"4, beside our own":     {"order=7&Token=" + token + "&RefNum=" + refNum + "&utm=%zz", v4, nil},
		"4, other case":         {"token=" + token + "&refNum=" + refNum, v4, nil},
		"4, same field twice":   {"Token=" + token + "&RefNum=" + refNum + "&Token=" + token, v4, nil},
		"4, gave up":            {"Token=" + token + "&RefNum=", sep.Callback{Version: 4, Token: token}, nil},
		"4, plus at both ends":  {"Token=t&RefNum=+a+", sep.Callback{Version: 4, Token: "t", RefNum: "+a+"}, nil},
		"4, equals signs":       {"Token=t&RefNum=ab==", sep.Callback{Version: 4, Token: "t", RefNum: "ab=="}, nil},
		"3, form":               {"MID=1&TerminalId=1&State=OK&Status=2&RRN=1&Rrn=1&RefNum=" + url.QueryEscape(refNum) + "&ResNum=14050829-000123&TraceNo=1&Amount=1&Wage=&SecurePan=603799****0014&Token=" + token, v3, nil},
		"3, without token":      {"State=Failed&Status=3&ResNum=7&RefNum=", sep.Callback{Version: 3, ResNum: "7", State: "Failed", Status: "3"}, nil},
		"3, spaced state":       {"State=Canceled+By+User&Status=1&ResNum=7", sep.Callback{Version: 3, ResNum: "7", State: "CanceledByUser", Status: "1"}, nil},
		"nothing":               {"", sep.Callback{}, sep.ErrCallback},
		"only a reference":      {"RefNum=" + refNum, sep.Callback{}, sep.ErrCallback},
		"two references":        {"Token=t&RefNum=a&RefNum=b", sep.Callback{}, sep.ErrCallback},
		"two tokens, two cases": {"Token=t&token=u", sep.Callback{}, sep.ErrCallback},
		"51-character RefNum":   {"Token=t&RefNum=" + strings.Repeat("a", 51), sep.Callback{}, sep.ErrCallback},
		"endless token":         {"Token=" + strings.Repeat("a", 257), sep.Callback{}, sep.ErrCallback},
		"control character":     {"Token=t&RefNum=a%00b", sep.Callback{}, sep.ErrCallback},
		"line break":            {"Token=t%0D%0Ax", sep.Callback{}, sep.ErrCallback},
		"not ASCII":             {"Token=%DB%B1", sep.Callback{}, sep.ErrCallback},
		"broken escape":         {"Token=t&RefNum=a%zz", sep.Callback{}, sep.ErrCallback},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			callback, err := sep.ParseCallback(test.raw)
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			want(t, "callback", fmt.Sprintf("%#v", callback), fmt.Sprintf("%#v", test.callback))
		})
	}
}

func TestReadCallbackRepairsDecodedForms(t *testing.T) {
	t.Parallel()
	values, err := url.ParseQuery("Token=" + token + "&RefNum=" + refNum) // + has become a space
	if err != nil {
		t.Fatal(err)
	}
	callback, err := sep.ReadCallback(values)
	want(t, "error", err, nil)
	want(t, "RefNum", callback.RefNum, refNum)
}

func TestCallbackPrintsWithoutToken(t *testing.T) {
	t.Parallel()
	printed := fmt.Sprintf("%v %+v", sep.Callback{Token: token, RefNum: refNum}, sep.Callback{Token: token, RefNum: refNum})
	want(t, "tells", strings.Contains(printed, token) || strings.Contains(printed, refNum), false)
}

// Whatever base64 a token and a RefNum are, and however the way treats their plus signs, they come out unchanged.
func TestCallbackRoundTrip(t *testing.T) {
	t.Parallel()
	base64 := rapid.StringMatching(`[A-Za-z0-9+/]{1,47}={0,2}`)
	rapid.Check(t, func(t *rapid.T) {
		token, refNum := base64.Draw(t, "token"), base64.Draw(t, "refNum")
		fields := url.Values{"Token": {token}, "RefNum": {refNum}}
		wanted := sep.Callback{Version: 4, Token: token, RefNum: refNum}
		for _, raw := range []string{
			fields.Encode(),
			"Token=" + token + "&RefNum=" + refNum,
			strings.ReplaceAll(fields.Encode(), "%2B", "%20"),
		} {
			if got, err := sep.ParseCallback(raw); err != nil || got != wanted {
				t.Fatalf("%s: %#v, %v", raw, got, err)
			}
		}
	})
}

// A callback comes from anyone: it is refused, or every field is short printable ASCII that parses to itself again.
func FuzzParseCallback(f *testing.F) {
	f.Add("Token=" + token + "&RefNum=" + refNum)
	f.Add("State=OK&Status=2&ResNum=7&RefNum=a+b%2F&SecurePan=603799****0014")
	f.Add("Token=a&token=b&%54oken=c;RefNum=%zz")
	f.Fuzz(func(t *testing.T, raw string) {
		callback, err := sep.ParseCallback(raw)
		if err != nil {
			want(t, "callback of a refused query", callback, sep.Callback{})
			return
		}
		for _, field := range []string{callback.Token, callback.RefNum, callback.ResNum, callback.State, callback.Status} {
			strange := func(r rune) bool { return r <= ' ' || r > '~' }
			if len(field) > 256 || strings.ContainsFunc(field, strange) {
				t.Fatalf("field %q", field)
			}
		}
		if callback.Token == "" && callback.ResNum == "" {
			t.Fatal("a callback that names no sale")
		}
		again, err := sep.ParseCallback(url.Values{
			"Token": {callback.Token}, "RefNum": {callback.RefNum}, "ResNum": {callback.ResNum},
			"State": {callback.State}, "Status": {callback.Status},
		}.Encode())
		want(t, "error of a second parse", err, nil)
		want(t, "second parse", again, callback)
	})
}
