package pcpos

import (
	"fmt"
	"strings"
)

// Function is what a request of version 002 asks for, or what its answer answers (PcPos 1.5, "SADAD2").
type Function int

// The functions in use. Each is answered by the next even number.
const (
	LastTransactions     Function = 1
	CardInfo             Function = 3
	DeviceInfo           Function = 5
	ListAccounts         Function = 11
	LastTransactionsByID Function = 13 // as LastTransactions, with the order number of each
	SearchFirst          Function = 15
	SearchSecond         Function = 17
)

// Answer is the function number under which the terminal answers f.
func (f Function) Answer() Function { return f + 1 }

// Call is the data of a REQUEST or RESPONSE of version 002: four digits of function, three of length, the payload.
type Call struct {
	Function Function
	Payload  string
}

// Search asks for the transaction of an order number by one of the two search functions.
func Search(by Function, orderID string) (Call, error) {
	if err := checkOrderID(orderID); err != nil {
		return Call{}, err
	}
	if by != SearchFirst && by != SearchSecond {
		return Call{}, fmt.Errorf("%w: function %04d is no search", ErrData, by)
	}
	return Call{Function: by, Payload: fmt.Sprintf("%02d%s", len(orderID), orderID)}, nil
}

// MaxLast is how many transactions can be asked for at once: thirteen exist, but with long order numbers they exceed one frame.
const MaxLast = 12

// Last asks for the last transactions, failed ones too, newest first: up to MaxLast of them, by LastTransactions or LastTransactionsByID.
func Last(by Function, count int) (Call, error) {
	const all = '2'
	if count < 1 || count > MaxLast || by != LastTransactions && by != LastTransactionsByID {
		return Call{}, fmt.Errorf("%w: %d transactions by function %04d", ErrData, count, by)
	}
	return Call{Function: by, Payload: fmt.Sprintf("%02d%c", count, all)}, nil
}

const maxPayload = maxData - 7

// Frame is the call as a REQUEST or RESPONSE.
func (c Call) Frame(kind Type) (Frame, error) {
	if c.Function < 0 || c.Function > 9999 || len(c.Payload) > maxPayload {
		return Frame{}, fmt.Errorf("%w: function %d with %d bytes", ErrData, c.Function, len(c.Payload))
	}
	return Frame{Version: Functions, Type: kind, Data: fmt.Appendf(nil, "%04d%03d%s", c.Function, len(c.Payload), c.Payload)}, nil
}

// DecodeCall reads the data of a frame of version 002, or gives ErrData.
func DecodeCall(f Frame) (Call, error) {
	data := string(f.Data)
	if f.Version != Functions || len(data) < 7 {
		return Call{}, fmt.Errorf("%w: not a function", ErrData)
	}
	function, named := number(data[:4])
	length, sized := number(data[4:7])
	if !named || !sized || int(length) != len(data)-7 {
		return Call{}, fmt.Errorf("%w: head of a function", ErrData)
	}
	return Call{Function: Function(function), Payload: data[7:]}, nil
}

// Device is how a terminal names itself: in answer 0006, and in the text that it broadcasts.
type Device struct{ Name, IP, Port, Terminal, Merchant string }

// DecodeDevice reads "SADAD PCPOS:name:ip:port:terminal:merchant", or with "PC POS" as the broadcast spells it. The name may hold colons.
func DecodeDevice(text string) (Device, error) {
	for _, header := range []string{"SADAD PCPOS:", "SADAD PC POS:"} {
		rest, ok := strings.CutPrefix(text, header)
		parts := strings.Split(rest, ":")
		if last := len(parts) - 4; ok && last >= 1 {
			return Device{Name: strings.Join(parts[:last], ":"), IP: parts[last], Port: parts[last+1], Terminal: parts[last+2], Merchant: parts[last+3]}, nil
		}
	}
	return Device{}, fmt.Errorf("%w: not a terminal's name", ErrData)
}

// TableRow is one account that a terminal knows by number (answer 0012).
type TableRow struct {
	Row  int
	IBAN string
}

// DecodeTable reads "row:IBAN,row:IBAN,…"; an empty text is an empty table.
func DecodeTable(text string) ([]TableRow, error) {
	if text == "" {
		return nil, nil
	}
	var rows []TableRow
	for entry := range strings.SplitSeq(text, ",") {
		digits, iban, _ := strings.Cut(entry, ":")
		row, ok := number(digits)
		if !ok || !(Account{Type: IBANRow, IBAN: iban}).named() {
			return nil, fmt.Errorf("%w: a row of the accounts", ErrData)
		}
		rows = append(rows, TableRow{Row: int(row), IBAN: iban})
	}
	return rows, nil
}
