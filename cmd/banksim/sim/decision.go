package sim

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
	if !found.open() {
		return *found, true
	}
	switch {
	case decision == "cancel" || found.Scenario.Outcome == OutcomeCancel:
		found.State = StateCanceled
	case found.Scenario.Outcome == OutcomeFail:
		found.State = StateFailed
	default:
		s.charge(found)
	}
	s.save(found)
	return *found, true
}

// charge gives the sale its numbers. The caller holds mu.
func (s *Server) charge(t *Transaction) {
	const referenceBytes, rrnDigits, traceDigits = 21, 12, 6
	reference := base64.RawURLEncoding.EncodeToString(s.random(referenceBytes))
	if t.Scenario.RawReference {
		reference = "+" + base64.RawStdEncoding.EncodeToString(s.random(referenceBytes)) + "/a+b="
	}
	t.State, t.PaidAt, t.RefNum = StatePaid, s.now(), reference
	t.RRN, t.TraceNo = s.digits(rrnDigits), s.digits(traceDigits)
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
	switch {
	case t.Scenario.Callback == CallbackNone:
		render(w, http.StatusOK, "page.html", view{Title: "پرداخت پایان یافت", Notice: "در این سناریو مرورگر به سایت پذیرنده برنمی‌گردد."})
	case t.Scenario.Callback == CallbackLegacy && !t.GetMethod:
		render(w, http.StatusOK, "return.html", view{Action: t.RedirectURL, Fields: t.legacyFields()})
	default:
		if t.Scenario.Callback == CallbackTwice {
			s.callBack(t.callbackURL())
		}
		http.Redirect(w, r, t.callbackURL(), http.StatusFound)
	}
}

// callBack is the second callback, beside and perhaps before the browser's.
func (s *Server) callBack(address string) {
	s.callbacks.Go(func() {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
		if err != nil {
			return
		}
		if response, err := s.options.Client.Do(request); err == nil {
			response.Body.Close()
		}
	})
}

// callbackURL is RedirectUrl with the callback's fields: 4.x Token and RefNum, or all of 3.x where GetMethod asks for them.
func (t *Transaction) callbackURL() string {
	fields := url.Values{"Token": {t.Token}, "RefNum": {t.RefNum}}
	if t.Scenario.Callback == CallbackLegacy {
		for name, value := range t.legacyFields() {
			fields.Set(name, value)
		}
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
