package impact

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// The columns of a row of the fleet, in order.
const (
	idAt = iota
	classAt
	usageAt
	fuelAt
	originAt
	cylindersAt
	categoryAt
	typeAt
	modelAt
	registeredAt
	endedAt
	mannerAt
	residencesAt // "city from to,city from": days count from 1970-01-01
	settledAt    // "city year,…", a due twice where two sources say so
	decisionsAt  // JSON
	columnCount
)

// rows turns what COPY writes into facts, one vehicle after the other in the same memory. It is for one goroutine.
type rows struct {
	valuations map[string][]dues.Valuation // by type; shared and never changed
	on         calendar.Date
	words      map[string]string // each text once, however many vehicles bear it
	cells      [columnCount][]byte
	id         uuid.UUID
	facts      dues.Facts
}

// knownWords bounds what rows remember of texts; the vocabulary of a register is far smaller.
const knownWords = 100_000

func newRows(valuations map[string][]dues.Valuation, on calendar.Date) *rows {
	return &rows{valuations: valuations, on: on, words: map[string]string{}}
}

// read takes one line without its end. An error means that the query and this reader do not agree.
func (r *rows) read(line []byte) (err error) {
	if err := r.split(line); err != nil {
		return err
	}
	if r.id, err = uuid.ParseBytes(r.cells[idAt]); err != nil {
		return fmt.Errorf("vehicle id: %w", err)
	}
	c := numbers{}
	f := &r.facts
	v := &f.Vehicle
	v.Class, v.Usage, v.Fuel = tariffs.Class(r.word(classAt)), tariffs.Usage(r.word(usageAt)), tariffs.Fuel(r.word(fuelAt))
	v.Origin, v.Category, v.TypeCode = tariffs.Origin(r.word(originAt)), tariffs.Category(r.word(categoryAt)), r.word(typeAt)
	v.Cylinders, v.Vehicle.ModelYear, v.ModelYear = c.one(r.cells[cylindersAt]), 0, c.one(r.cells[modelAt])
	v.FirstRegistered, v.Ended, v.EndReason = c.day(r.cells[registeredAt]), c.day(r.cells[endedAt]), tariffs.End(r.word(mannerAt))
	f.Valuations = r.valuations[v.TypeCode]
	f.Residences = c.residences(r.cells[residencesAt], f.Residences[:0])
	f.Settled = c.settled(r.cells[settledAt], f.Settled[:0])
	f.Decisions = f.Decisions[:0]
	if text := r.cells[decisionsAt]; text != nil {
		if err := r.decide(text); err != nil {
			return fmt.Errorf("vehicle %s: %w", r.id, err)
		}
	}
	if c.wrong != nil {
		return fmt.Errorf("vehicle %s: %q is no number", r.id, c.wrong)
	}
	return nil
}

// split finds the cells; the absent value \N becomes nil.
func (r *rows) split(line []byte) error {
	for i := range r.cells {
		cell, rest, more := bytes.Cut(line, tab)
		if more != (i < columnCount-1) {
			return fmt.Errorf("a row of %d columns has another number of them", columnCount)
		}
		if bytes.Equal(cell, absent) {
			cell = nil
		}
		r.cells[i], line = unescaped(cell), rest
	}
	return nil
}

var tab, absent = []byte{'\t'}, []byte(`\N`)

// unescaped undoes COPY's backslashes (PostgreSQL, COPY, "Text Format"); a cell without one is given back as it is.
func unescaped(cell []byte) []byte {
	if bytes.IndexByte(cell, '\\') < 0 {
		return cell
	}
	plain := cell[:0:0]
	for i := 0; i < len(cell); i++ {
		c := cell[i]
		if c == '\\' && i+1 < len(cell) {
			i++
			if c = cell[i]; bytes.IndexByte(letters, c) >= 0 {
				c = controls[bytes.IndexByte(letters, c)]
			}
		}
		plain = append(plain, c)
	}
	return plain
}

var letters, controls = []byte("bfnrtv"), []byte("\b\f\n\r\t\v")

func (r *rows) word(at int) string {
	if known, ok := r.words[string(r.cells[at])]; ok {
		return known
	}
	word := string(r.cells[at])
	if len(r.words) < knownWords {
		r.words[word] = word
	}
	return word
}

// decide reads the decisions that hold on the day. Why and by whom they were made does not change an amount.
func (r *rows) decide(text []byte) error {
	var list []struct {
		ID           string              `json:"id"`
		Kind         dues.DecisionKind   `json:"kind"`
		Municipality int                 `json:"municipality"`
		Charge       tariffs.Charge      `json:"charge"`
		From         calendar.FiscalYear `json:"from"`
		Through      calendar.FiscalYear `json:"through"`
		Rate         money.PPM           `json:"rate"`
		Amount       money.Rial          `json:"amount"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("decisions: %w", err)
	}
	for _, d := range list {
		r.facts.Decisions = append(r.facts.Decisions, dues.Decision{ID: d.ID, Kind: d.Kind, MunicipalityID: d.Municipality, Charge: d.Charge, FromYear: d.From,
			ThroughYear: d.Through, Rate: d.Rate, Amount: d.Amount, Reason: fault.Text{FA: "-", EN: "-"}, Actor: "-", ValidFrom: r.on})
	}
	return nil
}

// numbers reads whole numbers and remembers the first text that is none.
type numbers struct{ wrong []byte }

func (n *numbers) one(text []byte) int {
	value, rest := number(text)
	if len(text) == 0 || len(rest) > 0 {
		n.fail(text)
	}
	return value
}

func (n *numbers) fail(text []byte) {
	if n.wrong == nil {
		n.wrong = append([]byte{}, text...)
	}
}

// day is the zero day where there is no text.
func (n *numbers) day(text []byte) calendar.Date {
	if text == nil {
		return calendar.Date{}
	}
	return dayOf(n.one(text))
}

func (n *numbers) residences(text []byte, list []dues.Residence) []dues.Residence {
	for len(text) > 0 {
		var item []byte
		item, text, _ = bytes.Cut(text, comma)
		city, rest := number(item)
		from, rest, ok := next(rest)
		home := dues.Residence{MunicipalityID: city, From: dayOf(from)}
		if ok && len(rest) > 0 {
			var to int
			to, rest, ok = next(rest)
			home.To = dayOf(to)
		}
		if !ok || len(rest) > 0 {
			n.fail(item)
		}
		list = append(list, home)
	}
	return list
}

// settled lists each due once: a claim and a report may both say that it is paid.
func (n *numbers) settled(text []byte, list []dues.Settled) []dues.Settled {
	for len(text) > 0 {
		var item []byte
		item, text, _ = bytes.Cut(text, comma)
		city, rest := number(item)
		year, rest, ok := next(rest)
		if !ok || len(rest) > 0 {
			n.fail(item)
		}
		if !lists(list, city, calendar.FiscalYear(year)) {
			list = append(list, dues.Settled{MunicipalityID: city, FiscalYear: calendar.FiscalYear(year), State: dues.Paid})
		}
	}
	return list
}

func lists(settled []dues.Settled, city int, year calendar.FiscalYear) bool {
	for i := range settled {
		if settled[i].MunicipalityID == city && settled[i].FiscalYear == year {
			return true
		}
	}
	return false
}

var comma = []byte{','}

// next reads a space and a number.
func next(text []byte) (value int, rest []byte, ok bool) {
	if len(text) < 2 || text[0] != ' ' {
		return 0, text, false
	}
	value, rest = number(text[1:])
	return value, rest, len(rest) < len(text)-1
}

// number reads the digits at the beginning, after a minus sign where there is one. It is strconv.Atoi without a string.
func number(text []byte) (value int, rest []byte) {
	negative := len(text) > 1 && text[0] == '-'
	i := 0
	if negative {
		i++
	}
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9' && value < 1<<40; i++ {
		value = 10*value + int(text[i]-'0')
	}
	if negative {
		value = -value
	}
	return value, text[i:]
}

var epoch = calendar.FromGregorian(1970, 1, 1)

// dayOf is the day so many days after 1970-01-01.
func dayOf(days int) calendar.Date { return epoch.AddDays(days) }
