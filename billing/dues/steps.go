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

func residenceStep(city int, year calendar.FiscalYear, decided calendar.Date) Step {
	why := word("نخستین روز سال", "the first day of the year")
	if decided != year.Start() {
		why = word("روز نخستین شماره‌گذاری خودرو", "the day of the vehicle's first registration")
	}
	return Step{
		Code: "residence",
		Text: say("مالک در {}، {}، ساکن این شهر بوده است؛ پس عوارض سال {} به شهرداری همین شهر می‌رسد.",
			"The owner lived in this city on {}, {}, so the duty of {} belongs to its municipality.",
			day(decided), why, of(year)),
		Legal:  residenceLaw(),
		Inputs: []Input{{"municipality_id", strconv.Itoa(city)}, {"residence_day", decided.String()}},
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

func (r *reckoning) valuationStep() Step {
	if r.value.Basis != (Basis{}) {
		return analogyStep(*r.value, r.vehicle.TypeCode)
	}
	return valuationStep(*r.value, r.vehicle.TypeCode)
}

// analogyStep tells of a base value that comes from another type. The law of 1387 names the analogy; for what stands under the law of 1400
// no article is at hand, so none is cited.
func analogyStep(v Valuation, typeCode string) Step {
	step := valuationStep(v, typeCode)
	step.Text = say("ارزش مبنای این نوع خودرو برای سال {} در فهرست نیامده و به قیاس نوع «{}» (سال {}) برابر {} ریال تعیین شده است.",
		"No list gives the base value of this vehicle type for {}; by analogy with the type {} (of {}) it is {} rial.",
		of(v.FiscalYear), word(v.Basis.NameFA, v.Basis.TypeCode), of(v.Basis.FiscalYear), rial(v.Base))
	if v.FiscalYear <= lastOfFirstLaw {
		step.Legal = fault.Text{FA: "تبصره‌های مادهٔ ۴۲ قانون مالیات بر ارزش افزوده مصوب ۱۳۸۷", EN: "VAT law of 1387, Art. 42, notes"}
	}
	step.Inputs = append(step.Inputs, Input{"basis_type", v.Basis.TypeCode}, Input{"basis_year", v.Basis.FiscalYear.String()})
	return step
}

// lastOfFirstLaw is the last fiscal year under the VAT law of 1387.
const lastOfFirstLaw calendar.FiscalYear = 1400

func rateStep(rule *tariffs.Rule, version *tariffs.Version, v Valuation, amount money.Exact) Step {
	return Step{
		Code: string(rule.Charge),
		Text: say("{} {} در هزار ارزش مبناست: {} ریال.", "The {} is {} per thousand of the base value: {} rial.",
			chargeName(rule.Charge), permille(rule.Rate), exact(amount)),
		Amount: amount.String(),
		Legal:  rule.Legal,
		Inputs: []Input{{"base", whole(v.Base)}, {"rate_ppm", ppm(rule.Rate)}, {"tariff_id", version.ID}},
	}
}

func fixedStep(rule *tariffs.Rule, version *tariffs.Version, units int, amount money.Exact) Step {
	text := say("{} مبلغ ثابت {} ریال است.", "The {} is a fixed {} rial.", chargeName(rule.Charge), rial(rule.Fixed.Amount))
	if rule.Fixed.Per == tariffs.PerCylinder {
		text = say("{} برای هر سیلندر {} ریال است و خودرو {} سیلندر دارد: {} ریال.", "The {} is {} rial for each cylinder, and the vehicle has {}: {} rial.",
			chargeName(rule.Charge), rial(rule.Fixed.Amount), count(units), exact(amount))
	}
	return Step{
		Code:   string(rule.Charge),
		Text:   text,
		Amount: amount.String(),
		Legal:  rule.Legal,
		Inputs: []Input{
			{"fixed", whole(rule.Fixed.Amount)}, {"per", string(rule.Fixed.Per)}, {"units", strconv.Itoa(units)}, {"tariff_id", version.ID},
		},
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

func penaltyStep(rule *tariffs.Penalty, year calendar.FiscalYear, months int, base, penalty money.Exact) Step {
	from := rule.From(year)
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
