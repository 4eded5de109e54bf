package terminal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Transaction is one finished operation. Money is rial.
type Transaction struct {
	OrderID       string    `json:"order_id"`
	Processing    string    `json:"processing"`
	Amount        int64     `json:"amount"`  // as asked
	Charged       int64     `json:"charged"` // what the card lost: 0 unless Code is 00
	Code          string    `json:"code"`
	RRN           string    `json:"rrn,omitempty"`
	TransactionNo string    `json:"transaction_no"`
	MaskedPAN     string    `json:"masked_pan"`
	Splits        []Split   `json:"splits,omitempty"`
	At            time.Time `json:"at"`
	Text          string    `json:"text,omitempty"`
	Requests      int       `json:"requests"`     // how often it was asked for; it runs once
	Acknowledged  bool      `json:"acknowledged"` // the PC said that it has the answer
	Search        Search    `json:"search,omitempty"`
}

// Transactions copies the books, oldest first.
func (t *Terminal) Transactions() []Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.books)
}

// Enter adds a sale that nobody asked for over the link, as when somebody types an amount at the device.
func (t *Terminal) Enter(amount int64) Transaction {
	return t.enter(purchase{amount: amount, processing: "000000"}, Scenario{}, "")
}

// enter runs an operation once: asked for again under its order number it answers as before, and another amount under that number is a duplicate.
func (t *Terminal) enter(p purchase, s Scenario, refusal string) Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.IndexFunc(t.books, func(old Transaction) bool { return old.OrderID != "" && old.OrderID == p.order }); i >= 0 {
		t.books[i].Requests++
		old := t.books[i]
		if old.Amount != p.amount || old.Processing != p.processing {
			old.Code, old.RRN, old.Charged = "94", "", 0
		}
		return old
	}
	t.number++
	card := t.options.Card
	done := Transaction{OrderID: p.order, Processing: p.processing, Amount: p.amount, Code: "00", TransactionNo: running(t.number), MaskedPAN: card[:6] + "**" + card[len(card)-4:],
		Splits: p.splits, At: t.now(), Requests: 1, Search: s.Search}
	if refusal != "" && refusal != "00" {
		done.Code, done.Text = refusal, "تراکنش ناموفق"
	} else {
		done.Charged, done.RRN = p.amount+s.Extra, fmt.Sprintf("%012d", firstReference+t.number)
	}
	t.books = append(t.books, done)
	return done
}

func (t *Terminal) closeBooks(order string, heard bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.books {
		if t.books[i].OrderID == order && heard {
			t.books[i].Acknowledged = true
		}
	}
}

// firstReference is what the references count from.
const firstReference = 432109875342

// kept is how many transactions the reports can reach; a search reaches all.
const kept = 13

// report answers a function of version 002.
func (c *call) report(data []byte) {
	text := string(data)
	if len(text) < 7 || text[4:7] != fmt.Sprintf("%03d", len(text)-7) {
		c.say("002", no, nil)
		return
	}
	function, argument := text[:4], text[7:]
	payload, way := c.payload(function, argument)
	switch way {
	case refused:
		c.say("002", no, nil)
		return
	case mute:
		c.silence()
		return
	}
	c.say("002", yes, nil)
	number, _ := strconv.Atoi(function)
	answer := fmt.Sprintf("%04d%03d%s", number+1, len(payload), payload)
	c.delivered(func() { c.say("002", answered, []byte(answer)) })
}

type manner int

const (
	willing manner = iota
	refused
	mute
)

func (c *call) payload(function, argument string) (string, manner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch function {
	case "0005":
		return fmt.Sprintf("SADAD PCPOS:%s:%s:%s:%s:%s", "دفتر نمونه", "127.0.0.1", "8888", c.options.TerminalID, c.options.MerchantID), willing
	case "0011":
		return "1:IR080170000000100200300400,2:IR430610000000700800900100", willing
	case "0001", "0013":
		return c.list(function, argument)
	case "0015", "0017":
		return c.search(function, argument)
	}
	return "", refused
}

func (c *call) list(function, argument string) (string, manner) {
	if len(argument) != 3 {
		return "", refused
	}
	count, err := strconv.Atoi(argument[:2])
	if err != nil || count > kept {
		return "", refused
	}
	var out strings.Builder
	for i := len(c.books) - 1; i >= 0 && len(c.books)-i <= kept && count > 0; i-- {
		done := c.books[i]
		switch {
		case done.Search == SearchLastOnly && function == "0013":
			return "", refused
		case done.Search == SearchOtherOrder:
			done.OrderID = strings.Repeat("9", len(done.OrderID))
		}
		if paid := done.RRN != ""; argument[2] == '2' || paid == (argument[2] == '1') {
			out.WriteString(done.record(function == "0013"))
			count--
		}
	}
	return out.String(), willing
}

// search finds by order number; what is not there is an answer of length 000: our choice.
func (c *call) search(function, argument string) (string, manner) {
	if len(argument) < 3 || argument[:2] != fmt.Sprintf("%02d", len(argument)-2) {
		return "", refused
	}
	order := argument[2:]
	for _, done := range c.books {
		if done.OrderID != order {
			continue
		}
		switch way := done.Search; {
		case way == SearchEmpty:
			return "", willing
		case way == SearchSilent:
			return "", mute
		case way == SearchFirst && function == "0017", way == SearchListOnly, way == SearchLastOnly:
			return "", refused
		case way == SearchOtherOrder:
			done.OrderID = strings.Repeat("9", len(order))
		}
		return done.record(true), willing
	}
	if c.arranged[order].Search == SearchSilent {
		return "", mute
	}
	return "", willing
}

// record is a transaction as the reports tell it: sixty characters, and the order number where it is wanted.
func (d Transaction) record(withOrder bool) string {
	kind, rrn, amount := "04", d.RRN, d.Charged
	if d.Processing == "170000" {
		kind = "22"
	}
	if rrn == "" {
		rrn, amount = strings.Repeat("0", 12), d.Amount
	}
	text := kind + fmt.Sprintf("%012d", amount) + d.TransactionNo + d.At.Format("20060102150405") + d.MaskedPAN + rrn + d.Code[len(d.Code)-2:]
	if withOrder {
		text += fmt.Sprintf("%02d%s", len(d.OrderID), d.OrderID)
	}
	return text
}
