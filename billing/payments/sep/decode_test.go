package sep

import (
	"strconv"
	"strings"
	"testing"
)

// Whatever an answer holds: reading it never panics, a number is exactly what is written, a code is short, and nothing
// that may be stored holds control characters.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"a":1,"B ":"2","c":{"d":null},"e":true,"f":"-6","g":"x y"}`))
	f.Add([]byte("\ufeff" + `{"Amount":"3720000.00","amount":9223372036854775808}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		body, err := parseObject(raw)
		if err != nil {
			return
		}
		for key := range body {
			readAll(t, body, key)
		}
	})
}

func readAll(t *testing.T, body object, key string) {
	t.Helper()
	if number, known := body.number(key); known {
		whole, _, _ := strings.Cut(body.text(key), ".")
		digits := strings.TrimLeft(strings.TrimLeft(whole, "+-"), "0")
		if strings.TrimLeft(strconv.FormatInt(number, 10), "-") != digits && (number != 0 || digits != "") {
			t.Fatalf("%q reads as %d", body.text(key), number)
		}
	}
	if code := body.code(key); len(code) > 20 || strings.ContainsAny(code, " \n\x00") {
		t.Fatalf("code %q", code)
	}
	if mark := body.mark(key); mark != "" && !wellFormed(mark, 64) {
		t.Fatalf("mark %q", mark)
	}
	if words := body.words(key); strings.ContainsAny(words, "\n\x00") || len([]rune(words)) > 200 {
		t.Fatalf("words %q", words)
	}
	body.flag(key)
	body.child(key)
}

func TestMaskNeverShowsTheMiddle(t *testing.T) {
	t.Parallel()
	for pan, masked := range map[string]string{
		"6037991122330014":    "603799******0014",
		"603799****0014":      "603799****0014",
		"6037991122330014999": "603799*********4999",
		"6037990014":          "**********",
		"":                    "",
	} {
		if got := mask(pan); got != masked {
			t.Errorf("mask(%q) = %q, want %q", pan, got, masked)
		}
	}
}
