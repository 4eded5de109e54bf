package dues

import (
	"strconv"
	"strings"

	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// Tree arranges the steps of a due as an operator tells them: what concerns the whole due at the top, and under a heading for
// each charge ("charge") everything about it, with the authority whose tariff set it.
func Tree(d Due) []Step {
	tree := make([]Step, 0, len(d.Steps))
	at := map[tariffs.Charge]int{}
	for _, s := range d.Steps {
		if s.Charge == "" {
			tree = append(tree, s)
			continue
		}
		i, open := at[s.Charge]
		if !open {
			i = len(tree)
			at[s.Charge] = i
			tree = append(tree, heading(s.Charge, &d))
		}
		tree[i].Children = append(tree[i].Children, s)
	}
	return tree
}

// heading names the charge and the tariffs that it was reckoned from: the national one, and the city's where that set the rate.
func heading(charge tariffs.Charge, d *Due) Step {
	step := Step{Code: "charge", Charge: charge,
		Text:   say("{}، بر پایهٔ تعرفهٔ ملی سال {}", "{}, by the national tariff of {}", capital(chargeName(charge)), of(d.FiscalYear)),
		Inputs: []Input{{"tariff_id", d.Cites.TariffID}}}
	for _, s := range d.Steps {
		if s.Charge == charge && s.Code == "local_tariff" {
			step.Text = say("{}، بر پایهٔ تعرفهٔ شهرداری در چارچوب تعرفهٔ ملی سال {}", "{}, by the municipality's tariff within the national one of {}",
				capital(chargeName(charge)), of(d.FiscalYear))
			step.Inputs = append(step.Inputs, Input{"local_tariff_id", d.Cites.LocalTariffID})
		}
	}
	return step
}

func capital(v value) value {
	v.word.EN = strings.ToUpper(v.word.EN[:1]) + v.word.EN[1:]
	return v
}

// The languages of Render.
const (
	Persian = "fa"
	English = "en"
)

// Render writes the explanation of a due as text that an operator reads to a citizen: a title, then the numbered steps of Tree,
// each with its legal reference. Any language but Persian gives English.
func Render(d Due, lang string) string {
	page := page{english: lang != Persian}
	title := say("عوارض سال {}: {}، {} ریال", "Dues of {}: {}, {} rial", of(d.FiscalYear), stateName(d.State), rial(d.Total))
	if strings.HasPrefix(string(d.State), "missing_") {
		title = say("عوارض سال {}: {}", "Dues of {}: {}", of(d.FiscalYear), stateName(d.State))
	}
	page.WriteString(page.pick(title) + "\n")
	page.steps(Tree(d), "")
	page.WriteString(page.pick(say("تاریخ محاسبه: {}", "Computed on {}", day(d.Cites.On))) + "\n")
	return page.String()
}

// page is a text in one language.
type page struct {
	strings.Builder
	english bool
}

func (p *page) pick(text fault.Text) string {
	if p.english {
		return text.EN
	}
	return text.FA
}

func (p *page) steps(list []Step, prefix string) {
	for i, s := range list {
		number := prefix + strconv.Itoa(i+1)
		indent := strings.Repeat("  ", strings.Count(number, "-"))
		shown := number
		if !p.english {
			shown = money.PersianDigits(number)
		}
		p.WriteString(indent + shown + ". " + p.pick(s.Text) + "\n")
		if s.Legal != (fault.Text{}) {
			p.WriteString(indent + "   " + p.pick(say("مستند: {}", "Legal reference: {}", value{word: s.Legal})) + "\n")
		}
		p.steps(s.Children, number+"-")
	}
}

func stateName(s State) value {
	switch s {
	case Assessed:
		return word("محاسبه‌شده", "assessed")
	case Exempt:
		return word("معاف", "exempt")
	case UnderReview:
		return word("در دست بررسی", "under review")
	case Paid:
		return word("پرداخت‌شده", "paid")
	case Claimed:
		return word("در حال پرداخت", "being paid")
	case MissingTariff:
		return word("تعرفه منتشر نشده", "tariff missing")
	case MissingValuation:
		return word("ارزش مبنا منتشر نشده", "base value missing")
	}
	return word("محل سکونت نامعلوم", "residence missing")
}
