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

func ruleUnknown(version *tariffs.Version, v tariffs.Vehicle) Step {
	return Step{
		Code: string(MissingTariff),
		Text: say("تعرفهٔ سال {} برای این خودرو ({}) نرخی ندارد؛ تا تعیین نشود، عوارض این سال قابل محاسبه نیست.",
			"The tariff of {} has no rate for this vehicle ({}); until it has one, the duty of this year cannot be computed.",
			of(version.FiscalYear), className(v.Class)),
		Inputs: []Input{
			yearInput(version.FiscalYear), {"tariff_id", version.ID}, {"class", string(v.Class)}, {"usage", string(v.Usage)},
			{"fuel", string(v.Fuel)}, {"origin", string(v.Origin)},
		},
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
	text := say("عوارض سال {} این شهر پرداخت شده است: {} ریال.", "The duty of {} of this city is paid: {} rial.", of(s.FiscalYear), rial(s.Amount))
	if s.State == Claimed {
		clock := s.Until.In(calendar.Tehran()).Format("15:04")
		text = say("پرداخت عوارض سال {} این شهر، {} ریال، در جریان است و تا {} ساعت {} مهلت دارد.",
			"The duty of {} of this city, {} rial, is being paid; the claim ends on {} at {}.",
			of(s.FiscalYear), rial(s.Amount), day(calendar.DateOf(s.Until)), word(money.PersianDigits(clock), clock))
	}
	return Step{
		Code: string(s.State), Text: text, Amount: whole(s.Amount),
		Inputs: []Input{yearInput(s.FiscalYear), {"amount", whole(s.Amount)}},
	}
}
