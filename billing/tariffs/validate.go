package tariffs

import (
	"cmp"
	"fmt"
	"slices"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

var (
	errSyntax = fault.Define(fault.Invalid, "tariff_syntax",
		"متن تعرفه خوانا نیست یا فیلد ناشناخته دارد.", "The tariff is not readable or has an unknown field.")
	errID = fault.Define(fault.Invalid, "tariff_id",
		"شناسهٔ تعرفه باید از مرجع (national یا کد شهرداری)، سال و شمارهٔ نسخه ساخته شده باشد.",
		"The tariff's id must be made of its authority (national or a municipality's code), year and number.")
	errYear = fault.Define(fault.Invalid, "tariff_year",
		"سال تعرفه باید میان ۱۳۸۷ و ۱۵۰۰ باشد.", "The tariff's fiscal year must be between 1387 and 1500.")
	errFrom = fault.Define(fault.Invalid, "tariff_from",
		"روز آغاز اجرا باید پس از نخستین روز سال مالی باشد؛ نسخه‌ای که از همان روز اجرا می‌شود آن را نمی‌نویسد.",
		"The day from which it holds must lie after the first day of the fiscal year; a version that holds from that day leaves it out.")
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
	errFixed = fault.Define(fault.Invalid, "tariff_fixed",
		"مبلغ ثابت باید از صفر بیشتر باشد و واحد آن خودرو یا سیلندر باشد.", "A fixed amount must be above zero and be counted by vehicle or by cylinder.")
	errExemption = fault.Define(fault.Invalid, "tariff_exemption",
		"معافیت درست نیست؛ شناسه‌ها باید یکتا و به ترتیب باشند.", "The exemption is not well formed; ids must be unique and in order.")
	errDiscount = fault.Define(fault.Invalid, "tariff_discount",
		"تخفیف درست نیست؛ شناسه، نوع، نرخ یا مدت اعتبار را بازبینی کنید.", "The discount is not well formed; check its id, kind, rate and validity.")
	errWaiver = fault.Define(fault.Invalid, "tariff_waiver",
		"بخشودگی جریمه درست نیست؛ شناسه، نرخ یا مدت اعتبار را بازبینی کنید.", "The waiver of the penalty is not well formed; check its id, rate and validity.")
	errLevy = fault.Define(fault.Invalid, "tariff_levy",
		"فهرست شهرهای مشمول عوارض درست نیست.", "The list of cities with the levy is not well formed.")
	errShare = fault.Define(fault.Invalid, "tariff_year_share",
		"قاعدهٔ سال نخست یا سال آخر خودرو درست نیست.", "The rule for the vehicle's first or last year is not well formed.")
	errMinimum = fault.Define(fault.Invalid, "tariff_minimum",
		"کمینهٔ بدهی درست نیست.", "The minimum of a due is not well formed.")
	errLocked = fault.Define(fault.Invalid, "tariff_locked",
		"این بند را قانون ملی تعیین کرده و شهرداری نمی‌تواند آن را تغییر دهد.", "The national law decides this; a municipality cannot change it.")
	errLegal = fault.Define(fault.Invalid, "tariff_legal",
		"مستند قانونی باید به فارسی و انگلیسی نوشته شود.", "The legal reference is needed in Persian and in English.")
)

// FirstYear is the first fiscal year of the duty: the VAT law of 1387 is the oldest that the tariffs know.
const FirstYear = 1387

const (
	maxUnit      money.Rial = 1_000_000
	maxFixed     money.Rial = 1_000_000_000_000 // far above any council's tariff
	maxCylinders            = 16
)

// Validate checks the whole version and names the first fault by its code and field ("rules[0].legal"): tariff_id,
// tariff_year, tariff_from, tariff_rules, tariff_charge, tariff_scope, tariff_rate, tariff_fixed, tariff_age, tariff_overlap,
// tariff_exemption, tariff_discount, tariff_waiver, tariff_levy, tariff_locked, tariff_year_share, tariff_penalty,
// tariff_rounding, tariff_minimum, tariff_legal. Whether a municipality's version keeps to the law is Against.
func (v *Version) Validate() error { return cmp.Or(v.faults()...) }

// faults is the first fault of every part, nil where a part has none.
func (v *Version) faults() []error {
	return []error{v.validateIdentity(), v.validateRules(), v.validateReliefs(), v.validateNation(), v.validateShares(), v.validateTerms()}
}

func (v *Version) validateIdentity() error {
	switch {
	case v.FiscalYear < FirstYear || !v.FiscalYear.Valid():
		return errYear.On("fiscal_year")
	case !v.National() && v.Municipality() == 0 || v.Number < 1 || v.ID != VersionID(v.Authority, v.FiscalYear, v.Number):
		return errID.On("id")
	case !v.From.IsZero() && (!v.From.Valid() || !v.From.After(v.FiscalYear.Start())):
		return errFrom.On("from")
	}
	return nil
}

func (v *Version) validateRules() error {
	if len(v.Rules) == 0 && (v.National() || len(v.Discounts) == 0 && len(v.Waivers) == 0) {
		return errRules.On("rules")
	}
	for i := range v.Rules {
		path := at("rules", i)
		if err := v.Rules[i].validate(path); err != nil {
			return err
		}
		for j := range i {
			if v.Rules[i].overlaps(&v.Rules[j]) {
				return errOverlap.On(path).With(contradicts, at("rules", j))
			}
		}
	}
	return nil
}

func (r *Rule) validate(path string) error {
	if !r.Charge.Valid() {
		return errCharge.On(path + ".charge")
	}
	if len(r.Classes) == 0 {
		return errScope.On(path + ".classes")
	}
	if len(r.Origins) == 0 {
		return errScope.On(path + ".origins")
	}
	return cmp.Or(r.Scope.validate(path), r.validateAmount(path), r.Age.validate(path+".age"), cited(r.Legal, path+".legal"))
}

func (r *Rule) validateAmount(path string) error {
	if r.Fixed == nil && !proper(r.Rate) || r.Fixed != nil && r.Rate != 0 {
		return errRate.On(path + ".rate_ppm")
	}
	if f := r.Fixed; f != nil && (f.Amount <= 0 || f.Amount > maxFixed || f.Per != PerVehicle && f.Per != PerCylinder) {
		return errFixed.On(path + ".fixed")
	}
	return nil
}

func (s *Scope) validate(path string) error {
	for _, part := range []struct {
		name string
		fine bool
	}{
		{".classes", distinct(s.Classes)}, {".origins", distinct(s.Origins)}, {".usages", distinct(s.Usages)}, {".fuels", distinct(s.Fuels)},
		{".categories", distinct(s.Categories)}, {".cylinders", s.Cylinders.inside(1, maxCylinders)},
		{".model_years", s.ModelYears.inside(calendar.FirstYear, calendar.LastYear)},
	} {
		if !part.fine {
			return errScope.On(path + part.name)
		}
	}
	return nil
}

// inside says whether both ends of the span, where they are closed, are in order and within the bounds.
func (s Span) inside(lowest, highest int) bool {
	proper := func(end int) bool { return end == 0 || end >= lowest && end <= highest }
	return proper(s.From) && proper(s.Through) && (s.Through == 0 || s.From <= s.Through)
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

// overlaps says whether some vehicle is in the scope of both rules for the same charge, and no priority decides.
func (r *Rule) overlaps(other *Rule) bool {
	return r.Charge == other.Charge && r.Priority == other.Priority && r.Scope.meets(&other.Scope)
}

func proper(rate money.PPM) bool { return rate > 0 && rate <= money.One }

func at(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

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
		if !v.Valid() || slices.Contains(values[:i], v) {
			return false
		}
	}
	return true
}
