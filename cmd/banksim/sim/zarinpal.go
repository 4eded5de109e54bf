package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Zarinpal's life of a page (our choice) and window of a reversal.
const (
	zarinpalLife          = 15 * time.Minute
	zarinpalReverseWindow = 30 * time.Minute
)

// zarinpalError is the failed envelope; its HTTP status is not documented (our choice: 422).
type zarinpalError struct {
	Data   []string      `json:"data"`
	Errors zarinpalFault `json:"errors"`
}

type zarinpalFault struct {
	Code        int      `json:"code"`
	Message     string   `json:"message"`
	Validations []string `json:"validations"`
}

func (e zarinpalError) write(w http.ResponseWriter) { writeJSON(w, http.StatusUnprocessableEntity, e) }

func zarinpalRefuse(code int) zarinpalError {
	return zarinpalError{Data: []string{}, Errors: zarinpalFault{Code: code, Message: "عملیات انجام نشد.", Validations: []string{}}}
}

// zarinpalOK is the successful envelope.
func zarinpalOK(data map[string]any) any { return map[string]any{"data": data, "errors": []string{}} }

func (s *Server) handleRequest(w http.ResponseWriter, r *http.Request) {
	t, code := s.readRequest(readFields(w, r))
	if code != 0 {
		write(w, zarinpalRefuse(code))
		return
	}
	bend := s.open(&t, zarinpalLife, func() string { return "A" + s.digits(authorityDigits) })
	if !bend.done() {
		deliver(w, r, bend, zarinpalRefuse(bend.Code))
		return
	}
	deliver(w, r, bend, zarinpalOK(map[string]any{"code": 100, "message": "Success", "authority": t.Token, "fee_type": "Merchant", "fee": 0}))
}

const authorityDigits = 35

// readRequest gives the session that request.json asks for, or an error code.
func (s *Server) readRequest(request fields) (Transaction, int) {
	const errValidation, errMerchant, errTooMuch, merchantLength, least, most, longest = -9, -10, -41, 36, 1_000, 1_000_000_000, 500
	known := []string{"merchant_id", "amount", "currency", "description", "callback_url", "referrer_id", "metadata", "wages", "cart_data"}
	for name := range request {
		if !slices.Contains(known, name) {
			return Transaction{}, errValidation
		}
	}
	metadata, _ := request["metadata"].(map[string]any)
	t := Transaction{
		Provider: Zarinpal, Terminal: request.text("merchant_id"), Amount: request.number("amount"), RedirectURL: request.text("callback_url"),
		ResNum: lower(metadata).text("order_id"),
	}
	callback, err := url.Parse(t.RedirectURL)
	description, currency := request.text("description"), request.text("currency")
	switch {
	case len(t.Terminal) != merchantLength || !s.hasTerminal(t.Terminal):
		return t, errMerchant
	case currency != "" && currency != "IRR", description == "" || len([]rune(description)) > longest:
		return t, errValidation // toman is allowed by the documentation; this simulator keeps its books in rial (our choice)
	case err != nil || callback.Host == "" || callback.Scheme != "http" && callback.Scheme != "https" || t.Amount < least:
		return t, errValidation
	case t.Amount > most:
		return t, errTooMuch
	}
	var code int
	t.Splits, code = readWages(request, t.Amount)
	return t, code
}

// readWages applies the rules of shares: five at most, 10,000 rial each at least, 99 % together at most.
func readWages(request fields, amount int64) ([]Split, int) {
	const errInactive, errSum, errMany, errSmall, most, least = -37, -34, -35, -36, 5, 10_000
	rows, _ := request["wages"].([]any)
	if len(rows) > most {
		return nil, errMany
	}
	var splits []Split
	rest := amount - (amount+99)/100
	for _, row := range rows {
		members, _ := row.(map[string]any)
		split := Split{IBAN: lower(members).text("iban"), Amount: lower(members).number("amount")}
		switch {
		case !soundIBAN(split.IBAN):
			return nil, errInactive
		case split.Amount < least:
			return nil, errSmall
		case split.Amount > rest:
			return nil, errSum
		}
		rest -= split.Amount
		splits = append(splits, split)
	}
	return splits, 0
}

func (s *Server) handleStartPay(w http.ResponseWriter, r *http.Request) {
	page, status := s.page(r.PathValue("authority"))
	render(w, status, "page.html", page)
}

// zarinpal serves one call about an authority: it finds the session, applies the scenario's fault and gives what do answers.
func (s *Server) zarinpal(call Call, do func(*Transaction, fields) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		bend, answer := s.zarinpalCall(call, readFields(w, r), do)
		deliver(w, r, bend, answer)
	}
}

func (s *Server) zarinpalCall(call Call, request fields, do func(*Transaction, fields) any) (Bend, any) {
	const errMerchant, errAmount, errOther, errAuthority = -10, -50, -53, -54
	s.mu.Lock()
	defer s.mu.Unlock()
	merchant := request.text("merchant_id")
	if !s.hasTerminal(merchant) {
		return Bend{}, zarinpalRefuse(errMerchant)
	}
	found := s.find(request.text("authority"))
	if found == nil || found.Provider != Zarinpal {
		return Bend{}, zarinpalRefuse(errAuthority)
	}
	if found.Terminal != merchant {
		return Bend{}, zarinpalRefuse(errOther)
	}
	bend := s.take(found, call)
	switch {
	case bend.Way == WayCode:
		return bend, zarinpalRefuse(bend.Code)
	case bend.Way == WayTerminal:
		return bend, zarinpalRefuse(errOther)
	case bend.Way == WayAmount && call == CallVerify:
		return bend, zarinpalRefuse(errAmount)
	case !bend.done():
		return bend, nil
	}
	answer := do(found, request)
	s.save(found)
	return bend, answer
}

func (s *Server) zarinpalVerify(t *Transaction, request fields) any {
	const errAmount, errUnpaid, repeated = -50, -51, 101
	code := 100
	switch {
	case request.number("amount") != t.Amount:
		return zarinpalRefuse(errAmount)
	case t.State == StateVerified:
		code = repeated
	case t.State != StatePaid:
		return zarinpalRefuse(errUnpaid)
	}
	t.State, t.Verifies = StateVerified, t.Verifies+1
	refID, _ := strconv.ParseInt(t.RefNum, 10, 64)
	return zarinpalOK(map[string]any{
		"code": code, "message": "Verified", "card_hash": hashedCard(), "card_pan": "603799******0014", "ref_id": refID, "fee_type": "Merchant", "fee": 0,
	})
}

// zarinpalInquiry tells the status; an expired or returned session is FAILED.
func (s *Server) zarinpalInquiry(t *Transaction, _ fields) any {
	status := map[State]string{
		StateToken: "IN_BANK", StateInProgress: "IN_BANK", StatePaid: "PAID", StateVerified: "VERIFIED", StateReversed: "REVERSED",
	}[t.State]
	if status == "" {
		status = "FAILED"
	}
	return zarinpalOK(map[string]any{"code": 100, "message": "Success", "status": status})
}

// zarinpalReverse returns a verified sale; an unverified one answers -61 (our choice).
func (s *Server) zarinpalReverse(t *Transaction, _ fields) any {
	const errDone, errLate = -61, -63
	switch {
	case t.State != StateVerified:
		return zarinpalRefuse(errDone)
	case s.now().After(t.PaidAt.Add(zarinpalReverseWindow)):
		return zarinpalRefuse(errLate)
	}
	t.State, t.Reverses = StateReversed, t.Reverses+1
	return zarinpalOK(map[string]any{"code": 100, "message": "Reversed"})
}

// handleUnverified lists the last hundred paid sessions of a merchant that wait for their verification.
func (s *Server) handleUnverified(w http.ResponseWriter, r *http.Request) {
	const most, iran = 100, 3*60*60 + 30*60
	merchant := readFields(w, r).text("merchant_id")
	waiting := []map[string]any{}
	for _, t := range s.Transactions() {
		if t.Provider == Zarinpal && t.Terminal == merchant && t.State == StatePaid {
			waiting = append(waiting, map[string]any{"authority": t.Token, "amount": t.Amount, "callback_url": t.RedirectURL, "referer": "",
				"date": t.PaidAt.In(time.FixedZone("IRST", iran)).Format(time.DateTime)})
		}
	}
	waiting = waiting[max(0, len(waiting)-most):]
	writeJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"code": "100", "message": "Success", "authorities": waiting}})
}
