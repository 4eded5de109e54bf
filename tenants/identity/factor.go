package identity

import (
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"mofasa/tenants/fault"
)

// The second factor is a time-based one-time password (RFC 6238) with the parameters that every authenticator knows: SHA-1, six digits, thirty seconds.
const (
	factorStep   = 30 * time.Second
	factorSkew   = 1  // steps that a phone's clock may be off, either way
	factorSecret = 20 // bytes: the output of SHA-1, as RFC 4226 section 4 advises

	recoveryCodes = 10
	recoverySize  = 10 // bytes: 80 bits, sixteen letters and digits
)

// What the second factor refuses with.
var (
	ErrFactorRequired = fault.Define(fault.Unauthenticated, "second_factor_required",
		"کد برنامهٔ رمزساز را هم وارد کنید.", "Enter the code of your authenticator as well.")
	ErrFactorInvalid = fault.Define(fault.Unauthenticated, "second_factor_invalid",
		"کد درست نیست یا پیش‌تر به کار رفته است.", "The code is wrong or has been used before.")
	ErrFactorSetup = fault.Define(fault.Forbidden, "second_factor_setup",
		"برای نقش شما ورود دومرحله‌ای لازم است. نخست آن را راه‌اندازی کنید.", "Your role needs a second factor. Set it up first.")
	errFactorSet = fault.Define(fault.Conflict, "second_factor_set",
		"ورود دومرحله‌ای شما پیش‌تر راه‌اندازی شده است.", "You have a second factor already.")
	errFactorMissing = fault.Define(fault.Conflict, "second_factor_missing",
		"ورود دومرحله‌ای شما راه‌اندازی نشده است.", "You have no second factor.")
)

// FactorSetup is a fresh secret for an authenticator. It counts only once a code of it was shown.
type FactorSetup struct {
	Secret string // base32 without padding (RFC 4648 section 6)
	URI    string // otpauth://totp/…, for a QR code (Key URI format of Google Authenticator)
}

func newFactorSetup(username string, secret []byte) FactorSetup {
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	query := url.Values{"secret": {text}, "issuer": {"Mofasa"}, "period": {strconv.Itoa(int(factorStep.Seconds()))}, "digits": {"6"}, "algorithm": {"SHA1"}}
	return FactorSetup{Secret: text, URI: "otpauth://totp/" + url.PathEscape("Mofasa:"+username) + "?" + query.Encode()}
}

// stepOf is the step of the code, if it is of now or of a neighbouring step that is later than the last one accepted; else 0. Every step is tried, whatever fits.
func stepOf(secret []byte, code string, last int64, now time.Time) int64 {
	present, found := now.Unix()/int64(factorStep.Seconds()), int64(0)
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	for step := present - factorSkew; step <= present+factorSkew; step++ {
		want, err := hotp.GenerateCodeCustom(text, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > last {
			found = step
		}
	}
	return found
}

// recoveryText is a recovery code as it is printed: four groups of four.
func recoveryText(secret []byte) string {
	text := strings.ToLower(base32.StdEncoding.EncodeToString(secret))
	return text[0:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}

// readRecovery reads what somebody types of a recovery code; what is none is nil.
func readRecovery(text string) []byte {
	plain := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(text))
	secret, err := base32.StdEncoding.DecodeString(plain)
	if err != nil || len(secret) != recoverySize {
		return nil
	}
	return secret
}

// readCode folds Persian and Arabic digits and drops the blank that authenticators show in the middle.
func readCode(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r == ' ':
			return -1
		default:
			return r
		}
	}, text)
}
