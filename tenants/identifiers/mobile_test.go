package identifiers_test

import (
	"testing"

	"pgregory.net/rapid"

	"mofasa/tenants/identifiers"
)

func TestMobile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"09121234567", "۰۹۱۲۱۲۳۴۵۶۷", "٠٩١٢١٢٣٤٥٦٧", "+989121234567", "+98 912 123 4567", "۰۰۹۸-۹۱۲-۱۲۳۴۵۶۷", "00989121234567", "989121234567", "9121234567",
		" 0912 123-45-67 ", "\u200e+989121234567", "＋98 912 123 4567"} {
		got, err := identifiers.ParseMobile(text)
		if err != nil || got.String() != "09121234567" || got.Masked() != "0912***4567" {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, c := range []struct {
		text, code string
		at         int
	}{
		{"", "mobile_length", -1}, {"+", "mobile_length", -1}, {" - ", "mobile_length", -1},
		{"0912123456", "mobile_length", -1}, {"091212345678", "mobile_length", -1}, {"+98912123456", "mobile_length", -1}, {"98912123456789", "mobile_length", -1},
		{"0912123456789012", "mobile_length", 14}, {"912123456", "mobile_length", -1},
		{"02188776655", "mobile_prefix", -1}, {"+982188776655", "mobile_prefix", -1}, {"+09121234567", "mobile_prefix", -1}, {"+9809121234567", "mobile_prefix", -1}, {"+9121234567", "mobile_prefix", -1},
		{"00919121234567", "mobile_prefix", -1}, {"+14155552671", "mobile_prefix", -1}, {"11111111111", "mobile_prefix", -1},
		{"0912x234567", "mobile_character", 4}, {"0912+1234567", "mobile_character", 4}, {"++989121234567", "mobile_character", 1}, {"۰۹۱۲ب۲۳۴۵۶۷", "mobile_character", 4},
	} {
		got, err := identifiers.ParseMobile(c.text)
		wantFault(t, err, c.code, c.at)
		if got != "" {
			t.Errorf("%q gives %q", c.text, got)
		}
	}
	if got := identifiers.Mobile("0912").Masked(); got != "****" {
		t.Errorf("a broken number is masked as %q", got)
	}
}

// TestMobileHasOneForm writes any number in every way, and reads one form; what is masked does not tell the three digits in the middle.
func TestMobileHasOneForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rest := rapid.StringMatching(`[0-9]{9}`).Draw(t, "rest")
		prefix := rapid.SampledFrom([]string{"09", "+989", "00989", "989", "9"}).Draw(t, "prefix")
		got, err := identifiers.ParseMobile(prefix + rest)
		if err != nil || got.String() != "09"+rest {
			t.Fatalf("%s%s: %q, %v", prefix, rest, got, err)
		}
		other, _ := identifiers.ParseMobile("09" + rest[:2] + rapid.StringMatching(`[0-9]{3}`).Draw(t, "middle") + rest[5:])
		if got.Masked() != other.Masked() || len(got.Masked()) != 11 {
			t.Fatalf("%q, %q", got.Masked(), other.Masked())
		}
	})
}

func FuzzMobile(f *testing.F) {
	for _, seed := range []string{"", "09121234567", "+98 912 123 4567", "۰۰۹۸۹۱۲۱۲۳۴۵۶۷", "+", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := identifiers.ParseMobile(text)
		if err != nil {
			return
		}
		if again, err := identifiers.ParseMobile(got.String()); err != nil || again != got || len(got) != 11 || got[:2] != "09" {
			t.Fatalf("%q gives %q, and that %q, %v", text, got, again, err)
		}
	})
}
