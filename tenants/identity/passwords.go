package identity

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// What a new password is refused with (NIST SP 800-63B section 5.1.1.2: length and a list of what everybody tries; no rules of composition).
var (
	errPassword = fault.Define(fault.Invalid, "person_password",
		"گذرواژه باید ۱۲ تا ۲۰۰ نویسه داشته باشد.", "The password must have 12 to 200 characters.")
	errPasswordCommon = fault.Define(fault.Invalid, "password_common",
		"این گذرواژه را بسیاری به کار می‌برند و زود حدس زده می‌شود؛ گذرواژهٔ دیگری برگزینید.", "This password is widely used and quickly guessed; choose another one.")
	errPasswordName = fault.Define(fault.Invalid, "password_has_username",
		"نام کاربری نباید در گذرواژه باشد.", "The password must not contain the user name.")
)

// variety is how many different characters a password has at least.
const variety = 5

// shortName is the length under which a user name may stand in a password by chance.
const shortName = 4

// commonText lists passwords that are tried first, one a line: of twelve characters and more, Latin and Persian, and Persian words on a Latin keyboard.
//
//go:embed common.txt
var commonText string

// common is commonText, folded; it is read once and never written.
var common = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(commonText) {
		all[fold(line)] = true
	}
	return all
})

// checkPassword refuses a password that is too short, too long, widely used, or contains the user name. Errors name the field password.
func checkPassword(username, password string) error {
	folded, name := fold(password), fold(username)
	length := utf8.RuneCountInString(password)
	switch {
	case length < 12 || length > 200:
		return errPassword.On("password")
	case common()[folded] || monotonous(folded):
		return errPasswordCommon.On("password")
	case len(name) >= shortName && strings.Contains(folded, name):
		return errPasswordName.On("password")
	}
	return nil
}

// fold writes alike what only looks different: case, compatibility forms, Arabic and Persian letters and digits, and what stands between words.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'ي' || r == 'ى':
			return 'ی'
		case r == 'ك':
			return 'ک'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, norm.NFKC.String(text))
}

// monotonous holds for a few characters over and over, and for a run such as abcdefghijkl or 987654321098. What has neither letters nor digits is not judged.
func monotonous(folded string) bool {
	if folded == "" {
		return false
	}
	runes := []rune(folded)
	distinct := map[rune]bool{}
	steps := map[rune]int{}
	for i, r := range runes {
		distinct[r] = true
		if i > 0 {
			steps[r-runes[i-1]]++
		}
	}
	run := max(steps[1], steps[-1])
	return len(runes) >= 12 && (len(distinct) < variety || run >= len(runes)-2)
}

// ChangePassword gives somebody another password and ends their other sessions; the one in which they do it goes on. Errors: credentials_invalid of the old one,
// person_password, password_common and password_has_username (password).
func (s *Service) ChangePassword(ctx context.Context, person, session uuid.UUID, old, password string) error {
	account, err := s.confirmed(ctx, person, old)
	if err != nil {
		return err
	}
	if err := checkPassword(account.Username, password); err != nil {
		return err
	}
	hash, err := argon2id.CreateHash(password, s.params)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	return s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		if err := updatePassword(tx, person, account.PasswordHash, hash); err != nil {
			return err
		}
		if err := endSessions(tx, person, session, endedByPassword); err != nil {
			return err
		}
		return recorded(tx, "person.password_changed", person)
	})
}

// confirmed is the account of a signed-in person who shows their password again.
func (s *Service) confirmed(ctx context.Context, person uuid.UUID, password string) (*account, error) {
	found, err := s.account(ctx, func(tx *scope.Tx) (*account, error) { return findByID(tx, person) })
	if err != nil {
		return nil, err
	}
	match, err := s.matches(found, password)
	if err != nil {
		return nil, err
	}
	if !match || found.State != active {
		return nil, ErrCredentials.On("password")
	}
	return found, nil
}
