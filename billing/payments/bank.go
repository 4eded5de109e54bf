package payments

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bankfiles"
	"mofasa/billing/bills"
	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// Outcome is what became of a bank's word that a bill was paid.
type Outcome string

// The outcomes.
const (
	BankCaptured  Outcome = "captured"  // the bill is paid by it
	BankSuspended Outcome = "suspended" // money that fits no open bill: it waits at the suspense desk
	BankRepeated  Outcome = "repeated"  // the same money was told before
	BankMalformed Outcome = "malformed" // the line cannot be read: it waits at the suspense desk
)

// Why a bank's money goes to the suspense desk.
const (
	BadNumbers    = "bad_numbers"    // the two numbers are no bill's: a check digit is wrong
	UnknownBill   = "unknown_bill"   // nobody issued such a bill
	WrongAmount   = "wrong_amount"   // not what the bill asks for
	PaidTwice     = "paid_twice"     // the bill was paid at a bank before
	PaidElsewhere = "paid_elsewhere" // the bill was paid by another method before
	BillRefunded  = "bill_refunded"  // it was paid, and given back
	DueHeld       = "due_held"       // its order lapsed, and its dues are paid or held by another order
	NoAccount     = "no_account"     // its city has no account
)

// What reports of banks are refused with.
var (
	ErrFileName = fault.Define(fault.Conflict, "bank_file_name_taken",
		"فایلی با این نام پیش‌تر با محتوای دیگری خوانده شده است؛ نام درست را از بانک بپرسید.", "A file of this name was read before with another content; ask the bank for the right name.")
	ErrFileTotals = fault.Define(fault.Invalid, "bank_file_totals",
		"شمار یا جمع سطرها با سرآیند فایل نمی‌خواند؛ هیچ سطری ثبت نشد. فایل را دوباره از بانک بگیرید.",
		"The number or the sum of the lines is not what the header says; nothing was posted. Fetch the file again from the bank.")
	ErrFileCompany = fault.Define(fault.Invalid, "bank_file_company",
		"کد انفورماتیک این فایل از هیچ شهرداری سامانه نیست.", "The company code of this file is no municipality's of this system.")
	ErrBankNumber = fault.Define(fault.Conflict, "bank_number_reused",
		"این شمارهٔ بانک پیش‌تر برای پرداخت دیگری اعلام شده است.", "This number of the bank was reported before for another payment.")
	errNotice = fault.Define(fault.Invalid, "bank_notice",
		"اعلام پرداخت بانک درست پر نشده است.", "The bank's notification is not filled in correctly.")
)

// BankLine is a bank's word that a bill was paid at it: a line of a return file, or a notification.
type BankLine struct {
	ID         uuid.UUID
	FileID     uuid.UUID // Nil: a notification
	FileName   string    // as it was read last; "" of a notification
	Line       int       // of the file, its header being line 1; 0: a notification
	Bank       string    // two digits
	Branch     string    // six digits
	Channel    string    // two digits
	Paid       calendar.Date
	Bill       string // without leading zeros
	Payment    string // without leading zeros
	Trace      string // the bank's six digits, which repeat from day to day
	Number     string // the bank's own number of a notification, which does not repeat; "" in files
	Amount     money.Rial
	Occurrence int // how many times the same numbers came in the same file, this one included
	Raw        string
	Problem    string
	Outcome    Outcome
	Reason     string
	PaymentID  uuid.UUID // that it captured
	Repeats    uuid.UUID // the line that told of the same money first
	At         time.Time
}

// BankFile is a return file that was read.
type BankFile struct {
	ID         uuid.UUID
	Name       string
	Layout     bankfiles.Layout
	Bank       string
	Company    string
	Sent       calendar.Date
	Lines      int        // that it has
	Total      money.Rial // by its header
	Lost       money.Rial // of the total, what stands in lines that cannot be read; it is in suspense with the first of them
	ReceivedAt time.Time
	FinishedAt time.Time // zero: the import broke off; importing it again goes on
	Tally
}

// Tally counts lines by outcome, with their money.
type Tally struct {
	Done, Captured, Suspended, Repeated, Malformed int
	CapturedRial, SuspendedRial                    money.Rial
}

func (t *Tally) add(l BankLine) {
	t.Done++
	switch l.Outcome {
	case BankCaptured:
		t.Captured++
		t.CapturedRial += l.Amount
	case BankRepeated:
		t.Repeated++
	case BankMalformed:
		t.Malformed++
		t.SuspendedRial += l.Amount
	default:
		t.Suspended++
		t.SuspendedRial += l.Amount
	}
}

// BankProvider is the name under which a bank's collections stand on payments and in the books: "bank-17" for Melli.
func BankProvider(bank string) string { return "bank-" + bank }

// lineOf is a file's line as it is matched.
func lineOf(l bankfiles.Line, f BankFile) BankLine {
	return BankLine{FileID: f.ID, FileName: f.Name, Line: l.Number, Bank: f.Bank, Branch: l.Branch, Channel: l.Channel, Paid: l.Paid, Bill: strings.TrimLeft(l.Bill, "0"),
		Payment: strings.TrimLeft(l.Payment, "0"), Trace: l.Trace, Amount: l.Amount(), Occurrence: 1, Raw: l.Raw, Problem: string(l.Problem)}
}

// identity is what one collection has and no other of the same file: the trace alone repeats. A word of another amount tells of other money, or is wrong: it never stands
// for this one.
func (l BankLine) identity() string {
	return strings.Join([]string{l.Bill, l.Payment, l.Bank, l.Paid.String(), l.Trace, fmt.Sprint(int64(l.Amount))}, " ")
}

// reference is the collection's unique number on its payment.
func (l BankLine) reference() string {
	text := fmt.Sprintf("%04d%02d%02d-%s-%s", l.Paid.Year, l.Paid.Month, l.Paid.Day, l.Trace, l.Bill)
	if l.Occurrence > 1 {
		text += fmt.Sprintf("-%d", l.Occurrence)
	}
	return text
}

// said is the bank's word as the story keeps it.
func (l BankLine) said() map[string]any {
	words := map[string]any{"bank_line": l.ID.String(), "bank": l.Bank, "branch": l.Branch, "channel": l.Channel, "trace": l.Trace, "bill_id": l.Bill, "payment_id": l.Payment, "amount_rial": l.Amount}
	if l.Paid.Valid() {
		words["paid_on"] = l.Paid.String()
	}
	if l.FileID != uuid.Nil {
		words["file"], words["line"] = l.FileName, l.Line
	} else {
		words["number"] = l.Number
	}
	if l.Problem != "" {
		words["raw"] = l.Raw
	}
	return words
}

// pair is the bill that a bank's word names; "" and why where it names none.
func (l BankLine) pair() (bills.Pair, string) {
	pair, err := bills.ParseMunicipalPair(l.Bill, l.Payment)
	switch {
	case err != nil:
		return bills.Pair{}, BadNumbers
	case pair.Amount() != l.Amount:
		return bills.Pair{}, WrongAmount
	}
	return pair, ""
}
