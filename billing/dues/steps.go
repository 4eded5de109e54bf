package dues

import (
	"strconv"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// residenceLaw gives the duty to the city where the owner lives; Art. 47 extends its rule of collection to earlier years.
func residenceLaw() fault.Text {
	return fault.Text{
		FA: "مادهٔ ۴۱ قانون دائمی مالیات بر ارزش افزوده مصوب ۱۴۰۰",
		EN: "permanent VAT law of 1400, Art. 41",
	}
}

func residenceStep(d *Due) Step {
	decided := d.Cites.ResidenceDay
	why := word("نخستین روز سال", "the first day of the year")
	if decided != d.FiscalYear.Start() {
		why = word("روز نخستین شماره‌گذاری خودرو", "the day of the vehicle's first registration")
	}
	return Step{
		Code: "residence",
		Text: say("مالک در {}، {}، ساکن این شهر بوده است؛ پس عوارض سال {} به شهرداری همین شهر می‌رسد.",
			"The owner lived in this city on {}, {}, so the duty of {} belongs to its municipality.",
			day(decided), why, of(d.FiscalYear)),
		Legal:  residenceLaw(),
		Inputs: []Input{{"municipality_id", strconv.Itoa(d.MunicipalityID)}, {"residence_day", decided.String()}},
	}
}

func valuationStep(v Valuation, typeCode string) Step {
	return Step{
		Code: "valuation",
		Text: say("ارزش مبنای این نوع خودرو در سال {} برابر {} ریال است.",
			"The base value of this vehicle type for {} is {} rial.", of(v.FiscalYear), rial(v.Base)),
		Amount: whole(v.Base),
		Inputs: []Input{{"valuation_id", v.ID}, {"type_code", typeCode}, yearInput(v.FiscalYear)},
	}
}

func dutyStep(rule *tariffs.Rule, v Valuation, duty money.Exact) Step {
	return Step{
		Code: string(AnnualDuty),
		Text: say("عوارض سالانه {} در هزار ارزش مبناست: {} ریال.",
			"The annual duty is {} per thousand of the base value: {} rial.", permille(rule.Rate), exact(duty)),
		Amount: duty.String(),
		Legal:  rule.Legal,
		Inputs: []Input{{"base", whole(v.Base)}, {"rate_ppm", ppm(rule.Rate)}},
	}
}

func ageStep(rule *tariffs.Age, years int, surcharge money.Exact) Step {
	return Step{
		Code: string(AgeSurcharge),
		Text: say("خودرو {} ساله است؛ برای هر سال بیش از {} سال، {} درصد و روی هم حداکثر {} درصد به عوارض افزوده می‌شود: {} ریال.",
			"The vehicle is {} years old; each year above {} adds {} % to the duty, at most {} %: {} rial.",
			count(years), count(rule.FreeYears), percent(rule.PerYear), percent(rule.Max), exact(surcharge)),
		Amount: surcharge.String(),
		Legal:  rule.Legal,
		Inputs: []Input{
			{"age", strconv.Itoa(years)}, {"free_years", strconv.Itoa(rule.FreeYears)},
			{"per_year_ppm", ppm(rule.PerYear)}, {"max_ppm", ppm(rule.Max)},
		},
	}
}

func ageExemptStep(rule *tariffs.Age, years int, fuel tariffs.Fuel) Step {
	return Step{
		Code: "age_exempt",
		Text: say("خودرو {} ساله است، ولی چون {} است افزایش عمر به عوارض آن تعلق نمی‌گیرد.",
			"The vehicle is {} years old, but as a {} vehicle it is free of the age surcharge.", count(years), fuelName(fuel)),
		Amount: "0",
		Legal:  rule.Legal,
		Inputs: []Input{{"age", strconv.Itoa(years)}, {"fuel", string(fuel)}},
	}
}

func penaltyStep(v *tariffs.Version, months int, base, penalty money.Exact) Step {
	rule, from := v.Penalty, v.Penalty.From(v.FiscalYear)
	rate := say("ماهی {} درصد از {} ریال", "{} % a month of {} rial", percent(rule.PerMonth), exact(base))
	if rule.Max > 0 {
		rate = say("{}، حداکثر {} درصد", "{}, at most {} %", value{word: rate}, percent(rule.Max))
	}
	return Step{
		Code: string(Penalty),
		Text: say("پرداخت از {}، {} {} دیر شده است؛ جریمه {} است: {} ریال.", "Since {} payment is {} {} late; the penalty is {}: {} rial.",
			day(from), count(months), monthsName(rule.Months, months), value{word: rate}, exact(penalty)),
		Amount: penalty.String(),
		Legal:  rule.Legal,
		Inputs: []Input{
			{"from", from.String()}, {"months", strconv.Itoa(months)}, {"per_month_ppm", ppm(rule.PerMonth)},
			{"max_ppm", ppm(rule.Max)}, {"of", base.String()},
		},
	}
}

func totalStep(rule tariffs.Rounding, sum money.Exact, total money.Rial) Step {
	text := say("جمع {} ریال است که {} مضرب {} ریال گرد می‌شود: {} ریال.",
		"The sum is {} rial, rounded {} multiple of {} rial: {} rial.", exact(sum), roundingName(rule.Mode), rial(rule.Unit), rial(total))
	if total.Exact() == sum {
		text = say("جمع {} ریال است و گرد کردن لازم ندارد.", "The sum is {} rial and needs no rounding.", exact(sum))
	}
	return Step{
		Code:   "total",
		Text:   text,
		Amount: whole(total),
		Legal:  rule.Legal,
		Inputs: []Input{{"sum", sum.String()}, {"unit", whole(rule.Unit)}, {"mode", string(rule.Mode)}},
	}
}

func ppm(rate money.PPM) string { return strconv.FormatInt(int64(rate), 10) }

func whole(amount money.Rial) string { return strconv.FormatInt(int64(amount), 10) }

func yearInput(year calendar.FiscalYear) Input { return Input{"fiscal_year", year.String()} }
