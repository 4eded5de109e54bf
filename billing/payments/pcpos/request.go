package pcpos

import (
	"fmt"
	"strconv"
	"strings"

	"mofasa/billing/money"
)

// Processing is what a request of version 000 asks for.
type Processing string

// The processing codes of PcPos 1.5 that this program knows.
const (
	SaleCode Processing = "000000"
	BillCode Processing = "170000"
)

// The optional fields of a request, by number.
const (
	FieldAccounts   = 1
	FieldSaleID     = 2
	FieldBill       = 3
	FieldCard       = 4
	FieldOrder      = 5 // the caller's number: what a search asks for later
	FieldAPIVersion = 8
	fieldCount      = 8
)

const (
	amountWidth  = 13
	fixedLength  = 38
	messageType  = "0200"
	blankInvoice = "          " // unused
	blankCode    = "    "       // unused
	apiVersion   = "5.3.185.1336"
)

// What a card can be charged with at once, in rial (PcPos .Net API manual).
const (
	MinAmount money.Rial = 1_000
	MaxAmount money.Rial = 999_999_999_999
)

// Request is the data of a REQUEST of version 000. Fields[n-1] is the optional field n; empty: absent.
type Request struct {
	Amount     money.Rial
	Processing Processing
	Fields     [fieldCount]string
}

// Field is the optional field n (1 to 8), or "".
func (r Request) Field(n int) string { return r.Fields[n-1] }

// Sale is one purchase whose amount the terminal shows and nobody types.
type Sale struct {
	Amount   money.Rial
	OrderID  string    // 1 to 20 digits, never used twice
	Accounts []Account // whom the bank credits; empty: the terminal's own account
}

// Request lays the sale out, or gives ErrData for an amount, an order number or accounts that the protocol forbids.
func (s Sale) Request() (Request, error) {
	if err := checkOrderID(s.OrderID); err != nil {
		return Request{}, err
	}
	if s.Amount < MinAmount || s.Amount > MaxAmount {
		return Request{}, fmt.Errorf("%w: an amount outside %d…%d rial", ErrData, MinAmount, MaxAmount)
	}
	r := Request{Amount: s.Amount, Processing: SaleCode}
	r.Fields[FieldOrder-1], r.Fields[FieldAPIVersion-1] = s.OrderID, apiVersion
	if len(s.Accounts) > 0 {
		text, err := EncodeAccounts(s.Accounts, s.Amount)
		if err != nil {
			return Request{}, err
		}
		r.Fields[FieldAccounts-1] = text
	}
	return r, nil
}

// BillPayment is the request that pays a bill by its bill id and payment id, both plain digits; the amount repeats what the payment id says.
func BillPayment(amount money.Rial, billID, paymentID, orderID string) (Request, error) {
	if !isDigits(billID) || !isDigits(paymentID) {
		return Request{}, fmt.Errorf("%w: a bill is named by digits", ErrData)
	}
	r, err := Sale{Amount: amount, OrderID: orderID}.Request()
	r.Processing = BillCode
	r.Fields[FieldBill-1] = billID + "," + paymentID
	return r, err
}

// maxOrderID stays below the 99 digits of a search record, as every implementation can hold.
const maxOrderID = 20

func checkOrderID(id string) error {
	if !isDigits(id) || len(id) > maxOrderID {
		return fmt.Errorf("%w: an order number has 1 to %d digits", ErrData, maxOrderID)
	}
	return nil
}

// Frame is the REQUEST, or ErrData where it does not fit one.
func (r Request) Frame() (Frame, error) {
	if r.Amount < 0 || r.Amount > MaxAmount || !isDigits(string(r.Processing)) || len(r.Processing) != 6 {
		return Frame{}, fmt.Errorf("%w: amount or processing code", ErrData)
	}
	amount := ""
	if r.Amount > 0 {
		amount = strconv.FormatInt(int64(r.Amount), 10)
	}
	amount += strings.Repeat("\x00", amountWidth-len(amount))
	var bitmap byte
	var fields strings.Builder
	for i, value := range r.Fields {
		if value == "" {
			continue
		}
		if len(value) > maxData {
			return Frame{}, fmt.Errorf("%w: field %d has %d bytes", ErrData, i+1, len(value))
		}
		bitmap |= 1 << i
		fmt.Fprintf(&fields, "%03d%s", len(value), value)
	}
	data := amount + blankInvoice + blankCode + messageType + string(r.Processing) + string([]byte{bitmap}) + fields.String()
	if len(data) > maxData {
		return Frame{}, fmt.Errorf("%w: %d bytes", ErrData, len(data))
	}
	return Frame{Version: Sadad, Type: REQUEST, Data: []byte(data)}, nil
}

// DecodeRequest reads what Frame wrote, and refuses anything else with ErrData.
func DecodeRequest(f Frame) (Request, error) {
	data := string(f.Data)
	if f.Version != Sadad || f.Type != REQUEST || len(data) < fixedLength || data[amountWidth:31] != blankInvoice+blankCode+messageType {
		return Request{}, fmt.Errorf("%w: not a request", ErrData)
	}
	r := Request{Processing: Processing(data[31:37])}
	digits := strings.TrimRight(data[:amountWidth], "\x00")
	amount, ok := number(digits)
	if digits != "" && (!ok || digits[0] == '0' || amount > int64(MaxAmount)) || !isDigits(string(r.Processing)) {
		return Request{}, fmt.Errorf("%w: amount or processing code", ErrData)
	}
	r.Amount = money.Rial(amount)
	bitmap, rest := data[fixedLength-1], data[fixedLength:]
	for i := range r.Fields {
		if bitmap&(1<<i) == 0 {
			continue
		}
		if r.Fields[i], rest, ok = counted(rest, lengthDigits); !ok {
			return Request{}, fmt.Errorf("%w: field %d", ErrData, i+1)
		}
	}
	if rest != "" {
		return Request{}, fmt.Errorf("%w: %d bytes too many", ErrData, len(rest))
	}
	return r, nil
}

// counted takes a length of so many digits and that many bytes off the front. An empty value has no place in either layout.
func counted(text string, digits int) (value, rest string, ok bool) {
	if len(text) < digits {
		return "", "", false
	}
	n, ok := number(text[:digits])
	if !ok || n == 0 || int(n) > len(text)-digits {
		return "", "", false
	}
	return text[digits : digits+int(n)], text[digits+int(n):], true
}
