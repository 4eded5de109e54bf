package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/deposits"
	"mofasa/billing/money"
	"mofasa/billing/packs"
	"mofasa/billing/tariffs"
	"mofasa/billing/valuations"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/identity"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
)

const password = "journeys-1405-mofasa"

// Cities of the built-in list, by code.
const (
	tehran  = 520
	isfahan = 218
	shiraz  = 122
	paused  = 1 // answers nobody for the time being
)

// opening is what each office has deposited at first, in rial.
const opening money.Rial = 5_000_000_000

// feeIBAN is a made-up account of fees, and feeRial what a counter charges.
const (
	feeIBAN = "IR860610000009990000009001"
	feeRial = 120_000
)

// office is one office with its people; the portal's pages have room for its name.
type office struct {
	name, licence string
	people        map[string]identity.NewPerson // by what they are for
}

func newOffices() []office {
	return []office{
		{"دفتر پیشخوان دولت ولیعصر", "72-14-1001", map[string]identity.NewPerson{
			"manager": {Username: "manager", NameFA: "علی محمدزاده", Role: identity.OfficeManager},
			"cashier": {Username: "cashier", NameFA: "مریم احمدی", Role: identity.OfficeCashier},
			"clerk":   {Username: "clerk", NameFA: "رضا کریمی", Role: identity.OfficeClerk},
		}},
		{"دفتر پیشخوان دولت گلستان", "72-14-1002", map[string]identity.NewPerson{
			"otherManager": {Username: "other.manager", NameFA: "نسرین یوسفی", Role: identity.OfficeManager},
			"otherCashier": {Username: "other.cashier", NameFA: "حسین بهرامی", Role: identity.OfficeCashier},
		}},
	}
}

// types are the vehicle types; the last has no base value anywhere.
var types = []struct {
	code, name  string
	first, step money.Rial // base value in 1387, and by how much it rises in a year
}{
	{"peugeot-405", "پژو ۴۰۵", 150_018_000, 220_000_000}, {"pride-131", "پراید ۱۳۱", 80_123_456, 120_000_000},
}

const firstValued, lastValued = 1387, 1405

func (g *ground) seed(ctx context.Context) error {
	g.Password, g.Paused, g.Cities = password, paused, map[string]int{"tehran": tehran, "isfahan": isfahan, "shiraz": shiraz}
	g.People = map[string]string{}
	if _, err := importWhole(ctx, &municipalities.Importer{Runner: g.runner}, municipalities.Default()); err != nil {
		return err
	}
	if _, err := importWhole(ctx, &valuations.Importer{Runner: g.runner}, strings.NewReader(values())); err != nil {
		return err
	}
	ring, err := app.LoadKeyring(g.keys())
	if err != nil {
		return err
	}
	g.with = identity.Enrolment{Cost: app.PasswordCost, Humans: identity.NewHumans(ring)}
	if err := g.runner.InTx(ctx, scope.Platform(), g.open); err != nil {
		return err
	}
	_, err = packs.NewService(g.runner).MoveTo(ctx, scope.Platform(), paused, municipalities.Paused, "تغییر حساب خزانه")
	return err
}

// open publishes the law and the fee, and opens the offices.
func (g *ground) open(tx *scope.Tx) error {
	if _, err := tariffs.SaveNational(tx); err != nil {
		return err
	}
	since := tx.Now.AddDate(-1, 0, 0)
	if err := offices.PublishFee(tx, offices.Fee{Service: offices.Clearance, OfficeClass: offices.Standard, ValidFrom: since, AmountRial: feeRial, Reference: "مصوبهٔ نمایشی ۱۴۰۴/۱"}, feeIBAN); err != nil {
		return err
	}
	for _, o := range newOffices() {
		id, err := offices.Open(tx, offices.Office{ID: tx.NewID(), MunicipalityID: tehran, NameFA: o.name, LicenceNo: o.licence, ValidFrom: since})
		if err != nil {
			return err
		}
		if err := offices.AgreeWithAll(tx, id); err != nil {
			return err
		}
		if err := deposits.TakeOver(tx, id, opening); err != nil {
			return err
		}
		g.offices = append(g.offices, id)
		for role, p := range o.people {
			if _, err := g.enrol(tx, id, p); err != nil {
				return err
			}
			g.People[role] = p.Username
		}
	}
	return nil
}

func (g *ground) enrol(tx *scope.Tx, office uuid.UUID, p identity.NewPerson) (uuid.UUID, error) {
	p.Home, p.Password, p.NationalID = identity.Home{Kind: identity.AtOffice, OfficeID: office}, password, nationalID(g.humans.Add(1))
	id, err := identity.Enrol(tx, p, g.with)
	if err != nil {
		err = fmt.Errorf("%s: %w", p.Username, err)
	}
	return id, err
}

// nationalID is that of the n-th person who is made up: nine digits and their check digit.
func nationalID(n int64) string {
	digits := fmt.Sprintf("%09d", 123_456_000+n)
	weighed := 0
	for i, d := range digits {
		weighed += int(d-'0') * (10 - i)
	}
	check := weighed % 11
	if check >= 2 {
		check = 11 - check
	}
	return fmt.Sprint(digits, check)
}

func values() string {
	var b strings.Builder
	b.WriteString("fiscal_year,type_code,type_name_fa,base_rial\n")
	for year := firstValued; year <= lastValued; year++ {
		for _, t := range types {
			fmt.Fprintf(&b, "%d,%s,%s,%d\n", year, t.code, t.name, t.first+money.Rial(year-firstValued)*t.step)
		}
	}
	return b.String()
}

// importWhole refuses a file of which any row is refused.
func importWhole(ctx context.Context, to interface {
	Import(context.Context, csvimport.Input) (csvimport.Report, error)
}, file interface{ Read([]byte) (int, error) }) (csvimport.Report, error) {
	var refused strings.Builder
	report, err := to.Import(ctx, csvimport.Input{File: file, Result: &refused})
	if err == nil && report.Refused > 0 {
		err = fmt.Errorf("%d rows were refused: %s", report.Refused, refused.String())
	}
	return report, err
}

// parseDay reads a Jalali day.
func parseDay(cell string) (time.Time, error) {
	d, err := calendar.Parse(cell)
	if err != nil {
		return time.Time{}, err
	}
	year, month, day := d.Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC), nil
}
