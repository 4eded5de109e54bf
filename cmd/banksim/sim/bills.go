package sim

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mofasa/billing/calendar"
)

// BillPayment is one bill that somebody paid at the bank by its two numbers, outside any gateway. Money is rial.
type BillPayment struct {
	BillID    string        `json:"bill_id"`
	PaymentID string        `json:"payment_id"`
	Amount    int64         `json:"amount"`
	Bank      string        `json:"bank"`      // two digits
	Branch    string        `json:"branch"`    // six digits
	Channel   string        `json:"channel"`   // two digits: 59 internet, 02 cash machine, 14 terminal, …
	Date      calendar.Date `json:"date"`      // of the payment
	Sent      calendar.Date `json:"sent"`      // day of the file that tells it
	Reference string        `json:"reference"` // six digits, not unique
	Fault     string        `json:"fault,omitempty"`
	At        time.Time     `json:"at"`
}

// billRequest is what the counter is told; Bank, Branch, Channel, Date, Sent and Reference have defaults.
type billRequest struct {
	BillID    string        `json:"bill_id"`
	PaymentID string        `json:"payment_id"`
	Amount    int64         `json:"amount"`
	Bank      string        `json:"bank"`
	Branch    string        `json:"branch"`
	Channel   string        `json:"channel"`
	Date      calendar.Date `json:"date,omitzero"`
	Sent      calendar.Date `json:"sent,omitzero"`
	Reference string        `json:"reference"`
	Again     bool          `json:"again"` // pay a bill that is paid already, as two banks at once let one do
	Fault     string        `json:"fault"` // truncated_line
}

// handleBill pays a bill at the counter: 201 with the payment, 422 for numbers that do not fit, 409 for a bill that is paid.
func (s *Server) handleBill(w http.ResponseWriter, r *http.Request) {
	var request billRequest
	if !readAdmin(w, r, &request) {
		return
	}
	paid, problem := request.payment()
	if problem != "" {
		http.Error(w, "bill: "+problem, http.StatusUnprocessableEntity)
		return
	}
	if !s.payBill(&paid, request.Again) {
		http.Error(w, "bill: paid already", http.StatusConflict)
		return
	}
	writeJSON(w, http.StatusCreated, paid)
}

func (s *Server) payBill(paid *BillPayment, again bool) bool {
	const referenceDigits, iran = 6, 3*60*60 + 30*60
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.bills {
		if other.BillID == paid.BillID && other.PaymentID == paid.PaymentID && !again {
			return false
		}
	}
	paid.At, paid.Reference = s.now(), or(paid.Reference, s.digits(referenceDigits))
	if paid.Date.IsZero() {
		paid.Date = calendar.FromGregorian(paid.At.In(time.FixedZone("IRST", iran)).Date())
	}
	if paid.Sent.IsZero() {
		paid.Sent = paid.Date
	}
	if s.options.Magic && paid.Fault == "" && Magic()[paid.Amount%magicRange] == truncatedLine {
		paid.Fault = truncatedLine
	}
	s.bills = append(s.bills, *paid)
	s.record(entry{Bill: paid})
	return true
}

func (s *Server) handleBills(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	writeJSON(w, http.StatusOK, append([]BillPayment{}, s.bills...))
}

var (
	billNumber = regexp.MustCompile(`^[0-9]{6,13}$`)
	bankNumber = regexp.MustCompile(`^[0-9]{2}$`)
	branchCode = regexp.MustCompile(`^[0-9]{6}$`)
)

// payment checks what a bank checks: both numbers, that they belong together, and that the amount is the one they ask for. The problem is
// "" where nothing is wrong.
func (r billRequest) payment() (BillPayment, string) {
	paid := BillPayment{
		BillID: strings.TrimLeft(r.BillID, "0"), PaymentID: strings.TrimLeft(r.PaymentID, "0"), Amount: r.Amount,
		Bank: or(r.Bank, "17"), Branch: or(r.Branch, "000001"), Channel: or(r.Channel, "59"), Date: r.Date, Sent: r.Sent, Reference: r.Reference, Fault: r.Fault,
	}
	switch {
	case !billNumber.MatchString(paid.BillID) || !closes(paid.BillID, ""):
		return paid, "bill_id is not sound"
	case !billNumber.MatchString(paid.PaymentID) || !closes(paid.PaymentID[:len(paid.PaymentID)-1], "") || !closes(paid.PaymentID, paid.BillID):
		return paid, "payment_id is not sound, or of another bill"
	case paid.Amount != asked(paid.PaymentID):
		return paid, "amount is not the one of payment_id"
	case !bankNumber.MatchString(paid.Bank) || !bankNumber.MatchString(paid.Channel) || !branchCode.MatchString(paid.Branch) || !branchCode.MatchString(or(paid.Reference, paid.Branch)):
		return paid, "bank and channel have two digits, branch and reference six"
	case !paid.Date.IsZero() && !paid.Date.Valid() || !paid.Sent.IsZero() && !paid.Sent.Valid():
		return paid, "date is not in the calendar"
	case paid.Fault != "" && paid.Fault != truncatedLine:
		return paid, "unknown fault"
	}
	return paid, ""
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// asked is the amount in a payment id: all but its last five digits, in thousand rial.
func asked(paymentID string) int64 { return number(paymentID[:len(paymentID)-5]) * magicUnit }

// closes says that the last digit of a number is the check digit of the digits before it, with others in front: weights 2 to 7 from the
// right, modulus 11, and 0 for remainders below 2.
func closes(digits, front string) bool {
	const modulus = 11
	body := front + digits[:len(digits)-1]
	sum := 0
	for i := range len(body) {
		sum += int(body[len(body)-1-i]-'0') * (2 + i%6)
	}
	check := modulus - sum%modulus
	if sum%modulus < 2 {
		check = 0
	}
	return digits[len(digits)-1:] == strconv.Itoa(check)
}

// company is the three digits of a bill id that name the municipality.
func (b BillPayment) company() string {
	padded := strings.Repeat("0", 13-len(b.BillID)) + b.BillID
	return padded[8:11]
}

// service is the digit of a bill id that names the kind of company.
func (b BillPayment) service() string { return b.BillID[len(b.BillID)-2 : len(b.BillID)-1] }
