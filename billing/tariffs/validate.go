package tariffs

import (
	"fmt"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

var (
	errSyntax = fault.Define(fault.Invalid, "tariff_syntax",
		"متن تعرفه خوانا نیست یا فیلد ناشناخته دارد.", "The tariff is not readable or has an unknown field.")
	errID = fault.Define(fault.Invalid, "tariff_id",
		"شناسهٔ تعرفه باید از مرجع، سال و شمارهٔ نسخه ساخته شده باشد.", "The tariff's id must be made of its authority, year and number.")
	errYear = fault.Define(fault.Invalid, "tariff_year",
		"سال تعرفه باید میان ۱۳۸۷ و ۱۵۰۰ باشد.", "The tariff's fiscal year must be between 1387 and 1500.")
	errTwice = fault.Define(fault.Conflict, "tariff_twice",
		"این نسخه از تعرفه پیش‌تر ثبت شده است.", "This version of the tariff exists already.")
	errRules = fault.Define(fault.Invalid, "tariff_rules",
		"تعرفه باید دست‌کم یک قاعده داشته باشد.", "A tariff needs at least one rule.")
	errCharge = fault.Define(fault.Invalid, "tariff_charge",
		"ردیف عوارض شناخته‌شده نیست.", "Unknown charge.")
	errScope = fault.Define(fault.Invalid, "tariff_scope",
		"رده، کاربری، سوخت یا مبدأ قاعده خالی، تکراری یا ناشناخته است.", "A class, usage, fuel or origin of the rule is missing, repeated or unknown.")
	errOverlap = fault.Define(fault.Invalid, "tariff_overlap",
		"دو قاعده برای یک خودرو صدق می‌کند.", "Two rules fit the same vehicle.")
	errRate = fault.Define(fault.Invalid, "tariff_rate",
		"نرخ باید از صفر بیشتر و حداکثر ۱۰۰ درصد باشد.", "A rate must be above zero and at most 100 %.")
	errAge = fault.Define(fault.Invalid, "tariff_age",
		"قاعدهٔ افزایش عمر خودرو درست نیست.", "The age surcharge is not well formed.")
	errPenalty = fault.Define(fault.Invalid, "tariff_penalty",
		"قاعدهٔ جریمهٔ تأخیر درست نیست.", "The penalty is not well formed.")
	errRounding = fault.Define(fault.Invalid, "tariff_rounding",
		"قاعدهٔ گرد کردن درست نیست؛ واحد باید ۱ تا ۱٬۰۰۰٬۰۰۰ ریال باشد.", "The rounding is not well formed; its unit must be 1 to 1,000,000 rial.")
	errLegal = fault.Define(fault.Invalid, "tariff_legal",
		"مستند قانونی باید به فارسی و انگلیسی نوشته شود.", "The legal reference is needed in Persian and in English.")
)

// FirstYear is the first fiscal year of the duty: the VAT law of 1387 is the oldest that the tariffs know.
const FirstYear = 1387

const maxUnit money.Rial = 1_000_000

// Validate checks the whole version and names the first fault by its code and field ("rules[0].legal"): tariff_id,
// tariff_year, tariff_rules, tariff_charge, tariff_scope, tariff_rate, tariff_age, tariff_overlap, tariff_penalty,
// tariff_rounding, tariff_legal.
func (v *Version) Validate() error {
	if v.FiscalYear < FirstYear || !v.FiscalYear.Valid() {
		return errYear.On("fiscal_year")
	}
	if v.Authority == "" || v.Number < 1 || v.ID != VersionID(v.Authority, v.FiscalYear, v.Number) {
		return errID.On("id")
	}
	if err := v.validateRules(); err != nil {
		return err
	}
	if err := v.Penalty.validate(); err != nil {
		return err
	}
	return v.Rounding.validate()
}

func (v *Version) validateRules() error {
	if len(v.Rules) == 0 {
		return errRules.On("rules")
	}
	for i := range v.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		if err := v.Rules[i].validate(path); err != nil {
			return err
		}
		for j := range i {
			if v.Rules[i].overlaps(&v.Rules[j]) {
				return errOverlap.On(path)
			}
		}
	}
	return nil
}

func (r *Rule) validate(path string) error {
	if r.Charge != AnnualDuty {
		return errCharge.On(path + ".charge")
	}
	if len(r.Classes) == 0 || !distinct(r.Classes) {
		return errScope.On(path + ".classes")
	}
	if len(r.Origins) == 0 || !distinct(r.Origins) {
		return errScope.On(path + ".origins")
	}
	if !distinct(r.Usages) {
		return errScope.On(path + ".usages")
	}
	if !distinct(r.Fuels) {
		return errScope.On(path + ".fuels")
	}
	if !proper(r.Rate) {
		return errRate.On(path + ".rate_ppm")
	}
	if err := r.Age.validate(path + ".age"); err != nil {
		return err
	}
	return cited(r.Legal, path+".legal")
}

func (a *Age) validate(path string) error {
	if a == nil {
		return nil
	}
	if a.FreeYears < 0 || !proper(a.PerYear) || a.Max < a.PerYear || a.Max > 10*money.One || !distinct(a.ExemptFuels) {
		return errAge.On(path)
	}
	return cited(a.Legal, path+".legal")
}

func (p Penalty) validate() error {
	if !proper(p.PerMonth) || p.Start != NextYear || p.Max < 0 || p.Max > 100*money.One {
		return errPenalty.On("penalty")
	}
	if p.Months != WholeMonths && p.Months != StartedMonths {
		return errPenalty.On("penalty.months")
	}
	return cited(p.Legal, "penalty.legal")
}

func (r Rounding) validate() error {
	if r.Unit < 1 || r.Unit > maxUnit || !r.Mode.Valid() {
		return errRounding.On("rounding")
	}
	return cited(r.Legal, "rounding.legal")
}

func proper(rate money.PPM) bool { return rate > 0 && rate <= money.One }

func cited(legal fault.Text, path string) error {
	if legal.FA == "" || legal.EN == "" {
		return errLegal.On(path)
	}
	return nil
}

// distinct says whether every value is known and none is repeated.
func distinct[T interface {
	comparable
	Valid() bool
}](values []T) bool {
	for i, v := range values {
		if !v.Valid() {
			return false
		}
		for _, earlier := range values[:i] {
			if v == earlier {
				return false
			}
		}
	}
	return true
}

// overlaps says whether some vehicle is in the scope of both rules for the same charge.
func (r *Rule) overlaps(other *Rule) bool {
	return r.Charge == other.Charge && meet(r.Classes, other.Classes) && meet(r.Origins, other.Origins) &&
		meetAny(r.Usages, other.Usages) && meetAny(r.Fuels, other.Fuels)
}

func meet[T comparable](a, b []T) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// meetAny is meet where an empty list means every value.
func meetAny[T comparable](a, b []T) bool { return len(a) == 0 || len(b) == 0 || meet(a, b) }
