package terminal

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// purchase is a request of version 000 as the device understands it.
type purchase struct {
	amount     int64
	processing string
	order      string
	bill       string
	splits     []Split
}

// Split is what one account gets: an IBAN, or a private or public row of the device's table.
type Split struct {
	IBAN   string `json:"iban,omitempty"`
	Row    string `json:"row,omitempty"`
	Amount int64  `json:"amount"`
}

const wrongFormat = "30"

// understand reads the data of a request, or gives the code that refuses it. Lengths padded with blanks are accepted, as some published clients write them.
func understand(data []byte) (purchase, string) {
	const fixed = 38
	text := string(data)
	if len(text) < fixed || text[27:31] != "0200" {
		return purchase{}, wrongFormat
	}
	p := purchase{processing: text[31:37]}
	amount, err := strconv.ParseInt(strings.TrimRight(text[:13], "\x00"), 10, 64)
	if err != nil || amount < 1000 || amount > 999999999999 {
		return p, "13"
	}
	p.amount = amount
	options, ok := optional(text[fixed-1], text[fixed:])
	if !ok {
		return p, wrongFormat
	}
	p.order, p.bill = options[5], options[3]
	if rows, given := options[1]; given {
		if p.splits, ok = divide(rows, amount); !ok {
			return p, wrongFormat
		}
	}
	switch {
	case p.processing == "170000" && !strings.Contains(p.bill, ","):
		return p, "20"
	case p.processing != "000000" && p.processing != "170000":
		return p, "57"
	}
	return p, ""
}

func optional(bitmap byte, text string) (map[int]string, bool) {
	found := map[int]string{}
	for field := 1; field <= 8; field++ {
		if bitmap>>(field-1)&1 == 0 {
			continue
		}
		if len(text) < 3 {
			return nil, false
		}
		size, err := strconv.Atoi(strings.TrimSpace(text[:3]))
		if err != nil || size < 1 || size > len(text)-3 {
			return nil, false
		}
		found[field], text = text[3:3+size], text[3+size:]
	}
	return found, text == ""
}

// divide reads a division by amounts (mode 5) and refuses one that does not sum up to the rial.
func divide(text string, amount int64) ([]Split, bool) {
	const most = 10
	if len(text) < 3 || text[0] != '5' {
		return nil, false
	}
	count, err := strconv.Atoi(text[1:3])
	if err != nil || count < 1 || count > most {
		return nil, false
	}
	var splits []Split
	var sum int64
	for text = text[3:]; text != ""; {
		width := 1 + 4
		if text[0] == '3' {
			width = 1 + 26
		}
		if len(text) < width+12 {
			return nil, false
		}
		part, err := strconv.ParseInt(text[width:width+12], 10, 64)
		split := Split{Amount: part}
		if text[0] == '3' {
			split.IBAN = text[1:width]
		} else {
			split.Row = text[:width]
		}
		if err != nil || part < 1 || !split.exists() {
			return nil, false
		}
		splits, sum, text = append(splits, split), sum+part, text[width+12:]
	}
	return splits, len(splits) == count && sum == amount
}

// exists checks an IBAN by ISO 13616, and that a row is a private or public one that the table can hold.
func (s Split) exists() bool {
	if s.IBAN == "" {
		row, err := strconv.Atoi(s.Row[1:])
		return err == nil && row >= 1 && (s.Row[0] == '1' || s.Row[0] == '2')
	}
	number, ok := new(big.Int).SetString(s.IBAN[4:]+"1827"+s.IBAN[2:4], 10)
	return ok && s.IBAN[:2] == "IR" && new(big.Int).Mod(number, big.NewInt(97)).Int64() == 1
}

// sell takes a card's money, or does what the scenario says instead.
func (c *call) sell(data []byte) {
	p, refusal := understand(data)
	s := c.choose(p)
	switch s.Link {
	case LinkRefused:
		c.say("000", no, nil)
		return
	case LinkSilent:
		c.silence()
		return
	}
	if s.Link != LinkTogether && s.Link != LinkUnheard {
		c.say("000", yes, nil)
	}
	takes := c.options.Customer
	if s.DelayMS > 0 {
		takes = time.Duration(s.DelayMS) * time.Millisecond
	}
	switch {
	case s.Link == LinkCutBefore:
		return
	case s.Link == LinkAckSilence:
		c.silence()
		return
	case takes > 0 && c.customer(takes) || s.Link == LinkCancelled:
		c.say("000", stop, nil)
		return
	}
	if refusal == "" {
		refusal = s.Code
	}
	c.answer(s, c.enter(p, s, refusal))
}

// answer tells the PC what happened, as well or badly as the scenario wants.
func (c *call) answer(s Scenario, done Transaction) {
	told := done.Charged + s.Echo
	if done.Charged == 0 {
		told = done.Amount // a refusal repeats what was asked
	}
	whole := pack("000", answered, c.response(done, told))
	switch s.Link {
	case LinkCutAfter, LinkUnheard:
		return
	case LinkHalf:
		c.put(whole[:len(whole)/2])
		return
	case LinkGarbage:
		c.put([]byte("\x00\xff<html>not a terminal</html>"))
		return
	case LinkCancelledPaid:
		c.say("000", stop, nil)
	}
	spoilt := 0
	heard := c.delivered(func() {
		switch {
		case s.Link == LinkSpoiltAlways || s.Link == LinkSpoilt && spoilt == 0:
			spoilt++
			bent := append([]byte(nil), whole...)
			bent[20] ^= 0x01
			c.put(bent)
		case s.Link == LinkPieces:
			for i := range whole {
				c.put(whole[i : i+1])
				time.Sleep(100 * time.Microsecond) // each byte its own segment
			}
		case s.Link == LinkTwice:
			c.put(append(append([]byte(nil), whole...), whole...))
		case s.Link == LinkTogether:
			c.put(append(pack("000", yes, nil), whole...))
		default:
			c.put(whole)
		}
	})
	c.closeBooks(done.OrderID, heard)
}

// response lays the answer out: 137 places of two bytes.
func (c *call) response(done Transaction, amount int64) []byte {
	approval := ""
	if done.RRN != "" {
		approval = "0014  "
	}
	var out []byte
	for _, place := range []struct {
		text  string
		width int
	}{{done.Code, 4}, {strconv.FormatInt(amount, 10), 13}, {c.options.Card, 17}, {done.Processing, 7}, {done.TransactionNo, 7}, {"", 6}} {
		out = append(out, wide(place.text, place.width)...)
	}
	out = append(out, clock(done.At)...)
	for _, place := range []struct {
		text  string
		width int
	}{{done.RRN, 13}, {approval, 7}, {c.options.TerminalID, 9}, {c.options.MerchantID, 16}, {done.Text, 30}} {
		out = append(out, wide(place.text, place.width)...)
	}
	return out
}

// running is a number number of six digits that starts again after 999999.
func running(n int) string { return fmt.Sprintf("%06d", (n-1)%999999+1) }
