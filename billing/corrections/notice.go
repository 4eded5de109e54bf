package corrections

import (
	"strings"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// Letter is what the notice of one corrected due tells. It names no vehicle: the office that prints it knows whom it writes to.
type Letter struct {
	FiscalYear     calendar.FiscalYear
	City           fault.Text
	Paid           money.Rial // with the bill
	Counted, Right money.Rial // what counted for the year until now, with earlier corrections, and what is right
	Reason         string     // the run's, in the words of who listed it
}

// Notice is the letter's body: what was paid, what is right, the difference, why, and what happens next.
func (l Letter) Notice() fault.Text {
	values := []value{{"year", word(l.FiscalYear.Persian(), l.FiscalYear.String())}, {"city", l.City}, {"paid", rial(l.Paid)}, {"counted", rial(l.Counted)},
		{"right", rial(l.Right)}, {"reason", word(money.PersianDigits(l.Reason), l.Reason)}}
	sentences := []fault.Text{opened}
	if l.Counted != l.Paid {
		sentences = append(sentences, correctedBefore)
	}
	sentences = append(sentences, corrected)
	if l.Counted >= l.Right {
		values = append(values, value{"difference", rial(l.Counted - l.Right)})
		sentences = append(sentences, overpaid, because, creditNext)
	} else {
		values = append(values, value{"difference", rial(l.Right - l.Counted)})
		sentences = append(sentences, underpaid, because, extraNext)
	}
	return tell(sentences, values)
}

// ProblemNotice stands in the place of a letter while the right version gives no amount for a due; it goes to nobody.
func ProblemNotice(year calendar.FiscalYear, city fault.Text) fault.Text {
	return tell([]fault.Text{unreckonable}, []value{{"year", word(year.Persian(), year.String())}, {"city", city}})
}

// Outcome is how a letter goes on once the run is approved: which dues bear the difference, and what of it still waits.
func Outcome(difference money.Rial, placed []Placement) fault.Text {
	credit, left := difference > 0, max(difference, -difference)
	borne, waits := demandedWith, extraWaits
	if credit {
		borne, waits = creditedTo, creditWaits
	}
	var fa, en []string
	for _, p := range placed {
		left -= p.Amount
		text := tell([]fault.Text{borne}, []value{{"year", word(p.FiscalYear.Persian(), p.FiscalYear.String())}, {"part", rial(p.Amount)}})
		fa, en = append(fa, text.FA), append(en, text.EN)
	}
	if left > 0 {
		text := tell([]fault.Text{waits}, []value{{"part", rial(left)}})
		fa, en = append(fa, text.FA), append(en, text.EN)
	}
	return word(strings.Join(fa, "\n"), strings.Join(en, "\n"))
}

// decided is the reason of the decisions by which open dues bear a difference.
func decided(year calendar.FiscalYear, reason string) fault.Text {
	return tell([]fault.Text{word("اصلاح تعرفهٔ سال {year} که پیش‌تر پرداخت شده است: {reason}", "Correction of the tariff of {year}, which was paid before: {reason}")},
		[]value{{"year", word(year.Persian(), year.String())}, {"reason", word(money.PersianDigits(reason), reason)}})
}

var (
	opened = word("مالک گرامی، بابت عوارض سال {year} خودروی شما {paid} ریال به شهرداری {city} پرداخت شده است.",
		"Dear owner, {paid} rial were paid to the municipality of {city} for your vehicle's duties of {year}.")
	correctedBefore = word("با احتساب آنچه پیش‌تر اصلاح شده، تا امروز {counted} ریال برای این سال به حساب آمده است.",
		"With what was corrected before, {counted} rial have counted for this year until today.")
	corrected = word("تعرفه‌ای که این مبلغ با آن محاسبه شد نادرست بود و اصلاح شده است؛ مبلغ درست برای همان روز {right} ریال است.",
		"The tariff behind this amount was wrong and has been corrected; for that same day the right amount is {right} rial.")
	overpaid = word("بنابراین {difference} ریال بیش از بدهی پرداخت شده و شما به همین اندازه بستانکارید.",
		"So {difference} rial were paid too much, and you have a credit of that amount.")
	underpaid = word("بنابراین {difference} ریال کمتر از بدهی پرداخت شده و همین اندازه باقی مانده است. بابت آن تا امروز جریمه‌ای حساب نشده است.",
		"So {difference} rial were paid too little and remain due. No penalty has been charged on them until today.")
	because    = word("دلیل اصلاح: {reason}", "Reason of the correction: {reason}")
	creditNext = word("تا جایی که همین خودرو در همین شهر عوارض پرداخت‌نشده داشته باشد، این مبلغ خودبه‌خود از آن کم می‌شود، در هر دفتری که پرداخت کنید؛ مراجعه لازم نیست.",
		"As far as this vehicle has unpaid duties in the same city, the amount comes off them by itself, at whichever office you pay; you need not call on anyone.")
	extraNext = word("این مبلغ همراه عوارض پرداخت‌نشدهٔ بعدی همین خودرو در همین شهر گرفته می‌شود، در هر دفتری که پرداخت کنید؛ مراجعه لازم نیست.",
		"The amount is collected with this vehicle's next unpaid duty in the same city, at whichever office you pay; you need not call on anyone.")
	unreckonable = word("نسخهٔ درست تعرفه برای عوارض سال {year} این خودرو در شهرداری {city} مبلغی نمی‌دهد؛ نامه‌ای فرستاده نمی‌شود.",
		"The right version gives no amount for this vehicle's duties of {year} in the municipality of {city}; no letter is sent.")

	creditedTo   = word("{part} ریال از عوارض سال {year} کم شد.", "{part} rial came off the duties of {year}.")
	demandedWith = word("{part} ریال با عوارض سال {year} گرفته می‌شود.", "{part} rial are collected with the duties of {year}.")
	creditWaits  = word("برای {part} ریال بدهی بازی در این شهر نبود؛ این مبلغ در حساب‌های شهرداری بستانکار شما می‌ماند.",
		"For {part} rial no duty was open in this city; the amount remains to your credit in the municipality's books.")
	extraWaits = word("برای {part} ریال بدهی بازی در این شهر نبود؛ این مبلغ در حساب‌های شهرداری باقی می‌ماند و اکنون از شما خواسته نمی‌شود.",
		"For {part} rial no duty was open in this city; the amount remains in the municipality's books and is not demanded now.")
)

// value fills a blank of a sentence.
type value struct {
	name string
	text fault.Text
}

func word(fa, en string) fault.Text { return fault.Text{FA: fa, EN: en} }

func rial(r money.Rial) fault.Text { return word(r.Persian(), r.English()) }

// tell fills the blanks of sentences and puts each on a line of its own. What fills a blank is not looked through for blanks again.
func tell(sentences []fault.Text, values []value) fault.Text {
	var fa, en []string
	for _, v := range values {
		blank := "{" + v.name + "}"
		fa, en = append(fa, blank, v.text.FA), append(en, blank, v.text.EN)
	}
	persian, english := strings.NewReplacer(fa...), strings.NewReplacer(en...)
	var text fault.Text
	for i, sentence := range sentences {
		if i > 0 {
			text.FA, text.EN = text.FA+"\n", text.EN+"\n"
		}
		text.FA, text.EN = text.FA+persian.Replace(sentence.FA), text.EN+english.Replace(sentence.EN)
	}
	return text
}
