package sim

import (
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Error codes of the token call; 21 is read in SEP's clients, the others in the manual.
const (
	errParameters = 5
	errTerminal   = 12
	errSplits     = 21
)

// tokenParameters are all names that the manual lists; it forbids to send others, so the simulator refuses them.
func tokenParameters() []string {
	return []string{
		"action", "terminalid", "amount", "resnum", "redirecturl", "cellnumber", "tokenexpiryinmin", "wage", "resnum1", "resnum2",
		"resnum3", "resnum4", "hashedcardnumber", "txnrandomsessionkey", "getmethod", "trantype", "settlementibaninfo",
	}
}

type tokenAnswer struct {
	Status    int    `json:"status"`
	Token     string `json:"token,omitempty"`
	ErrorCode string `json:"errorCode,omitempty"`
	ErrorDesc string `json:"errorDesc,omitempty"`
}

func refuseToken(code int) tokenAnswer {
	description := "پارامترهای ارسالی نامعتبر است."
	switch code {
	case errTerminal:
		description = "پایانه یافت نشد."
	case errSplits:
		description = "اطلاعات تسهیم نامعتبر است."
	}
	return tokenAnswer{Status: -1, ErrorCode: strconv.Itoa(code), ErrorDesc: description}
}

// handleOnlinePG serves the one path that SEP uses for two things: JSON asks for a token, a form opens the page.
func (s *Server) handleOnlinePG(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		s.handlePage(w, r)
		return
	}
	bend, answer := s.issueToken(readFields(w, r))
	deliver(w, r, bend, answer)
}

func (s *Server) issueToken(request fields) (Bend, tokenAnswer) {
	transaction, code := readTokenRequest(request)
	if code == 0 && !s.hasTerminal(transaction.Terminal) {
		code = errTerminal
	}
	if code != 0 {
		return Bend{}, refuseToken(code)
	}
	const tokenBytes = 16
	life := min(max(request.number("TokenExpiryInMin"), 20), 3600) // the manual's clamp, which is its default, too
	bend := s.open(&transaction, time.Duration(life)*time.Minute, func() string { return hex.EncodeToString(s.random(tokenBytes)) })
	if !bend.done() {
		return bend, refuseToken(bend.Code)
	}
	return bend, tokenAnswer{Status: 1, Token: transaction.Token}
}

// readTokenRequest gives the session that a request asks for, or a token error code.
func readTokenRequest(request fields) (Transaction, int) {
	for name := range request {
		if !slices.Contains(tokenParameters(), name) {
			return Transaction{}, errParameters
		}
	}
	transaction := Transaction{
		Provider:    SEP,
		Terminal:    strconv.FormatInt(request.number("TerminalId"), 10),
		State:       StateToken,
		TerminalID:  request.number("TerminalId"),
		Amount:      request.number("Amount"),
		Wage:        request.number("Wage"),
		ResNum:      request.text("ResNum"),
		RedirectURL: request.text("RedirectUrl"),
		GetMethod:   request["getmethod"] == true,
	}
	if !strings.EqualFold(request.text("action"), "token") || !sound(&transaction) {
		return Transaction{}, errParameters
	}
	splits, ok := readSplits(request, transaction.Amount)
	if !ok {
		return Transaction{}, errSplits
	}
	transaction.Splits = splits
	return transaction, 0
}

func sound(transaction *Transaction) bool {
	const longestResNum, longestRedirect = 50, 2083
	redirect, err := url.Parse(transaction.RedirectURL)
	return err == nil && redirect.Host != "" && (redirect.Scheme == "http" || redirect.Scheme == "https") &&
		len(transaction.RedirectURL) <= longestRedirect && transaction.TerminalID > 0 && transaction.Amount > 0 &&
		transaction.Wage >= 0 && transaction.ResNum != "" && len(transaction.ResNum) <= longestResNum
}

func readSplits(request fields, amount int64) ([]Split, bool) {
	const most = 9
	rows, _ := request["settlementibaninfo"].([]any)
	government := request.text("TranType") == "Government"
	if len(rows) > most || (government && len(rows) == 0) {
		return nil, false
	}
	sum := new(big.Int)
	var splits []Split
	for _, row := range rows {
		members, _ := row.(map[string]any)
		named := lower(members)
		split := Split{IBAN: named.text("IBAN"), Amount: named.number("Amount"), PurchaseID: named.text("PurchaseId")}
		ordinary := strings.Trim(split.PurchaseID, "0") == ""
		if !split.sound() || (government && ordinary) {
			return nil, false
		}
		splits = append(splits, split)
		sum.Add(sum, big.NewInt(split.Amount))
	}
	return splits, len(rows) == 0 || sum.Cmp(big.NewInt(amount)) == 0
}

// sound checks a split row of SEP: an IBAN, thirty digits of deposit id, a positive amount.
func (s Split) sound() bool {
	const idLength = 30
	return soundIBAN(s.IBAN) && s.Amount > 0 && len(s.PurchaseID) == idLength && strings.Trim(s.PurchaseID, "0123456789") == ""
}

// soundIBAN follows ISO 13616, by arbitrary precision.
func soundIBAN(iban string) bool {
	const ibanLength, modulus = 26, 97
	if len(iban) != ibanLength || iban[:2] != "IR" {
		return false
	}
	number, ok := new(big.Int).SetString(iban[4:]+"1827"+iban[2:4], 10)
	return ok && new(big.Int).Mod(number, big.NewInt(modulus)).Int64() == 1
}

func (s *Server) hasTerminal(name string) bool {
	return len(s.options.Terminals) == 0 || slices.Contains(s.options.Terminals, name)
}

// random gives n unpredictable bytes; a simulator without randomness cannot issue tokens.
func (s *Server) random(n int) []byte {
	raw := make([]byte, n)
	if _, err := io.ReadFull(s.options.Random, raw); err != nil {
		panic(fmt.Errorf("banksim: random: %w", err))
	}
	return raw
}
