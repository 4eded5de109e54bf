package pcpos

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
)

// Response is the terminal's answer to a request of version 000. MaskedPAN keeps the first six and last four digits: the wire carries all sixteen, and they go no further.
type Response struct {
	Code          string // "00" is paid; see Lookup
	Amount        money.Rial
	MaskedPAN     string
	Processing    Processing
	TransactionNo string    // six digits; starts again after 999999
	At            time.Time // UTC, whole seconds; zero where the terminal's clock makes no sense
	RRN           string    // twelve digits; empty: not paid
	Approval      string
	Terminal      string
	Merchant      string
	Text          string // of an error, perhaps Persian
}

// The places of the answer, in units of two bytes (UTF-16LE, PcPos 1.5).
const (
	unitsCode, unitsAmount, unitsCard, unitsProcessing, unitsNumber = 4, 13, 17, 7, 7
	unitsDate, unitsTime, unitsRRN, unitsApproval                   = 6, 8, 13, 7
	unitsTerminal, unitsMerchant, unitsText                         = 9, 16, 30

	responseUnits  = unitsCode + unitsAmount + unitsCard + unitsProcessing + unitsNumber + unitsDate + unitsTime + unitsRRN + unitsApproval + unitsTerminal + unitsMerchant + unitsText
	responseLength = 2 * responseUnits
	timeShift      = 24 // added to every number of the time but the day of the week
)

// DecodeResponse reads a RESPONSE of version 000, masking the card. ErrData: another length, a code or amount that is no number.
func DecodeResponse(f Frame) (Response, error) {
	if f.Version != Sadad || f.Type != RESPONSE || len(f.Data) != responseLength {
		return Response{}, fmt.Errorf("%w: not a response", ErrData)
	}
	r := units(f.Data)
	response := Response{Code: r.text(unitsCode)}
	amount := r.text(unitsAmount)
	response.MaskedPAN = mask(r.text(unitsCard))
	response.Processing = Processing(r.text(unitsProcessing))
	response.TransactionNo = r.text(unitsNumber)
	r.text(unitsDate)
	response.At = r.moment()
	response.RRN = r.text(unitsRRN)
	response.Approval = r.text(unitsApproval)
	response.Terminal = r.text(unitsTerminal)
	response.Merchant = r.text(unitsMerchant)
	response.Text = r.text(unitsText)
	rial, ok := number(amount)
	if amount != "" && !ok || !isDigits(response.Code) || response.RRN != "" && !isDigits(response.RRN) {
		return Response{}, fmt.Errorf("%w: code, amount or reference of a response", ErrData)
	}
	response.Amount = money.Rial(rial)
	return response, nil
}

// unitReader reads places of two-byte units from the front.
type unitReader struct{ rest []byte }

func units(data []byte) *unitReader { return &unitReader{data} }

func (u *unitReader) take(n int) []uint16 {
	taken := make([]uint16, n)
	for i := range taken {
		taken[i] = binary.LittleEndian.Uint16(u.rest[2*i:])
	}
	u.rest = u.rest[2*n:]
	return taken
}

// text is a place up to its first NUL, without the blanks that fill it.
func (u *unitReader) text(n int) string {
	taken := u.take(n)
	for i, unit := range taken {
		if unit == 0 {
			taken = taken[:i]
			break
		}
	}
	return strings.TrimSpace(string(utf16.Decode(taken)))
}

// moment reads year, month, day of the week (not shifted, ignored), day, hour, minute, second and a blank, Jalali, at Tehran.
func (u *unitReader) moment() time.Time {
	t := u.take(unitsTime)
	part := func(i int) int { return int(t[i]) - timeShift }
	day, err := calendar.NewDate(part(0), part(1), part(3))
	hour, minute, second := part(4), part(5), part(6)
	if err != nil || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return time.Time{}
	}
	year, month, d := day.Gregorian()
	return time.Date(year, month, d, hour, minute, second, 0, calendar.Tehran()).UTC()
}

// mask keeps the first six and last four digits of a card number. What is too short to be one, or is masked, goes out with no digit between them either way.
func mask(card string) string {
	const shortest, first, last = 12, 6, 4
	if len(card) < shortest {
		return ""
	}
	for i := range len(card) {
		if card[i] != '*' && (card[i] < '0' || card[i] > '9') {
			return ""
		}
	}
	return card[:first] + strings.Repeat("*", len(card)-first-last) + card[len(card)-last:]
}

// Frame is the RESPONSE as a terminal sends it, with MaskedPAN as the card; ErrData where something does not fit its place.
func (r Response) Frame() (Frame, error) {
	var w unitWriter
	w.text(r.Code, unitsCode)
	w.text(strconv.FormatInt(int64(r.Amount), 10), unitsAmount)
	w.text(r.MaskedPAN, unitsCard)
	w.text(string(r.Processing), unitsProcessing)
	w.text(r.TransactionNo, unitsNumber)
	w.text("", unitsDate)
	w.moment(r.At)
	w.text(r.RRN, unitsRRN)
	approval := r.Approval
	if approval != "" {
		approval = fmt.Sprintf("%-*s", unitsApproval-1, approval)
	}
	w.text(approval, unitsApproval)
	w.text(r.Terminal, unitsTerminal)
	w.text(r.Merchant, unitsMerchant)
	w.text(r.Text, unitsText)
	if w.over || r.Amount < 0 {
		return Frame{}, fmt.Errorf("%w: a value is longer than its place", ErrData)
	}
	return Frame{Version: Sadad, Type: RESPONSE, Data: w.data}, nil
}

type unitWriter struct {
	data []byte
	over bool
}

func (w *unitWriter) text(text string, n int) {
	encoded := utf16.Encode([]rune(text))
	if len(encoded) > n {
		w.over = true
		return
	}
	for i := range n {
		var unit uint16
		if i < len(encoded) {
			unit = encoded[i]
		}
		w.data = binary.LittleEndian.AppendUint16(w.data, unit)
	}
}

func (w *unitWriter) moment(at time.Time) {
	if at.IsZero() {
		w.text("", unitsTime)
		return
	}
	local, day := at.In(calendar.Tehran()), calendar.DateOf(at)
	for i, n := range []int{day.Year, day.Month, 0, day.Day, local.Hour(), local.Minute(), local.Second(), 0} {
		if i != 2 && i != 7 {
			n += timeShift
		}
		w.data = binary.LittleEndian.AppendUint16(w.data, uint16(n))
	}
}
