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
	if code == 0 && !s.hasTerminal(transaction.TerminalID) {
		code = errTerminal
	}
	if code != 0 {
		return Bend{}, refuseToken(code)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.next) > 0 {
		transaction.Scenario, s.next = s.next[0], s.next[1:]
	}
	bend := transaction.bend(CallToken)
	if bend.Way != "" && !bend.done() {
		return bend, refuseToken(bend.Code)
	}
	const tokenBytes = 16
	transaction.Token = hex.EncodeToString(s.random(tokenBytes))
	transaction.CreatedAt = s.now()
	life := min(max(request.number("TokenExpiryInMin"), 20), 3600) // the manual's clamp, which is its default, too
	transaction.ExpiresAt = transaction.CreatedAt.Add(time.Duration(life) * time.Minute)
	s.save(&transaction)
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
		split := Split{named.text("IBAN"), named.number("Amount"), named.text("PurchaseId")}
		ordinary := strings.Trim(split.PurchaseID, "0") == ""
		if !split.sound() || (government && ordinary) {
			return nil, false
		}
		splits = append(splits, split)
		sum.Add(sum, big.NewInt(split.Amount))
	}
	return splits, len(rows) == 0 || sum.Cmp(big.NewInt(amount)) == 0
}

// sound checks a split row: ISO 13616 by arbitrary precision, thirty digits of deposit id, a positive amount.
func (s Split) sound() bool {
	const ibanLength, idLength, modulus = 26, 30, 97
	if len(s.IBAN) != ibanLength || s.IBAN[:2] != "IR" || s.Amount <= 0 {
		return false
	}
	if len(s.PurchaseID) != idLength || strings.Trim(s.PurchaseID, "0123456789") != "" {
		return false
	}
	number, ok := new(big.Int).SetString(s.IBAN[4:]+"1827"+s.IBAN[2:4], 10)
	return ok && new(big.Int).Mod(number, big.NewInt(modulus)).Int64() == 1
}

func (s *Server) hasTerminal(number int64) bool {
	return len(s.options.Terminals) == 0 || slices.Contains(s.options.Terminals, strconv.FormatInt(number, 10))
}

// random gives n unpredictable bytes; a simulator without randomness cannot issue tokens.
func (s *Server) random(n int) []byte {
	raw := make([]byte, n)
	if _, err := io.ReadFull(s.options.Random, raw); err != nil {
		panic(fmt.Errorf("banksim: random: %w", err))
	}
	return raw
}
