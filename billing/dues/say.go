package dues

import (
	"strings"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// blank marks where the next value goes; a sentence takes its values in the same order in both languages.
const blank = "{}"

// value is one thing that a sentence names: a word (a day and a year are words, too), or else a number.
type value struct {
	word   fault.Text
	number money.Exact
}

func word(fa, en string) value          { return value{word: fault.Text{FA: fa, EN: en}} }
func exact(e money.Exact) value         { return value{number: e} }
func rial(r money.Rial) value           { return exact(r.Exact()) }
func count(n int) value                 { return rial(money.Rial(n)) }
func permille(rate money.PPM) value     { return exact(rate.Per(1000)) }
func percent(rate money.PPM) value      { return exact(rate.Per(100)) }
func day(d calendar.Date) value         { return word(d.Persian(), d.String()) }
func of(year calendar.FiscalYear) value { return word(year.Persian(), year.String()) }

// say fills the blanks of a sentence in both languages.
func say(fa, en string, values ...value) fault.Text {
	return fault.Text{FA: fill(fa, values, false), EN: fill(en, values, true)}
}

func fill(sentence string, values []value, english bool) string {
	var room [512]byte // holds every sentence without growing
	text := room[:0]
	for _, v := range values {
		before, after, _ := strings.Cut(sentence, blank)
		text = v.append(append(text, before...), english)
		sentence = after
	}
	return string(append(text, sentence...))
}

func (v value) append(text []byte, english bool) []byte {
	switch {
	case v.word != fault.Text{} && english:
		return append(text, v.word.EN...)
	case v.word != fault.Text{}:
		return append(text, v.word.FA...)
	case english:
		return v.number.AppendEnglish(text)
	}
	return v.number.AppendPersian(text)
}
