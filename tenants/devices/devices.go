// Package devices holds the tills and terminal agents of offices, each with an Ed25519 key of its own (RFC 8032): a manager asks for a code, the device answers
// with its public key and shows that it has the private one, and the manager can revoke it at once.
package devices

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
)

// CodeLifetime is how long an enrolment code can be used, once.
const CodeLifetime = 15 * time.Minute

// Kind is what a device is.
type Kind string

// The kinds of devices.
const (
	Till          Kind = "till"
	TerminalAgent Kind = "terminal_agent" // runs beside the card terminal
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Till, TerminalAgent} }

// State is where a device stands.
type State string

// The states of a device.
const (
	Invited  State = "invited"  // its code waits to be used
	Lapsed   State = "lapsed"   // its code was not used in time
	Enrolled State = "enrolled" // its key counts
	Revoked  State = "revoked"  // for ever
)

// Device is one till or terminal agent of an office.
type Device struct {
	ID            uuid.UUID
	OfficeID      uuid.UUID
	Name          string
	Kind          Kind
	State         State             // at the time of the transaction that read it
	PublicKey     ed25519.PublicKey // nil before it is enrolled
	InvitedAt     time.Time
	CodeExpiresAt time.Time
	EnrolledAt    time.Time
	RevokedAt     time.Time
	Reason        string // why it was revoked
}

// Invitation is a new device with the code that enrols it. The code is shown once and stored nowhere.
type Invitation struct {
	Device
	Code string
}

// Enrolment is what a device sends: the code that its manager typed, its public key, and the signature of EnrolmentMessage under it.
type Enrolment struct {
	Code      string
	PublicKey []byte
	Signature []byte
}

// What devices refuse with.
var (
	ErrUnknown = fault.Define(fault.NotFound, "device_unknown", "چنین دستگاهی در دفتر شما ثبت نشده است.", "No such device is registered at your office.")

	errCode      = fault.Define(fault.Invalid, "device_code", "این کد نادرست است، به کار رفته، یا مهلتش گذشته است؛ کد تازه بگیرید.", "This code is wrong, used or expired; ask for a new one.")
	errKey       = fault.Define(fault.Invalid, "device_key", "کلید عمومی دستگاه نادرست است.", "The public key of the device is not well formed.")
	errSignature = fault.Define(fault.Invalid, "device_signature", "دستگاه نشان نداد که کلید خصوصی را دارد.", "The device has not shown that it has the private key.")
	errKeyTaken  = fault.Define(fault.Conflict, "device_key_taken", "این کلید از آن دستگاه دیگری است.", "This key belongs to another device.")
	errRevoked   = fault.Define(fault.Conflict, "device_revoked", "این دستگاه پیش‌تر کنار گذاشته شده است.", "This device was revoked before.")
	errName      = fault.Define(fault.Invalid, "device_name", "نام دستگاه را بنویسید؛ تا ۶۰ نویسه.", "Name the device, in at most 60 characters.")
	errKind      = fault.Define(fault.Invalid, "device_kind", "نوع دستگاه شناخته‌شده نیست.", "Unknown kind of device.")
	errReason    = fault.Define(fault.Invalid, "device_reason", "دلیل را بنویسید؛ تا ۵۰۰ نویسه.", "Give the reason in at most 500 characters.")
)

const (
	codeBytes = 10 // 80 bits: beyond guessing, so that a plain hash of it is enough
	purpose   = "mofasa device enrolment v1\n"
)

// newCode draws a code of 16 characters from A–Z and 2–7.
func newCode(random io.Reader) (string, error) {
	raw := make([]byte, codeBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("draw code: %w", err)
	}
	return base32.StdEncoding.EncodeToString(raw), nil
}

// spaced is a code as a person reads it, in groups of four.
func spaced(code string) string {
	var groups []string
	for group := range slices.Chunk([]byte(code), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// folded is a code as it was drawn, whatever somebody made of its groups, its case and of what looks alike.
func folded(code string) string {
	return strings.NewReplacer("-", "", " ", "", "0", "O", "1", "I").Replace(strings.ToUpper(strings.TrimSpace(code)))
}

// hash is what is stored of a code.
func hash(code string) []byte {
	sum := sha256.Sum256([]byte(folded(code)))
	return sum[:]
}

// EnrolmentMessage is what a device signs to show that it has the private key: a line that serves nothing else, then the code without its hyphens.
func EnrolmentMessage(code string) []byte { return []byte(purpose + folded(code)) }

// check refuses what is wrong before any code is looked up.
func (e Enrolment) check() error {
	switch {
	case len(e.PublicKey) != ed25519.PublicKeySize:
		return errKey.On("public_key")
	case len(e.Signature) != ed25519.SignatureSize || !ed25519.Verify(e.PublicKey, EnrolmentMessage(e.Code), e.Signature):
		return errSignature.On("signature")
	}
	return nil
}

// stateAt is the state at a moment: a code that was not used in time needs no job.
func stateAt(s State, expires, now time.Time) State {
	if s == Invited && !now.Before(expires) {
		return Lapsed
	}
	return s
}

// said tells whether somebody has written something, in at most so many characters.
func said(text string, most int) bool {
	return strings.TrimSpace(text) != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsRune(text, 0)
}
