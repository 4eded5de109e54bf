package pcpos

import (
	"fmt"
	"strings"
	"time"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
)

// RecordType is what kind of transaction a record tells of.
type RecordType int

// The kinds in use here; PcPos 1.5 has more.
const (
	SaleRecord RecordType = 4
	BillRecord RecordType = 22
)

// Record is one transaction as the terminal remembers it. OrderID is empty in answers to LastTransactions.
type Record struct {
	Type          RecordType
	Amount        money.Rial
	TransactionNo string
	At            time.Time // UTC, whole seconds; zero where the terminal's clock makes no sense
	MaskedPAN     string    // twelve characters: six digits, two stars, four digits
	RRN           string    // twelve digits; zeros: not paid
	Code          string    // two digits, see Lookup
	OrderID       string
}

const (
	recordWidth = 60
	noReference = "000000000000"
	clockLayout = "20060102150405" // Gregorian, at Tehran
)

// Paid holds for a record of money that left a card: code 00 and a reference.
func (r Record) Paid() bool { return r.Code == Paid && r.RRN != noReference && isDigits(r.RRN) }

// DecodeRecords reads the answer to Last or Search; no records, where the answer is empty. ErrData: another function, or a record cut short.
func DecodeRecords(c Call) ([]Record, error) {
	named := c.Function == LastTransactionsByID.Answer() || c.Function == SearchFirst.Answer() || c.Function == SearchSecond.Answer()
	if !named && c.Function != LastTransactions.Answer() {
		return nil, fmt.Errorf("%w: function %04d has no records", ErrData, c.Function)
	}
	var records []Record
	for rest := c.Payload; rest != ""; {
		if len(rest) < recordWidth {
			return nil, fmt.Errorf("%w: half a record", ErrData)
		}
		record, ok := decodeRecord(rest[:recordWidth])
		rest = rest[recordWidth:]
		if ok && named {
			record.OrderID, rest, ok = counted(rest, 2)
		}
		if !ok {
			return nil, fmt.Errorf("%w: record %d", ErrData, len(records)+1)
		}
		records = append(records, record)
	}
	return records, nil
}

func decodeRecord(text string) (Record, bool) {
	kind, typed := number(text[:2])
	amount, priced := number(text[2:14])
	r := Record{Type: RecordType(kind), Amount: money.Rial(amount), TransactionNo: text[14:20], MaskedPAN: text[34:46], RRN: text[46:58], Code: text[58:60]}
	if at, err := time.ParseInLocation(clockLayout, text[20:34], calendar.Tehran()); err == nil {
		r.At = at.UTC()
	}
	masked := isDigits(r.MaskedPAN[:6]) && r.MaskedPAN[6:8] == "**" && isDigits(r.MaskedPAN[8:])
	if !masked { // nothing that could be a whole card number goes further
		r.MaskedPAN = ""
	}
	return r, typed && priced && isDigits(r.TransactionNo) && isDigits(r.RRN) && isDigits(r.Code)
}

// EncodeRecords lays records out as the terminal does in its answer to f; ErrData where they do not fit.
func EncodeRecords(f Function, records []Record) (Call, error) {
	var text strings.Builder
	for _, r := range records {
		at := strings.Repeat("0", len(clockLayout))
		if !r.At.IsZero() {
			at = r.At.In(calendar.Tehran()).Format(clockLayout)
		}
		pan := r.MaskedPAN
		if pan == "" {
			pan = "000000000000"
		}
		line := fmt.Sprintf("%02d%0*d%s%s%s%s%s", r.Type, splitWidth, r.Amount, r.TransactionNo, at, pan, r.RRN, r.Code)
		if len(line) != recordWidth || r.Amount < 0 {
			return Call{}, fmt.Errorf("%w: a record of %d bytes", ErrData, len(line))
		}
		text.WriteString(line)
		if f.Answer() != LastTransactions.Answer() {
			text.WriteString(fmt.Sprintf("%02d", len(r.OrderID)) + r.OrderID)
		}
	}
	return Call{Function: f.Answer(), Payload: text.String()}, nil
}
