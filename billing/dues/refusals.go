package dues

import (
	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// The steps of the dues that are not reckoned: each tells the operator what is missing, or what was decided already.

func residenceUnknown(year calendar.FiscalYear, decisive calendar.Date) Step {
	return Step{
		Code: string(MissingResidence),
		Text: say("محل سکونت مالک در {} ثبت نشده است؛ تا ثبت نشود، شهر ذی‌نفع و عوارض سال {} معلوم نیست.",
			"The owner's residence on {} is not recorded; until it is, the entitled city and the duty of {} are unknown.",
			day(decisive), of(year)),
		Legal:  residenceLaw(),
		Inputs: []Input{yearInput(year), {"residence_day", decisive.String()}},
	}
}

func tariffUnknown(year calendar.FiscalYear) Step {
	return Step{
		Code: string(MissingTariff),
		Text: say("تعرفهٔ سال {} منتشر نشده است؛ تا منتشر نشود، عوارض این سال قابل محاسبه نیست.",
			"The tariff of {} is not published; until it is, the duty of this year cannot be computed.", of(year)),
		Inputs: []Input{yearInput(year)},
	}
}

func ruleUnknown(version *tariffs.Version, v tariffs.Vehicle, left bool) Step {
	text := say("تعرفهٔ سال {} برای این خودرو ({}) نرخی ندارد؛ تا تعیین نشود، عوارض این سال قابل محاسبه نیست.",
		"The tariff of {} has no rate for this vehicle ({}); until it has one, the duty of this year cannot be computed.",
		of(version.FiscalYear), className(v.Class))
	if left {
		text = say("قانون، نرخ عوارض سال {} را برای این خودرو ({}) به شورای شهر واگذاشته و این شهر نرخی منتشر نکرده است؛ تا منتشر نکند، عوارض این سال قابل محاسبه نیست.",
			"The law leaves the rate of {} for this vehicle ({}) to the city council, and this city has published none; until it does, the duty of this year cannot be computed.",
			of(version.FiscalYear), className(v.Class))
	}
	return Step{
		Code: string(MissingTariff),
		Text: text,
		Inputs: []Input{
			yearInput(version.FiscalYear), {"tariff_id", version.ID}, {"class", string(v.Class)}, {"usage", string(v.Usage)},
			{"fuel", string(v.Fuel)}, {"origin", string(v.Origin)},
		},
	}
}

func cylindersUnknown(year calendar.FiscalYear) Step {
	return Step{
		Code: string(MissingTariff),
		Text: say("عوارض سال {} این خودرو به تعداد سیلندر بستگی دارد و تعداد آن ثبت نشده است؛ تا ثبت نشود، عوارض این سال قابل محاسبه نیست.",
			"The duty of {} of this vehicle depends on its cylinders, whose number is not recorded; until it is, the duty of this year cannot be computed.",
			of(year)),
		Inputs: []Input{yearInput(year), {"cylinders", "0"}},
	}
}

func levyUnrated(levy *tariffs.Levy, version *tariffs.Version) Step {
	return Step{
		Code: "levy_unrated",
		Text: say("این شهر در سال {} مشمول {} است، ولی نرخ آن منتشر نشده است؛ این ردیف اینجا محاسبه نشده و در جمع نیست.",
			"In {} this city is listed for the {}, but no rate of it is published; it is not assessed here and not in the total.",
			of(version.FiscalYear), chargeName(levy.Charge)),
		Legal:  levy.Legal,
		Inputs: []Input{yearInput(version.FiscalYear), {"tariff_id", version.ID}},
	}
}

func valuationUnknown(year calendar.FiscalYear, typeCode string) Step {
	return Step{
		Code: string(MissingValuation),
		Text: say("ارزش مبنای این نوع خودرو در سال {} منتشر نشده است؛ تا منتشر نشود، عوارض این سال قابل محاسبه نیست.",
			"The base value of this vehicle type for {} is not published; until it is, the duty of this year cannot be computed.", of(year)),
		Inputs: []Input{yearInput(year), {"type_code", typeCode}},
	}
}

func settledStep(s Settled) Step {
	step := Step{
		Code: string(s.State), Amount: whole(s.Amount),
		Text:   say("عوارض سال {} این شهر پرداخت شده است: {} ریال.", "The duty of {} of this city is paid: {} rial.", of(s.FiscalYear), rial(s.Amount)),
		Inputs: []Input{yearInput(s.FiscalYear), {"amount", whole(s.Amount)}},
	}
	switch r := s.Report; {
	case s.State == Claimed:
		clock := s.Until.In(calendar.Tehran()).Format("15:04")
		step.Text = say("پرداخت عوارض سال {} این شهر، {} ریال، در جریان است و تا {} ساعت {} مهلت دارد.",
			"The duty of {} of this city, {} rial, is being paid; the claim ends on {} at {}.",
			of(s.FiscalYear), rial(s.Amount), day(calendar.DateOf(s.Until)), word(money.PersianDigits(clock), clock))
	case r != nil:
		step.Text = say("عوارض سال {} این شهر به گزارش خود شهر، بیرون از این سامانه، پرداخت شده است: {} ریال در {}، شمارهٔ پیگیری {}.",
			"By the city's own report the duty of {} of this city was paid outside this system: {} rial on {}, reference {}.",
			of(s.FiscalYear), rial(s.Amount), day(r.PaidOn), word(money.PersianDigits(r.Reference), r.Reference))
		step.Inputs = append(step.Inputs, Input{"source", "city_report"}, Input{"reference", r.Reference}, Input{"paid_on", r.PaidOn.String()})
	}
	return step
}
