package bills

import (
	"fmt"
	"strconv"
	"strings"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// BillID (شناسه قبض) says which file of which company is charged: file code (1–8 digits), company code (3), service type (1),
// check digit. It is kept without leading zeros, 6–13 digits. Layouts and check digits here follow the bill payment standard
// of the banks' informatics commission (طرح هماهنگ پرداخت الکترونیکی قبوض, 1385).
type BillID string

// PaymentID (شناسه پرداخت) says how much is asked for a bill: amount in thousand rial (1–8 digits), year digit, period (2),
// two check digits, of which the second covers the bill ID, too. It is kept without leading zeros, 6–13 digits.
type PaymentID string

// Pair is a bill ID with a payment ID that belongs to it: what a payer types at any bank.
type Pair struct {
	Bill    BillID    `json:"bill_id"`
	Payment PaymentID `json:"payment_id"`
}

// ServiceType is the digit of a bill ID that names the kind of company.
type ServiceType int

// Municipality is the only service type that a municipal bill may have. Sources dispute the meaning of 7, 8 and 9.
const (
	Water        ServiceType = 1
	Electricity  ServiceType = 2
	Gas          ServiceType = 3
	Landline     ServiceType = 4
	Mobile       ServiceType = 5
	Municipality ServiceType = 6
)

const (
	thousand   money.Rial = 1000       // the unit of the amount in a payment ID
	maxFile               = 99_999_999 // 8 digits
	maxCompany            = 999
	minDigits             = 6
	maxDigits             = 13
)

// MaxAmount is the largest amount that a payment ID can ask for, in rial.
const MaxAmount money.Rial = 99_999_999 * thousand

var (
	errBillDigit = fault.Define(fault.Invalid, "bill_id_digit",
		"شناسهٔ قبض فقط رقم دارد.", "A bill ID consists of digits only.")
	errBillLength = fault.Define(fault.Invalid, "bill_id_length",
		"شناسهٔ قبض باید ۶ تا ۱۳ رقم باشد.", "A bill ID has 6 to 13 digits.")
	errBillCheck = fault.Define(fault.Invalid, "bill_id_check",
		"رقم کنترل شناسهٔ قبض درست نیست؛ شناسه را دوباره بخوانید.", "The check digit of the bill ID is wrong; read it again.")
	errPaymentDigit = fault.Define(fault.Invalid, "payment_id_digit",
		"شناسهٔ پرداخت فقط رقم دارد.", "A payment ID consists of digits only.")
	errPaymentLength = fault.Define(fault.Invalid, "payment_id_length",
		"شناسهٔ پرداخت باید ۶ تا ۱۳ رقم باشد.", "A payment ID has 6 to 13 digits.")
	errPaymentCheck = fault.Define(fault.Invalid, "payment_id_check",
		"رقم کنترل اول شناسهٔ پرداخت درست نیست؛ شناسه را دوباره بخوانید.",
		"The first check digit of the payment ID is wrong; read it again.")
	errPairCheck = fault.Define(fault.Invalid, "bill_pair_check",
		"شناسهٔ پرداخت با شناسهٔ قبض نمی‌خواند.", "The payment ID does not belong to the bill ID.")
	errBarcodeDigit = fault.Define(fault.Invalid, "bill_barcode_digit",
		"بارکد قبض فقط رقم دارد.", "A bill's barcode consists of digits only.")
	errBarcodeLength = fault.Define(fault.Invalid, "bill_barcode_length",
		"بارکد قبض ۲۶ رقم دارد.", "A bill's barcode has 26 digits.")
	errNotMunicipal = fault.Define(fault.Invalid, "bill_not_municipal",
		"این قبض از شهرداری نیست.", "This is not a bill of a municipality.")
	errType = fault.Define(fault.Invalid, "bill_type",
		"نوع خدمت قبض باید ۱ تا ۹ باشد.", "The service type of a bill is 1 to 9.")
	errFile = fault.Define(fault.Invalid, "bill_file",
		"شمارهٔ پروندهٔ قبض باید ۱ تا ۹۹٬۹۹۹٬۹۹۹ باشد.", "The file code of a bill is 1 to 99,999,999.")
	errCompany = fault.Define(fault.Invalid, "bill_company",
		"کد انفورماتیک باید حداکثر سه رقم باشد.", "The company code of a bill has at most three digits.")
	errAmount = fault.Define(fault.Invalid, "bill_amount",
		"مبلغ قبض باید مضربی از ۱٬۰۰۰ ریال، از ۱٬۰۰۰ تا ۹۹٬۹۹۹٬۹۹۹٬۰۰۰ ریال باشد.",
		"A bill's amount is a multiple of 1,000 rial, from 1,000 to 99,999,999,000 rial.")
	errPeriod = fault.Define(fault.Invalid, "bill_period",
		"رقم سال باید ۰ تا ۹ و دوره ۰ تا ۹۹ باشد.", "The year digit is 0 to 9 and the period 0 to 99.")
)

// NewBillID makes the bill ID of a file (1–99,999,999) of a company (0–999): bill_file, bill_company or bill_type where a
// number does not fit.
func NewBillID(file, company int, kind ServiceType) (BillID, error) {
	switch {
	case file < 1 || file > maxFile:
		return "", errFile
	case company < 0 || company > maxCompany:
		return "", errCompany
	case kind < 1 || kind > 9:
		return "", errType
	}
	body := fmt.Sprintf("%d%03d%d", file, company, kind)
	return BillID(body + check(body)), nil
}

// NewPaymentID asks amount (rial, a positive multiple of 1,000 up to MaxAmount) for the bill. Year (0–9) and period (0–99)
// are the company's own. bill_amount, bill_period, or the errors of ParseBillID.
func NewPaymentID(bill BillID, amount money.Rial, year, period int) (PaymentID, error) {
	bill, err := ParseBillID(string(bill))
	if err != nil {
		return "", err
	}
	if amount <= 0 || amount > MaxAmount || amount%thousand != 0 {
		return "", errAmount
	}
	if year < 0 || year > 9 || period < 0 || period > 99 {
		return "", errPeriod
	}
	body := fmt.Sprintf("%d%d%02d", amount/thousand, year, period)
	body += check(body)
	return PaymentID(body + check(string(bill)+body)), nil
}

// ParseBillID reads a bill ID of any service type; leading zeros up to 13 digits are dropped. It takes Latin digits only.
// bill_id_digit with the position, bill_id_length, bill_type, bill_id_check.
func ParseBillID(text string) (BillID, error) {
	digits, err := canonical(text, errBillDigit, errBillLength)
	if err != nil {
		return "", err
	}
	body, last := digits[:len(digits)-1], digits[len(digits)-1:]
	if last != check(body) {
		return "", errBillCheck
	}
	if body[len(body)-1] == '0' {
		return "", errType
	}
	return BillID(digits), nil
}

// ParseMunicipalBillID is ParseBillID that refuses other service types with bill_not_municipal.
func ParseMunicipalBillID(text string) (BillID, error) {
	bill, err := ParseBillID(text)
	if err != nil {
		return "", err
	}
	if bill.Kind() != Municipality {
		return "", errNotMunicipal
	}
	return bill, nil
}

// ParsePair reads both IDs and proves that they belong together; the error names bill_id or payment_id as its field. Beside
// the errors of ParseBillID: payment_id_digit, payment_id_length, payment_id_check (first check digit) and bill_pair_check
// (second one: the payment ID is of another bill, or mistyped).
func ParsePair(bill, payment string) (Pair, error) {
	id, err := ParseBillID(bill)
	if err != nil {
		return Pair{}, fault.OnField(err, "bill_id")
	}
	return pair(id, payment)
}

// ParseMunicipalPair is ParsePair that refuses other service types with bill_not_municipal.
func ParseMunicipalPair(bill, payment string) (Pair, error) {
	id, err := ParseMunicipalBillID(bill)
	if err != nil {
		return Pair{}, fault.OnField(err, "bill_id")
	}
	return pair(id, payment)
}

func pair(bill BillID, payment string) (Pair, error) {
	digits, err := canonical(payment, errPaymentDigit, errPaymentLength)
	if err != nil {
		return Pair{}, fault.OnField(err, "payment_id")
	}
	body, first, second := digits[:len(digits)-2], digits[len(digits)-2:len(digits)-1], digits[len(digits)-1:]
	if first != check(body) {
		return Pair{}, errPaymentCheck.On("payment_id")
	}
	if second != check(string(bill)+body+first) {
		return Pair{}, errPairCheck.On("payment_id")
	}
	return Pair{bill, PaymentID(digits)}, nil
}

// ParseBarcode reads the 26 digits of a bill's barcode: both IDs, each padded with zeros to 13. bill_barcode_digit with the
// position, bill_barcode_length, or the errors of ParsePair.
func ParseBarcode(text string) (Pair, error) {
	if at := misfit(text); at >= 0 {
		return Pair{}, errBarcodeDigit.At(at)
	}
	if len(text) != 2*maxDigits {
		return Pair{}, errBarcodeLength
	}
	return ParsePair(text[:maxDigits], text[maxDigits:])
}

// Barcode is the 26 digits that a bank's reader takes.
func (p Pair) Barcode() string { return pad(string(p.Bill)) + pad(string(p.Payment)) }

// Amount is what the pair asks for, in rial.
func (p Pair) Amount() money.Rial { return p.Payment.Amount() }

// File is the file code; like the other parts it is 0 where the ID was not made by NewBillID or a parser.
func (b BillID) File() int { return part(string(b), 5, maxDigits) }

// Company is the code that the banks' network gave the company (کد انفورماتیک).
func (b BillID) Company() int { return part(string(b), 2, 5) }

// Kind is the service type.
func (b BillID) Kind() ServiceType { return ServiceType(part(string(b), 1, 2)) }

// Amount is what the payment ID asks for, in rial; like the other parts it is 0 where no parser made the ID.
func (p PaymentID) Amount() money.Rial { return money.Rial(part(string(p), 5, maxDigits)) * thousand }

// Year is the company's year digit; some companies put other things there, so it is never a date.
func (p PaymentID) Year() int { return part(string(p), 4, 5) }

// Period is the company's period, 0–99.
func (p PaymentID) Period() int { return part(string(p), 2, 4) }

// canonical drops the leading zeros of an ID of Latin digits.
func canonical(text string, digit, length *fault.Error) (string, error) {
	if at := misfit(text); at >= 0 {
		return "", digit.At(at)
	}
	digits := strings.TrimLeft(text, "0")
	if len(text) > maxDigits || len(digits) < minDigits {
		return "", length
	}
	return digits, nil
}

// misfit is the rune offset of the first character that is not a Latin digit, or -1; all runes before it are one byte.
func misfit(text string) int {
	return strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// check is the standard's check digit: weights 2 to 7 from the right, sum modulo 11; remainders 0 and 1 give 0.
func check(body string) string {
	sum := 0
	for i := range len(body) {
		sum += int(body[len(body)-1-i]-'0') * (2 + i%6)
	}
	if r := sum % 11; r >= 2 {
		return strconv.Itoa(11 - r)
	}
	return "0"
}

// part reads the digits between two distances from the right end; 0 where the text is too short or not digits.
func part(digits string, from, to int) int {
	end, start := len(digits)-from, max(0, len(digits)-to)
	if end <= start {
		return 0
	}
	n, err := strconv.ParseUint(digits[start:end], 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

func pad(digits string) string { return strings.Repeat("0", max(0, maxDigits-len(digits))) + digits }
