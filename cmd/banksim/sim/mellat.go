package sim

import (
	"net/http"
	"strconv"
	"time"
)

// Codes of Behpardakht's manual that the simulator answers by itself; a scenario can answer any other.
const (
	mellatOK           = 0
	mellatInactive     = 21
	mellatCredentials  = 24
	mellatAmount       = 25
	mellatFormat       = 32
	mellatDate         = 35
	mellatDuplicate    = 41
	mellatNoSale       = 42
	mellatVerified     = 43
	mellatUnverified   = 44
	mellatSettled      = 45
	mellatReversed     = 48
	mellatInvalid      = 55
	mellatDomain       = 62
	mellatPayer        = 417
	mellatLife         = 15 * time.Minute
	mellatReverseLimit = 3 * time.Hour
)

// handleSOAP serves the one address of the web service.
func (s *Server) handleSOAP(w http.ResponseWriter, r *http.Request) {
	call, ok := readSOAP(http.MaxBytesReader(w, r.Body, maxBody))
	if !ok || len(r.Header["Soapaction"]) != 1 {
		soapFault(w, "no SOAP 1.1 call of this service")
		return
	}
	switch call.name {
	case "bpPayRequest", "bpCumulativeDynamicPayRequest":
		s.mellatPay(w, r, call)
	case "bpVerifyRequest", "bpSettleRequest", "bpInquiryRequest", "bpReversalRequest":
		s.mellatConfirm(w, r, call)
	default:
		soapFault(w, "unknown operation")
	}
}

// mellatPay opens a session, or answers a code.
func (s *Server) mellatPay(w http.ResponseWriter, r *http.Request, call soapCall) {
	const refBytes = 20
	wanted := "orderId amount localDate localTime additionalData callBackUrl payerId ? mobileNo encPan panHiddenMode cartItem enc"
	if call.name == "bpCumulativeDynamicPayRequest" {
		wanted = "orderId amount localDate localTime additionalData callBackUrl ? mobileNo encPan panHiddenMode cartItem enc"
	}
	if !call.named(wanted) {
		soapFault(w, "parameters missing, unknown or out of order")
		return
	}
	t, code := s.readPay(call)
	if code != mellatOK {
		write(w, soapAnswer{call.name, strconv.Itoa(code)})
		return
	}
	bend := s.open(&t, mellatLife, func() string { return s.letters(refBytes) })
	if !bend.done() {
		deliver(w, r, bend, soapAnswer{call.name, strconv.Itoa(bend.Code)})
		return
	}
	deliver(w, r, bend, soapAnswer{call.name, "0, " + t.Token}) // with the blank of the manual's samples
}

// saleCodes are what each call answers a sale in each state; 42 for any other.
func saleCodes(call Call) map[State]int {
	switch call {
	case CallVerify:
		return map[State]int{StatePaid: mellatOK, StateVerified: mellatVerified, StateSettled: mellatVerified, StateReversed: mellatReversed, StateAutoReversed: mellatReversed}
	case CallSettle:
		return map[State]int{StatePaid: mellatUnverified, StateVerified: mellatOK, StateSettled: mellatSettled, StateReversed: mellatReversed, StateAutoReversed: mellatReversed}
	case CallReceipt: // bpInquiryRequest: its codes are not listed, so each says its own meaning (our choice)
		return map[State]int{StatePaid: mellatUnverified, StateVerified: mellatOK, StateSettled: mellatSettled, StateReversed: mellatReversed, StateAutoReversed: mellatReversed}
	default:
		return map[State]int{StatePaid: mellatUnverified, StateVerified: mellatOK, StateSettled: mellatSettled, StateReversed: mellatReversed, StateAutoReversed: mellatReversed}
	}
}

func (s *Server) mellatConfirm(w http.ResponseWriter, r *http.Request, call soapCall) {
	if !call.named("orderId saleOrderId saleReferenceId") {
		soapFault(w, "parameters missing, unknown or out of order")
		return
	}
	about := map[string]Call{"bpVerifyRequest": CallVerify, "bpSettleRequest": CallSettle, "bpInquiryRequest": CallReceipt, "bpReversalRequest": CallReverse}[call.name]
	bend, code := s.mellatSale(about, call)
	deliver(w, r, bend, soapAnswer{call.name, strconv.Itoa(code)})
}

func (s *Server) mellatSale(about Call, call soapCall) (Bend, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code := s.credentials(call); code != mellatOK {
		return Bend{}, code
	}
	found := s.find(s.byOrder[call.text("terminalId")+"/"+call.text("saleOrderId")])
	if found == nil || found.RefNum == "" || found.RefNum != call.text("saleReferenceId") {
		return Bend{}, mellatNoSale
	}
	bend := s.take(found, about)
	switch {
	case bend.Way == WayCode:
		return bend, bend.Code
	case bend.Way == WayTerminal:
		return bend, mellatInactive
	case bend.Way == WayAmount && about == CallVerify:
		return bend, mellatAmount
	case !bend.done():
		return bend, mellatOK
	}
	code, listed := saleCodes(about)[found.State]
	if !listed {
		return bend, mellatNoSale
	}
	if code == mellatOK {
		code = s.mellatDo(found, about)
		s.save(found)
	}
	return bend, code
}

// mellatDo makes the step that a sale's state allows. A reversal is possible for three hours and until the day ends; the code of a later
// one is our choice. The caller holds mu.
func (s *Server) mellatDo(t *Transaction, about Call) int {
	switch about {
	case CallVerify:
		t.State, t.VerifiedAt, t.Verifies = StateVerified, s.now(), t.Verifies+1
	case CallSettle:
		t.State, t.Settles = StateSettled, t.Settles+1
	case CallReverse:
		const iran, day = 3*60*60 + 30*60, "20060102"
		tehran := time.FixedZone("IRST", iran)
		sameDay := t.VerifiedAt.In(tehran).Format(day) == s.now().In(tehran).Format(day)
		if !sameDay || s.now().After(t.VerifiedAt.Add(mellatReverseLimit)) {
			return mellatInvalid
		}
		t.State, t.Reverses = StateReversed, t.Reverses+1
	}
	return mellatOK
}

// mellatFields are the form of the return. A failed sale is one without funds (12), a late one had no answer of its issuer (113).
func (t *Transaction) mellatFields() map[string]string {
	code := map[State]string{StateCanceled: "17", StateFailed: "12", StateExpired: "415", StateToken: "113", StateInProgress: "113"}[t.State]
	fields := map[string]string{"RefId": t.Token, "SaleOrderId": t.ResNum, "ResCode": code, "SaleReferenceId": t.claimed(), "CardHolderPan": "", "CreditCardSaleResponseDetail": "", "FinalAmount": ""}
	if t.claimed() != "" {
		fields["ResCode"], fields["CardHolderPan"], fields["FinalAmount"] = "0", "603799******0014", strconv.FormatInt(t.Amount, 10)
	}
	return fields
}

// letters gives n letters and digits. The caller holds mu.
func (s *Server) letters(n int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	raw := s.random(n)
	for i, b := range raw {
		raw[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(raw)
}
