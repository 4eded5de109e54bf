package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// cardNumber is the only card of the simulated bank; it is masked or hashed wherever it leaves.
const cardNumber, cardMask = "6037990000000014", "603799****0014"

func hashedCard() string {
	sum := sha256.Sum256([]byte(cardNumber))
	return hex.EncodeToString(sum[:])
}

type receiptAnswer struct {
	Data             *receiptData
	HasError         bool
	ErrorCode        *int
	ErrorMessage     *string
	ValidationErrors []validationError
}

type validationError struct {
	FieldName     string
	ErrorMessages []string
}

type receiptData struct {
	State            string
	Status           int
	TerminalID       int64 `json:"TerminalId"`
	Token            string
	RefNum, ResNum   *string
	TraceNo          int64
	Amount           int64
	AffectiveAmount  int64
	Rrn              *int64
	HashedCardNumber *string
}

func refuseReceipt(code int) receiptAnswer {
	message := "رسیدی برای این درخواست یافت نشد."
	if code != http.StatusNotFound {
		message = "درخواست پذیرفته نشد."
	}
	return receiptAnswer{HasError: true, ErrorCode: &code, ErrorMessage: &message}
}

func (s *Server) handleReceipt(w http.ResponseWriter, r *http.Request) {
	bend, answer := s.receipt(readFields(w, r))
	deliver(w, r, bend, answer)
}

func (s *Server) receipt(request fields) (Bend, receiptAnswer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	terminal := request.number("TerminalNumber")
	if !s.hasTerminal(strconv.FormatInt(terminal, 10)) {
		return Bend{}, refuseReceipt(errTerminal)
	}
	found := s.find(request.text("Token"))
	if found == nil {
		found = s.findReference(request.text("RefNum"))
	}
	if found == nil || found.Provider != SEP || found.TerminalID != terminal {
		return Bend{}, refuseReceipt(http.StatusNotFound)
	}
	bend := s.take(found, CallReceipt)
	if bend.Way == WayCode {
		return bend, refuseReceipt(bend.Code)
	}
	name, status, known := found.receiptState(s.now())
	if !known {
		return bend, refuseReceipt(http.StatusNotFound)
	}
	data := &receiptData{State: name, Status: status, TerminalID: found.TerminalID, Token: found.Token}
	if found.State == StatePaid {
		found.fill(data)
		data.bend(bend)
	}
	return bend, receiptAnswer{Data: data}
}

// fill adds what a receipt tells of a paid sale only.
func (t *Transaction) fill(data *receiptData) {
	rrn, _ := strconv.ParseInt(t.RRN, 10, 64)
	hash := hashedCard()
	data.RefNum, data.ResNum, data.Rrn, data.HashedCardNumber = &t.RefNum, &t.ResNum, &rrn, &hash
	data.TraceNo, _ = strconv.ParseInt(t.TraceNo, 10, 64)
	data.Amount, data.AffectiveAmount = t.Amount, t.charged()
}

// bend makes a receipt tell another sale.
func (d *receiptData) bend(bend Bend) {
	if bend.Way == WayAmount {
		d.Amount, d.AffectiveAmount = d.Amount-1, d.AffectiveAmount-1
	}
	if bend.Way == WayTerminal {
		d.TerminalID++
	}
}

// confirmAnswer is the answer of VerifyTransaction and ReverseTransaction, in SEP's own spelling.
type confirmAnswer struct {
	TransactionDetail *transactionDetail `json:",omitempty"`
	ResultCode        int
	ResultDescription string
	Success           bool
}

type transactionDetail struct {
	RRN, RefNum, MaskedPan, HashedPan string
	TerminalNumber                    int64
	OrginalAmount, AffectiveAmount    int64
	StraceDate, StraceNo              string
}

func (s *Server) handleVerify(w http.ResponseWriter, r *http.Request) {
	verify := func(t *Transaction) int { return t.verify() }
	bend, answer := s.confirm(readFields(w, r), CallVerify, verify)
	deliver(w, r, bend, answer)
}

func (s *Server) handleReverse(w http.ResponseWriter, r *http.Request) {
	reverse := func(t *Transaction) int { return t.reverse(s.now()) }
	bend, answer := s.confirm(readFields(w, r), CallReverse, reverse)
	deliver(w, r, bend, answer)
}

func (s *Server) confirm(request fields, call Call, do func(*Transaction) int) (Bend, confirmAnswer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	terminal := request.number("TerminalNumber")
	if !s.hasTerminal(strconv.FormatInt(terminal, 10)) {
		return Bend{}, describe(codeUnknownTerminal)
	}
	found := s.findReference(request.text("RefNum"))
	if found == nil || found.Provider != SEP || found.TerminalID != terminal {
		return Bend{}, describe(codeNotFound)
	}
	bend := s.take(found, call)
	if bend.Way == WayCode {
		return bend, describe(bend.Code)
	}
	if !bend.done() {
		return bend, confirmAnswer{}
	}
	answer := describe(do(found))
	s.save(found)
	if answer.Success || answer.ResultCode == codeRepeated {
		answer.TransactionDetail = found.detail(bend)
	}
	return bend, answer
}

// detail tells the sale; under WayAmount a smaller one, under WayTerminal another terminal's.
func (t *Transaction) detail(bend Bend) *transactionDetail {
	const iran = 3*60*60 + 30*60
	amount, charged, terminal := t.Amount, t.charged(), t.TerminalID
	switch bend.Way {
	case WayAmount:
		amount, charged = amount-1, charged-1
	case WayTerminal:
		terminal++
	}
	return &transactionDetail{
		RRN: t.RRN, RefNum: t.RefNum, MaskedPan: cardMask, HashedPan: hashedCard(), TerminalNumber: terminal,
		OrginalAmount: amount, AffectiveAmount: charged, StraceNo: t.TraceNo,
		StraceDate: t.PaidAt.In(time.FixedZone("IRST", iran)).Format(time.DateTime),
	}
}

func describe(code int) confirmAnswer {
	texts := map[int]string{
		codeOK:              "عملیات با موفقیت انجام شد.",
		codeRepeated:        "درخواست تکراری است.",
		codeReversed:        "تراکنش برگشت خورده است.",
		codeNotFound:        "تراکنش یافت نشد.",
		codeTooLate:         "مهلت انجام عملیات گذشته است.",
		codeDisabled:        "پایانه غیرفعال است.",
		codeUnknownTerminal: "پایانه یافت نشد.",
		codeAddress:         "نشانی اینترنتی درخواست‌کننده مجاز نیست.",
	}
	return confirmAnswer{ResultCode: code, ResultDescription: texts[code], Success: code == codeOK}
}

// take uses up a fault of the scenario. The caller holds mu.
func (s *Server) take(transaction *Transaction, call Call) Bend {
	bend := transaction.bend(call)
	if bend.Times > 0 {
		s.save(transaction)
	}
	return bend
}
