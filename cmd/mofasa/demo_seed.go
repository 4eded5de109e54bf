package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mofasa/billing/valuations"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/identity"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// Who can sign in.
const (
	demoManager  = "manager" // keeps the office's people, devices, programs and agreements
	demoCashier  = "cashier"
	demoClerk    = "clerk" // looks up and prints, takes no money
	demoPassword = "mofasa-demo-1405"
	demoLicence  = "72-14-1001"
	demoOffice   = "دفتر پیشخوان دولت ولیعصر"
)

const (
	demoVehicles  = 5_000
	demoFleetSeed = 1405
)

// seed imports what the demo stands on, through the importers, and enrols an office, a city's people and the platform's. A second run finds everything there.
func (d *demo) seed(ctx context.Context) (string, error) {
	if err := importDefaults(ctx, d.runner); err != nil {
		return "", err
	}
	codes, err := cityCodes(ctx, d.runner)
	if err != nil {
		return "", err
	}
	var fleet bytes.Buffer
	if err := writeFleet(&fleet, demoVehicles, demoFleetSeed, codes); err != nil {
		return "", err
	}
	if _, err := importWhole(ctx, &vehicles.Importer{Runner: d.runner, ParseDay: parseDay}, &fleet); err != nil {
		return "", err
	}
	ring, err := app.LoadKeyring(d.config.KeysDir)
	if err != nil {
		return "", err
	}
	with := identity.Enrolment{Cost: app.PasswordCost, Humans: identity.NewHumans(ring)}
	office := newOffice{city: "تهران", name: demoOffice, licence: demoLicence, with: with, staff: []identity.NewPerson{
		{Username: demoManager, NameFA: "علی محمدزاده", Role: identity.OfficeManager},
		{Username: demoCashier, NameFA: "مریم احمدی", Role: identity.OfficeCashier}, {Username: demoClerk, NameFA: "رضا کریمی", Role: identity.OfficeClerk}}}
	if err := d.runner.InTx(ctx, scope.Platform(), office.open); err != nil {
		return "", err
	}
	if err := d.runner.InTx(ctx, scope.Platform(), newStaff{city: demoCity, with: with}.enrol); err != nil {
		return "", err
	}
	if err := d.runner.InTx(ctx, scope.Platform(), publishDemoFee); err != nil {
		return "", err
	}
	if d.plate, err = d.showcase(ctx); err != nil {
		return "", err
	}
	return d.countSeed(ctx)
}

func (d *demo) countSeed(ctx context.Context) (string, error) {
	r := &d.result
	var values, people int
	if err := d.read(ctx, `SELECT (SELECT count(*) FROM municipalities), (SELECT count(*) FROM vehicles), (SELECT count(*) FROM valuations), (SELECT count(*) FROM people)`,
		&r.Municipalities, &r.Vehicles, &values, &people); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s municipalities, %s, %s of vehicle types, %d people who sign in", thousands(int64(r.Municipalities)), count(r.Vehicles, "vehicle"), count(values, "base value"),
		people), nil
}

// demoFeeIBAN is a made-up account of fees.
const demoFeeIBAN = "IR860610000009990000009001"

// publishDemoFee lets the offices charge what a counter in Tehran might, unless somebody has said something else since.
func publishDemoFee(tx *scope.Tx) error {
	return offices.PublishFee(tx, offices.Fee{Service: offices.Clearance, OfficeClass: offices.Standard, ValidFrom: demoSince(), AmountRial: 120_000, Reference: "مصوبهٔ نمایشی ۱۴۰۳/۱"}, demoFeeIBAN)
}

// demoSince is 1403/01/01.
func demoSince() time.Time { return time.Date(2024, 3, 20, 0, 0, 0, 0, time.UTC) }

// importDefaults loads the built-in municipalities and the fleet's base values. A city that is there may have changed its account since, which no file changes back; so
// what of the list is refused is left as it is.
func importDefaults(ctx context.Context, runner *scope.Runner) error {
	known, err := cityCodes(ctx, runner)
	if err != nil {
		return err
	}
	cities := &municipalities.Importer{Runner: runner}
	if len(known) > 0 {
		_, err = cities.Import(ctx, csvimport.Input{File: municipalities.Default()})
	} else {
		_, err = importWhole(ctx, cities, municipalities.Default())
	}
	if err != nil {
		return err
	}
	var values bytes.Buffer
	if err := writeValuations(&values); err != nil {
		return err
	}
	_, err = importWhole(ctx, &valuations.Importer{Runner: runner}, &values)
	return err
}

// importWhole refuses a file of which any row is refused: ours are all valid.
func importWhole(ctx context.Context, im importer, file io.Reader) (csvimport.Report, error) {
	var refused strings.Builder
	report, err := im.Import(ctx, csvimport.Input{File: file, Result: &refused})
	if err == nil && report.Refused > 0 {
		lines := strings.SplitN(refused.String(), "\n", 3)
		err = fmt.Errorf("%d rows were refused, the first: %s", report.Refused, lines[min(1, len(lines)-1)])
	}
	return report, err
}

func cityCodes(ctx context.Context, runner *scope.Runner) ([]int, error) {
	var codes []int
	err := runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		all, err := municipalities.All(tx)
		codes = nil
		for _, m := range all {
			codes = append(codes, m.ID)
		}
		return err
	})
	return codes, err
}

// newOffice is an office that may collect for every municipality.
type newOffice struct {
	city, name, licence string
	staff               []identity.NewPerson
	with                identity.Enrolment
}

func (o newOffice) open(tx *scope.Tx) error {
	all, err := municipalities.All(tx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(m municipalities.Municipality) bool { return m.NameFA == o.city })
	if at < 0 {
		return errors.New("the built-in municipalities lack " + o.city)
	}
	office, err := offices.Open(tx, offices.Office{ID: tx.NewID(), MunicipalityID: all[at].ID, NameFA: o.name, LicenceNo: o.licence,
		ValidFrom: demoSince()})
	if err != nil {
		return err
	}
	if err := offices.AgreeWithAll(tx, office); err != nil {
		return err
	}
	for _, person := range o.staff {
		person.Home, person.Password, person.NationalID = identity.Home{Kind: identity.AtOffice, OfficeID: office}, demoPassword, inventedID(person.Username)
		if _, err := identity.Enrol(tx, person, o.with); err != nil {
			return err
		}
	}
	return nil
}
