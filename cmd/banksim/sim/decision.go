package sim

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// handleDecision is the page's own form: Token and decision, pay or cancel. Sent again it repeats the return, as a
// browser's reload does.
func (s *Server) handleDecision(w http.ResponseWriter, r *http.Request) {
	token, decision := formToken(w, r), r.PostForm.Get("decision")
	decided, ok := s.decide(token, decision)
	if !ok {
		page, status := s.page(token)
		render(w, max(status, http.StatusBadRequest), "page.html", page)
		return
	}
	s.sendBack(w, r, decided)
}

// decide gives the session as it stands after the decision; false where there is none to take.
func (s *Server) decide(token, decision string) (Transaction, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.find(token)
	if found == nil || (decision != "pay" && decision != "cancel") {
		return Transaction{}, false
	}
	if !found.open() || !found.PaysAt.IsZero() || found.Forged != "" {
		return *found, true
	}
	scenario := found.Scenario
	switch {
	case decision == "cancel" || scenario.Outcome == OutcomeCancel:
		found.State = StateCanceled
	case scenario.Outcome == OutcomeFail:
		found.State = StateFailed
	case scenario.Callback == CallbackForged:
		found.Forged = s.reference(found)
	case scenario.LateMinutes > 0:
		found.PaysAt = s.now().Add(time.Duration(scenario.LateMinutes) * time.Minute)
	default:
		s.charge(found, s.now())
	}
	s.save(found)
	return *found, true
}

// charge gives the sale its numbers. The caller holds mu.
func (s *Server) charge(t *Transaction, at time.Time) {
	const rrnDigits, traceDigits = 12, 6
	t.State, t.PaidAt, t.RefNum = StatePaid, at, s.reference(t)
	t.RRN, t.TraceNo = s.digits(rrnDigits), s.digits(traceDigits)
	if t.Scenario.Outcome == OutcomeReturn {
		t.State = StateReversed
	}
}

// reference is a number of a sale, in the provider's form. The caller holds mu.
func (s *Server) reference(t *Transaction) string {
	const referenceBytes, referenceDigits = 21, 12
	switch {
	case t.Provider != SEP:
		return s.digits(referenceDigits)
	case t.Scenario.RawReference:
		return "+" + base64.RawStdEncoding.EncodeToString(s.random(referenceBytes)) + "/a+b="
	default:
		return base64.RawURLEncoding.EncodeToString(s.random(referenceBytes))
	}
}

// digits gives n digits without a leading zero.
func (s *Server) digits(n int) string {
	raw := s.random(n)
	for i, b := range raw {
		raw[i] = '0' + b%10
	}
	if raw[0] == '0' {
		raw[0] = '1'
	}
	return string(raw)
}

func (s *Server) sendBack(w http.ResponseWriter, r *http.Request, t Transaction) {
	if t.Scenario.Callback == CallbackNone {
		render(w, http.StatusOK, "page.html", view{Title: "پرداخت پایان یافت", Notice: "در این سناریو مرورگر به سایت پذیرنده برنمی‌گردد."})
		return
	}
	if t.Scenario.Callback == CallbackTwice {
		s.callbacks.Go(func() { s.callBack(t) })
	}
	if t.byForm() {
		render(w, http.StatusOK, "return.html", view{Action: t.RedirectURL, Fields: t.fields()})
		return
	}
	http.Redirect(w, r, t.callbackURL(), http.StatusFound)
}

// byForm holds where the browser posts the return: Mellat, and SEP 3.x.
func (t *Transaction) byForm() bool {
	return t.Provider == Mellat || t.Provider == SEP && t.Scenario.Callback == CallbackLegacy && !t.GetMethod
}

// callBack makes the return by itself, beside and perhaps before the browser's. It ignores what the merchant makes of it.
func (s *Server) callBack(t Transaction) {
	method, address, body := http.MethodGet, t.callbackURL(), ""
	if t.byForm() {
		values := url.Values{}
		for name, value := range t.fields() {
			values.Set(name, value)
		}
		method, address, body = http.MethodPost, t.RedirectURL, values.Encode()
	}
	request, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	if err != nil {
		return
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if response, err := s.options.Client.Do(request); err == nil {
		response.Body.Close()
	}
}

// claimed is the reference that the return names: the sale's, a forged one, or none.
func (t *Transaction) claimed() string { return cmp.Or(t.RefNum, t.Forged) }

// fields are what the return carries, by the provider's names.
func (t *Transaction) fields() map[string]string {
	switch {
	case t.Provider == Zarinpal:
		return map[string]string{"Authority": t.Token, "Status": map[bool]string{true: "OK", false: "NOK"}[t.claimed() != ""]}
	case t.Provider == Mellat:
		return t.mellatFields()
	case t.Scenario.Callback == CallbackLegacy:
		return t.legacyFields()
	default:
		return map[string]string{"Token": t.Token, "RefNum": t.claimed()}
	}
}

// returnLink is the return as a link, "" where the provider returns by a form.
func (t *Transaction) returnLink() string {
	if t.byForm() {
		return ""
	}
	return t.callbackURL()
}

// callbackURL is the merchant's address with the return's fields.
func (t *Transaction) callbackURL() string {
	fields := url.Values{}
	for name, value := range t.fields() {
		fields.Set(name, value)
	}
	query := fields.Encode()
	if t.Scenario.RawReference {
		query = strings.ReplaceAll(query, url.QueryEscape(t.RefNum), t.RefNum)
	}
	base, fragment, _ := strings.Cut(t.RedirectURL, "#")
	joint := "?"
	if strings.Contains(base, "?") {
		joint = "&"
	}
	if fragment != "" {
		query += "#" + fragment
	}
	return base + joint + query
}

func (t *Transaction) legacyFields() map[string]string {
	state, status := t.legacyState()
	fields := map[string]string{
		"Token": t.Token, "MID": strconv.FormatInt(t.TerminalID, 10), "TerminalId": strconv.FormatInt(t.TerminalID, 10),
		"State": state, "Status": strconv.Itoa(status), "ResNum": t.ResNum, "RefNum": t.RefNum, "RRN": t.RRN, "TraceNo": t.TraceNo,
		"Amount": "", "Wage": "", "SecurePan": "", "HashedCardNumber": "",
	}
	if t.RefNum != "" {
		fields["Amount"], fields["Wage"] = strconv.FormatInt(t.Amount, 10), strconv.FormatInt(t.Wage, 10)
		fields["SecurePan"], fields["HashedCardNumber"] = cardMask, hashedCard()
	}
	return fields
}
