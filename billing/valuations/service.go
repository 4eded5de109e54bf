package valuations

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/audit"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Service previews lists, decides values by analogy, and tells which are missing.
type Service struct{ tx *scope.Runner }

// NewService binds the service to its transactions.
func NewService(tx *scope.Runner) *Service { return &Service{tx: tx} }

// Analogy gives a type that is on no list the listed value of another one (VAT law of 1387, Art. 42, notes).
type Analogy struct {
	TypeCode   string
	FiscalYear calendar.FiscalYear
	BasisType  string
	BasisYear  calendar.FiscalYear // of the basis' value, not after FiscalYear; 0: the same year
	Reason     string              // at most 500 characters
}

// Analogous is what an analogy came to.
type Analogous struct {
	Analogy            // with its BasisYear
	Was     money.Rial // by an earlier analogy; 0: there was none
	Base    money.Rial
}

var (
	errScope        = fault.Define(fault.Forbidden, "valuation_scope", "تعیین ارزش مبنا با سامانهٔ مرکزی و گزارش آن برای شهرداری و سامانهٔ مرکزی است.", "The platform decides base values; they are reported to it and to municipalities.")
	errYear         = fault.Define(fault.Invalid, "valuation_year", "سال باید شمسی و از ۱۳۸۷ به بعد باشد، سال مبنا نه پس از سال ارزش و پایان بازه نه پیش از آغاز آن.", "The year must be a Jalali year from 1387 on, a basis' year not after that of the value, and a range in order.")
	errType         = fault.Define(fault.NotFound, "valuation_type_unknown", "این کد تیپ نه در فهرستی آمده است و نه خودرویی با آن ثبت شده است.", "No list and no registered vehicle has this type code.")
	errListed       = fault.Define(fault.Conflict, "valuation_listed", "ارزش این تیپ برای این سال در فهرست آمده است.", "A list gives the value of this type for the year.")
	errBasis        = fault.Define(fault.Conflict, "valuation_basis_missing", "تیپ مبنا برای آن سال در فهرست ارزش ندارد.", "No list gives the basis a value for that year.")
	errBasisItself  = fault.Define(fault.Invalid, "valuation_basis_itself", "تیپ با خودش قیاس نمی‌شود.", "A type cannot be its own basis.")
	errBasisAnalogy = fault.Define(fault.Conflict, "valuation_basis_analogy", "ارزش تیپ مبنا خود به قیاس تعیین شده است؛ تیپی را برگزینید که در فهرست است.", "The basis' value came about by analogy itself; choose a type that a list gives.")
	errReason       = fault.Define(fault.Invalid, "valuation_reason", "دلیل قیاس را بنویسید، حداکثر ۵۰۰ نویسه.", "State the reason of the analogy, in at most 500 characters.")
)

// DecideByAnalogy gives a type the listed base value of another one, as it is now: a later list of the basis does not change it, but the type's own listing
// replaces it. Deciding again replaces the earlier analogy. Errors: valuation_scope, valuation_year (fiscal_year, basis_year), valuation_reason (reason),
// valuation_basis_itself, valuation_basis_missing and valuation_basis_analogy (basis_type), valuation_type_unknown and valuation_listed (type_code).
func (s *Service) DecideByAnalogy(ctx context.Context, in scope.Scope, a Analogy) (Analogous, error) {
	if in.Kind() != scope.KindPlatform {
		return Analogous{}, errScope
	}
	a, err := a.checked()
	if err != nil {
		return Analogous{}, err
	}
	var decided Analogous
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		if err := csvimport.TakeTurn(tx); err != nil {
			return err
		}
		if decided, err = a.decide(tx); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "valuation.by_analogy", TargetKind: "valuation", TargetID: fmt.Sprintf("%d/%s", a.FiscalYear, a.TypeCode),
			Details: map[string]any{"basis_type": a.BasisType, "basis_year": a.BasisYear, "was_rial": decided.Was, "base_rial": decided.Base}})
	})
	return decided, err
}

func (a Analogy) checked() (Analogy, error) {
	if a.BasisYear == 0 {
		a.BasisYear = a.FiscalYear
	}
	a.Reason = strings.TrimSpace(a.Reason)
	switch {
	case !owes(a.FiscalYear):
		return a, errYear.On("fiscal_year")
	case !owes(a.BasisYear) || a.BasisYear > a.FiscalYear:
		return a, errYear.On("basis_year")
	case a.TypeCode == a.BasisType:
		return a, errBasisItself.On("basis_type")
	case a.Reason == "" || !utf8.ValidString(a.Reason) || utf8.RuneCountInString(a.Reason) > 500 || strings.ContainsFunc(a.Reason, unicode.IsControl):
		return a, errReason.On("reason")
	}
	return a, nil
}

// decide runs in the turn of imports, so that nothing changes between looking and writing.
func (a Analogy) decide(tx *scope.Tx) (Analogous, error) {
	decided := Analogous{Analogy: a}
	own, err := find(tx, a.TypeCode, a.FiscalYear)
	if err != nil {
		return decided, err
	}
	basis, err := find(tx, a.BasisType, a.BasisYear)
	if err != nil {
		return decided, err
	}
	switch {
	case own.listed():
		return decided, errListed.On("type_code")
	case basis.Basis != "":
		return decided, errBasisAnalogy.On("basis_type")
	case !basis.listed():
		return decided, errBasis.On("basis_type")
	}
	if err := nameType(tx, a.TypeCode); err != nil {
		return decided, err
	}
	decided.Was, decided.Base = own.Base, basis.Base
	return decided, insertAnalogy(tx, decided)
}

// value is what is stored for a type and a year; zero where nothing is.
type value struct {
	Base  money.Rial
	Basis string // the type by analogy with which it came about
}

func (v value) listed() bool { return v.Base > 0 && v.Basis == "" }

func owes(year calendar.FiscalYear) bool { return year.Valid() && year >= tariffs.FirstYear }

// MissingReport tells which base values are missing, and for how many vehicles.
type MissingReport struct {
	Groups   int // of which Rows are the first
	Vehicles int // in all groups; one that lacks several years counts in each
	Rows     []MissingValue
}

// MissingValue is a type without a base value for a fiscal year, with how many vehicles of a municipality need it.
type MissingValue struct {
	MunicipalityID int    // the city entitled to the year
	City           string // its name, in Persian
	FiscalYear     calendar.FiscalYear
	TypeCode       string
	Vehicles       int
}

// Missing reports vehicles without a base value for the years, by fiscal year, entitled municipality and type: the platform of every city, a municipality of
// its own vehicles. The city is the residence on 1 Farvardin, or on the day of first registration in the first year; without one there is nothing to report.
// Merged vehicles do not count, nor years before the first registration or after the year of the retirement. At most so many rows are told,
// 10,000 where it is 0. Errors: valuation_scope, valuation_year (from, through).
func (s *Service) Missing(ctx context.Context, in scope.Scope, from, through calendar.FiscalYear, most int) (MissingReport, error) {
	switch {
	case in.Kind() != scope.KindPlatform && in.Kind() != scope.KindMunicipality:
		return MissingReport{}, errScope
	case !owes(from):
		return MissingReport{}, errYear.On("from")
	case !owes(through) || through < from:
		return MissingReport{}, errYear.On("through")
	case most <= 0 || most > mostRows:
		most = mostRows
	}
	var found MissingReport
	err := s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		found, err = missing(tx, from, through, most)
		return err
	})
	return found, err
}
