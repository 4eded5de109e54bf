package tariffs

import (
	"slices"
	"strconv"
	"strings"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// key identifies the scope whatever the order of its lists.
func (s *Scope) key(priority int) string {
	key := ""
	for _, list := range [][]string{texts(s.Classes), texts(s.Origins), texts(s.Usages), texts(s.Fuels), texts(s.Categories)} {
		slices.Sort(list)
		key += strings.Join(list, "+") + "/"
	}
	return key + s.Cylinders.text() + "/" + s.ModelYears.text() + "/" + strconv.Itoa(priority)
}

func texts[T ~string](list []T) []string {
	out := make([]string, 0, len(list))
	for _, value := range list {
		out = append(out, string(value))
	}
	return out
}

// text is "2–4", "2–", "–4", or empty for the span that covers everything.
func (s Span) text() string {
	if s == (Span{}) {
		return ""
	}
	end := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	return end(s.From) + "–" + end(s.Through)
}

// text lists whom the scope names: "سواری، کامیون؛ وارداتی". Empty where it names nobody in particular.
func (s *Scope) text() fault.Text {
	groups := [][]fault.Text{names(s.Classes), names(s.Origins), names(s.Usages), names(s.Fuels), names(s.Categories)}
	if s.Cylinders != (Span{}) {
		groups = append(groups, []fault.Text{both("{} سیلندر", "{} cylinders", s.Cylinders.text())})
	}
	if s.ModelYears != (Span{}) {
		groups = append(groups, []fault.Text{both("مدل {}", "model {}", s.ModelYears.text())})
	}
	var fa, en []string
	for _, group := range groups {
		if len(group) > 0 {
			text := joined(group)
			fa, en = append(fa, text.FA), append(en, text.EN)
		}
	}
	return in(strings.Join(fa, "؛ "), strings.Join(en, "; "))
}

func names[T interface{ Name() fault.Text }](list []T) (all []fault.Text) {
	for _, value := range list {
		all = append(all, value.Name())
	}
	return all
}

func joined(list []fault.Text) fault.Text {
	var fa, en []string
	for _, text := range list {
		fa, en = append(fa, text.FA), append(en, text.EN)
	}
	return in(strings.Join(fa, "، "), strings.Join(en, ", "))
}

// both fills the blanks of a sentence with the same values, in Persian with Persian digits.
func both(fa, en string, values ...string) fault.Text {
	for _, value := range values {
		fa, en = strings.Replace(fa, "{}", money.PersianDigits(value), 1), strings.Replace(en, "{}", value, 1)
	}
	return in(fa, en)
}

func (r *Rule) name() fault.Text {
	scope := r.Scope.text()
	name := in(r.Charge.Name().FA+" ("+scope.FA+")", r.Charge.Name().EN+" ("+scope.EN+")")
	if r.Priority == 0 {
		return name
	}
	return sentence(name, "", "", both("با اولویت {}", "with priority {}", strconv.Itoa(r.Priority)))
}

func (r *Rule) amountText() fault.Text {
	if f := r.Fixed; f != nil {
		unit := in(" ریال برای هر خودرو", " rial for each vehicle")
		if f.Per == PerCylinder {
			unit = in(" ریال برای هر سیلندر", " rial for each cylinder")
		}
		return in(f.Amount.Persian()+unit.FA, f.Amount.English()+unit.EN)
	}
	return in(r.Rate.Per(1000).Persian()+" در هزار ارزش مبنا", r.Rate.Per(1000).English()+" per thousand of the base value")
}

func percent(rate money.PPM) fault.Text {
	return in(rate.Per(100).Persian()+" درصد", rate.Per(100).English()+" %")
}

// with appends a legal reference, so that a change of the reference alone shows, too.
func with(text, legal fault.Text) fault.Text {
	return in(text.FA+" ("+legal.FA+")", text.EN+" ("+legal.EN+")")
}

func (a *Age) text() fault.Text {
	years := strconv.Itoa(a.FreeYears)
	each, most := percent(a.PerYear), percent(a.Max)
	text := in("هر سال بیش از "+money.PersianDigits(years)+" سال "+each.FA+"، حداکثر "+most.FA, each.EN+" for each year above "+years+", at most "+most.EN)
	if len(a.ExemptFuels) > 0 {
		free := joined(names(a.ExemptFuels))
		text = in(text.FA+"، جز "+free.FA, text.EN+", not for "+free.EN)
	}
	return with(text, a.Legal)
}

func (e *Exemption) text() fault.Text {
	scope := e.Scope.text()
	return with(in(e.Charge.Name().FA+": "+scope.FA, e.Charge.Name().EN+": "+scope.EN), e.Legal)
}

func (d *Discount) text() fault.Text {
	rate, scope, days := percent(d.Rate), d.Scope.text(), validity(d.From, d.Through)
	kind := in("مصوب شورا", "by the council")
	if d.Kind == EarlyPayment {
		kind = in("خوش‌حسابی", "for early payment")
	}
	return with(in(strings.TrimSpace(rate.FA+" از "+d.Charge.Name().FA+"، "+kind.FA+" "+days.FA+" "+scope.FA),
		strings.TrimSpace(rate.EN+" off the "+d.Charge.Name().EN+" "+kind.EN+" "+days.EN+" "+scope.EN)), d.Legal)
}

func (w *Waiver) text() fault.Text {
	rate, days := percent(w.Rate), validity(w.From, w.Through)
	return with(in(rate.FA+" از جریمهٔ "+w.Charge.Name().FA+" "+days.FA, rate.EN+" off the penalty of the "+w.Charge.Name().EN+" "+days.EN), w.Legal)
}

func validity(from, through calendar.Date) fault.Text {
	return both("از {} تا {}", "from {} through {}", from.String(), through.String())
}

func (l *Levy) text() fault.Text {
	codes := make([]string, 0, len(l.Municipalities))
	for _, code := range l.Municipalities {
		codes = append(codes, strconv.Itoa(code))
	}
	list := strings.Join(codes, " ")
	return with(both("کدهای {}", "codes {}", list), l.Legal)
}

func (l *Leaves) text() fault.Text {
	parts := []fault.Text{}
	for _, c := range l.Discounts {
		parts = append(parts, in("تخفیف "+c.Name().FA, "discounts on the "+c.Name().EN))
	}
	for _, c := range l.Waivers {
		parts = append(parts, in("بخشودگی جریمهٔ "+c.Name().FA, "waivers of the penalty of the "+c.Name().EN))
	}
	if l.Rounding {
		parts = append(parts, in("گرد کردن", "rounding"))
	}
	if l.Minimum {
		parts = append(parts, in("کمینهٔ بدهی", "the minimum"))
	}
	return with(joined(parts), l.Legal)
}

func (s YearShare) text() fault.Text {
	text := in("کامل", "in full")
	switch s.Mode {
	case ByMonths:
		text = in("به نسبت ماه‌ها", "by months")
	case NoYear:
		text = in("تعلق نمی‌گیرد", "not owed")
	}
	return with(text, s.Legal)
}

func (p *Penalty) text() fault.Text {
	rate, start := percent(p.PerMonth), in("از یکم فروردین سال بعد", "from 1 Farvardin of the next year")
	if p.Start == DueDay {
		start = both("پس از روز {} ماه {}", "after day {} of month {}", strconv.Itoa(p.Due.Day), strconv.Itoa(p.Due.Month))
	}
	months := in("ماه کامل", "whole months")
	if p.Months == StartedMonths {
		months = in("ماه با ماه جاری", "started months")
	}
	text := in("ماهی "+rate.FA+" "+start.FA+"، "+months.FA, rate.EN+" a month "+start.EN+", "+months.EN)
	if p.Max > 0 {
		most := percent(p.Max)
		text = in(text.FA+"، حداکثر "+most.FA, text.EN+", at most "+most.EN)
	}
	return with(text, p.Legal)
}

func (r Rounding) text() fault.Text {
	mode := map[money.Rounding]string{money.Up: "رو به بالا", money.Down: "رو به پایین", money.HalfUp: "به نزدیک‌ترین، نیمه رو به بالا", money.HalfEven: "به نزدیک‌ترین، نیمه به زوج"}[r.Mode]
	return with(in(mode+" تا "+r.Unit.Persian()+" ریال", string(r.Mode)+" to "+r.Unit.English()+" rial"), r.Legal)
}

func (m Minimum) text() fault.Text {
	return with(in(m.Amount.Persian()+" ریال", m.Amount.English()+" rial"), m.Legal)
}
