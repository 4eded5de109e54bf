package sim

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	mellatMobile = regexp.MustCompile(`^(98[0-9]{10})?$`)
	mellatTriple = regexp.MustCompile(`^[1-9][0-9]*,[1-9][0-9]*,[0-9]*$`)
)

// credentials answers 21 for a terminal that does not exist and 24 for a missing or wrong user or password. The caller holds mu, or needs not.
func (s *Server) credentials(call soapCall) int {
	password := call.text("userPassword")
	switch {
	case number(call.text("terminalId")) <= 0 || !s.hasTerminal(call.text("terminalId")):
		return mellatInactive
	case call.text("userName") == "" || password == "" || s.options.Password != "" && password != s.options.Password:
		return mellatCredentials
	}
	return mellatOK
}

// readPay gives the session that a pay request asks for, or a code.
func (s *Server) readPay(call soapCall) (Transaction, int) {
	const longest = 1000
	if code := s.credentials(call); code != mellatOK {
		return Transaction{}, code
	}
	t := Transaction{Provider: Mellat, Terminal: call.text("terminalId"), Amount: number(call.text("amount")), ResNum: call.text("orderId"), RedirectURL: call.text("callBackUrl")}
	_, err := time.Parse("20060102150405", call.text("localDate")+call.text("localTime"))
	additional := call.text("additionalData")
	switch {
	case number(t.ResNum) <= 0, !mellatMobile.MatchString(call.text("mobileNo")), len(additional) > longest:
		return t, mellatFormat
	case t.Amount <= 0:
		return t, mellatAmount
	case err != nil:
		return t, mellatDate
	case !callbackAllowed(t.RedirectURL):
		return t, mellatDomain
	case call.name == "bpPayRequest" && call.text("payerId") == "":
		return t, mellatPayer
	}
	if call.name == "bpPayRequest" {
		return t, mellatOK
	}
	var ok bool
	if t.Splits, ok = readTriples(additional, t.Amount); !ok {
		return t, mellatFormat
	}
	return t, mellatOK
}

// callbackAllowed: a domain, not an address. Loopback addresses are let through for tests on one machine (our choice).
func callbackAllowed(address string) bool {
	callback, err := url.Parse(address)
	if err != nil || callback.Host == "" || callback.Scheme != "http" && callback.Scheme != "https" {
		return false
	}
	ip := net.ParseIP(callback.Hostname())
	return ip == nil || ip.IsLoopback()
}

// readTriples reads "subServiceId,amount,payerId;" up to ten times; the amounts sum to the payment's.
func readTriples(text string, amount int64) ([]Split, bool) {
	const most = 10
	rows, closed := strings.CutSuffix(text, ";")
	var splits []Split
	rest := amount
	for _, row := range strings.Split(rows, ";") {
		if !mellatTriple.MatchString(row) {
			return nil, false
		}
		parts := strings.Split(row, ",")
		split := Split{SubService: number(parts[0]), Amount: number(parts[1]), PurchaseID: parts[2]}
		if split.SubService <= 0 || split.Amount <= 0 || split.Amount > rest {
			return nil, false
		}
		rest -= split.Amount
		splits = append(splits, split)
	}
	return splits, closed && rest == 0 && len(splits) <= most
}

// number is a whole number, 0 for anything else.
func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return value
}
