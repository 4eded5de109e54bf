package deposits

import (
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
)

// What the desk of deposits refuses with.
var (
	errAmount    = fault.Define(fault.Invalid, "deposit_amount", "مبلغ باید دست‌کم ۱۰٬۰۰۰ ریال باشد.", "The amount is of 10,000 rial at least.")
	errWarning   = fault.Define(fault.Invalid, "deposit_warning", "آستانهٔ هشدار نمی‌تواند منفی باشد.", "The level of the warning cannot be negative.")
	errReference = fault.Define(fault.Invalid, "deposit_reference", "شمارهٔ پیگیری بانک را درست بنویسید؛ ۴ تا ۴۰ رقم یا حرف لاتین.", "The bank's reference has 4 to 40 digits or Latin letters.")
	errPaidOn    = fault.Define(fault.Invalid, "deposit_paid_on", "روز واریز نمی‌تواند در آینده باشد.", "The day of the transfer cannot lie in the future.")
	errRemark    = fault.Define(fault.Invalid, "deposit_remark", "دلیل را بنویسید؛ تا ۵۰۰ نویسه.", "Give the reason in at most 500 characters.")
	errTaken     = fault.Define(fault.Conflict, "deposit_reference_taken", "این شمارهٔ پیگیری پیش‌تر ثبت شده است؛ هر واریز یک بار به حساب می‌آید.", "This reference is on record already; a transfer counts once.")
	errTransfer  = fault.Define(fault.NotFound, "deposit_transfer_unknown", "چنین واریزی ثبت نشده است.", "No such transfer is on record.")
	errWithdraw  = fault.Define(fault.NotFound, "deposit_withdrawal_unknown", "چنین درخواست برداشتی ثبت نشده است.", "No such withdrawal is on record.")
	errDecided   = fault.Define(fault.Conflict, "deposit_decided", "دربارهٔ این مورد پیش‌تر تصمیم گرفته شده است.", "This was decided before.")
)

// least is the smallest transfer and the smallest withdrawal.
const least money.Rial = 10_000

// treasury is, in the platform's books, the bank account that offices transfer to and are paid from.
var treasury = ledger.Bank("deposits")

// TransferState is where a declared transfer stands.
type TransferState string

// The states of a transfer. The first is left once and for ever.
const (
	Declared        TransferState = "declared"
	Credited        TransferState = "credited" // found in the platform's account, and in the deposit
	TransferRefused TransferState = "refused"
)

// WithdrawalState is where a withdrawal stands.
type WithdrawalState string

// The states of a withdrawal. The first is left once and for ever.
const (
	Asked             WithdrawalState = "asked" // its amount is held
	Paid              WithdrawalState = "paid"
	WithdrawalRefused WithdrawalState = "refused" // its amount was released
)

// Decision is who ended what somebody began, when, and what they said.
type Decision struct {
	By     uuid.UUID // Nil: nobody yet
	At     time.Time
	Remark string
}

// Transfer is money that an office says it has sent to the platform's account.
type Transfer struct {
	ID         uuid.UUID
	OfficeID   uuid.UUID
	Amount     money.Rial
	Reference  string // the bank's
	PaidOn     time.Time
	State      TransferState
	DeclaredBy uuid.UUID
	DeclaredAt time.Time
	Decision   Decision
}

// check refuses what no transfer can be. Errors: deposit_amount (amount_rial), deposit_reference (reference), deposit_paid_on (paid_on).
func (t *Transfer) check(today time.Time) (err error) {
	if t.Amount < least {
		return errAmount.On("amount_rial")
	}
	if t.Reference, err = reference(t.Reference); err != nil {
		return err
	}
	if t.PaidOn.After(today) {
		return errPaidOn.On("paid_on")
	}
	return nil
}

// credited is what a transfer brings into the platform's books.
func (t Transfer) credited() ledger.Entry {
	return ledger.Entry{MunicipalityID: ledger.Platform, Kind: "topup", SourceKind: "deposit_transfer", SourceID: t.ID, OfficeID: t.OfficeID,
		Postings: []ledger.Posting{{Account: treasury, Amount: t.Amount}, {Account: ledger.Deposit(t.OfficeID), Amount: -t.Amount}}}
}

// Withdrawal is unused money that an office wants back.
type Withdrawal struct {
	ID        uuid.UUID
	OfficeID  uuid.UUID
	Amount    money.Rial
	IBAN      string // of the office
	State     WithdrawalState
	AskedBy   uuid.UUID
	AskedAt   time.Time
	Reference string // the bank's, of what was paid
	Decision  Decision
}

// check refuses what no withdrawal can be. Errors: deposit_amount (amount_rial), the codes of identifiers.ParseIBAN (iban).
func (w *Withdrawal) check() error {
	if w.Amount < least {
		return errAmount.On("amount_rial")
	}
	iban, err := identifiers.ParseIBAN(w.IBAN)
	if err != nil {
		return fault.OnField(err, "iban")
	}
	w.IBAN = iban.String()
	return nil
}

// paid is what a withdrawal takes out of the platform's books.
func (w Withdrawal) paid() ledger.Entry {
	return ledger.Entry{MunicipalityID: ledger.Platform, Kind: "withdrawal", SourceKind: "deposit_withdrawal", SourceID: w.ID, OfficeID: w.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.Deposit(w.OfficeID), Amount: w.Amount}, {Account: treasury, Amount: -w.Amount}}}
}

var references = regexp.MustCompile(`^[0-9A-Z/_-]{4,40}$`)

// reference is a bank's number of a transfer in the one form in which it is compared.
func reference(text string) (string, error) {
	text = strings.ToUpper(identifiers.Fold(text))
	if !references.MatchString(text) {
		return "", errReference.On("reference")
	}
	return text, nil
}

// said is a remark without its edges. Errors: deposit_remark (remark).
func said(remark string) (string, error) {
	remark = strings.TrimSpace(remark)
	if n := len([]rune(remark)); n == 0 || n > 500 {
		return "", errRemark.On("remark")
	}
	return remark, nil
}
