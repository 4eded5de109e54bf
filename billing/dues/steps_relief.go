package dues

import (
	"strconv"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// The steps of what a version or a decision changes: who set a rate, what is relieved, and what is added.

func localStep(local *tariffs.Version, rule *tariffs.Rule) Step {
	return Step{
		Code: "local_tariff",
		Text: say("قانون ملی نرخ {} این خودرو را به شهر واگذاشته است؛ تعرفهٔ سال {} همین شهرداری، نسخهٔ {}، نرخ را تعیین می‌کند.",
			"The national law leaves the {} of this vehicle to the city; the tariff of {} of this municipality, version {}, sets the rate.",
			chargeName(rule.Charge), of(local.FiscalYear), count(local.Number)),
		Legal:  rule.Legal,
		Inputs: []Input{{"tariff_id", local.ID}},
	}
}

func exemptStep(charge tariffs.Charge, e *tariffs.Exemption, v *tariffs.Version) Step {
	return Step{
		Code:   string(Exempt),
		Text:   say("خودرو از {} معاف است.", "The vehicle is exempt from the {}.", chargeName(charge)),
		Amount: "0",
		Legal:  e.Legal,
		Inputs: []Input{{"exemption", e.ID}, {"tariff_id", v.ID}},
	}
}

func exemptDecisionStep(charge tariffs.Charge, d *Decision) Step {
	return Step{
		Code: string(Exempt),
		Text: say("خودرو با تصمیم {} از {} معاف است: {}", "By the decision of {} the vehicle is exempt from the {}: {}",
			day(d.ValidFrom), chargeName(charge), value{word: d.Reason}),
		Amount: "0",
		Inputs: decided(d),
	}
}

func decided(d *Decision) []Input {
	return []Input{{"decision", d.ID}, {"actor", d.Actor}, {"valid_from", d.ValidFrom.String()}}
}

func shareStep(months int, amount money.Exact, legal fault.Text) Step {
	return Step{
		Code: "year_share",
		Text: say("از دوازده ماه سال، {} ماه به این خودرو تعلق می‌گیرد: {} ریال.", "Of the twelve months of the year, {} fall to this vehicle: {} rial.",
			count(months), exact(amount)),
		Amount: amount.String(),
		Legal:  legal,
		Inputs: []Input{{"months", strconv.Itoa(months)}},
	}
}

func yearNotOwedStep(year calendar.FiscalYear, legal fault.Text) Step {
	return Step{
		Code: "year_not_owed",
		Text: say("عوارض سال {} که سال نخست یا سال آخر خودروست، به آن تعلق نمی‌گیرد.",
			"The year {} is the vehicle's first or last, and is not owed.", of(year)),
		Amount: "0",
		Legal:  legal,
		Inputs: []Input{yearInput(year)},
	}
}

func discountStep(d *tariffs.Discount, v *tariffs.Version, of, off money.Exact) Step {
	why := word("تخفیف مصوب شورا", "the discount of the council")
	if d.Kind == tariffs.EarlyPayment {
		why = word("تخفیف خوش‌حسابی", "the discount for early payment")
	}
	return Step{
		Code: string(Discount),
		Text: say("{} که تا {} برقرار است، {} درصد از {} ریال را کم می‌کند: {} ریال.", "Of {}, in force until {}, {} % come off {} rial: {} rial.",
			why, day(d.Through), percent(d.Rate), exact(of), exact(off)),
		Amount: off.String(),
		Legal:  d.Legal,
		Inputs: []Input{
			{"discount", d.ID}, {"tariff_id", v.ID}, {"rate_ppm", ppm(d.Rate)}, {"from", d.From.String()}, {"through", d.Through.String()}, {"of", of.String()},
		},
	}
}

func waiverStep(w *tariffs.Waiver, v *tariffs.Version, of, off money.Exact) Step {
	return Step{
		Code: string(PenaltyWaiver),
		Text: say("{} درصد از جریمهٔ {} ریالی تا {} بخشوده می‌شود: {} ریال.", "{} % of the penalty of {} rial is waived until {}: {} rial.",
			percent(w.Rate), exact(of), day(w.Through), exact(off)),
		Amount: off.String(),
		Legal:  w.Legal,
		Inputs: []Input{
			{"waiver", w.ID}, {"tariff_id", v.ID}, {"rate_ppm", ppm(w.Rate)}, {"from", w.From.String()}, {"through", w.Through.String()}, {"of", of.String()},
		},
	}
}

// decisionStep tells of a discount or a waiver by decision.
func decisionStep(code string, d *Decision, of, off money.Exact) Step {
	what := word("از عوارض", "the charge")
	if d.Kind == WaivePenalty {
		what = word("از جریمه", "the penalty")
	}
	return Step{
		Code: code,
		Text: say("با تصمیم {} {} {} ریال کم می‌شود: {}", "The decision of {} lowers {} by {} rial: {}",
			day(d.ValidFrom), what, exact(off), value{word: d.Reason}),
		Amount: off.String(),
		Inputs: append(decided(d), Input{"rate_ppm", ppm(d.Rate)}, Input{"amount", whole(d.Amount)}, Input{"of", of.String()}),
	}
}

func extraStep(d *Decision) Step {
	return Step{
		Code: string(Extra),
		Text: say("با تصمیم {} به بدهی افزوده می‌شود: {} ریال. {}", "By the decision of {} {} rial are added: {}",
			day(d.ValidFrom), rial(d.Amount), value{word: d.Reason}),
		Amount: whole(d.Amount),
		Inputs: decided(d),
	}
}

func creditStep(d *Decision, used money.Exact) Step {
	return Step{
		Code: string(Credit),
		Text: say("بستانکاری {} ریال با تصمیم {}؛ از این سال {} ریال کم می‌شود: {}", "A credit of {} rial by the decision of {}; {} rial of it are used here: {}",
			rial(d.Amount), day(d.ValidFrom), exact(used), value{word: d.Reason}),
		Amount: used.String(),
		Inputs: append(decided(d), Input{"amount", whole(d.Amount)}),
	}
}

func minimumStep(rule *tariffs.Minimum, v *tariffs.Version, owed money.Exact) Step {
	return Step{
		Code: "below_minimum",
		Text: say("عوارض سال، {} ریال، از کمینهٔ {} ریال کمتر است؛ پس خودرو برای این سال بدهکار نیست.",
			"The charges of the year, {} rial, are below the minimum of {} rial, so the vehicle is not in debt for it.", exact(owed), rial(rule.Amount)),
		Amount: "0",
		Legal:  rule.Legal,
		Inputs: []Input{{"minimum", whole(rule.Amount)}, {"owed", owed.String()}, {"tariff_id", v.ID}},
	}
}

func reviewStep(d *Decision) Step {
	return Step{
		Code: string(UnderReview),
		Text: say("این بدهی با تصمیم {} در دست بررسی است و تا پایان بررسی نمی‌توان آن را پرداخت: {}",
			"By the decision of {} this due is under review and cannot be paid until that ends: {}", day(d.ValidFrom), value{word: d.Reason}),
		Inputs: decided(d),
	}
}
