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

	"github.com/alexedwards/argon2id"

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
	office := newOffice{city: "تهران", name: demoOffice, licence: demoLicence, cost: app.PasswordCost, staff: []identity.NewPerson{
		{Username: demoManager, NameFA: "علی محمدزاده", Role: identity.OfficeManager},
		{Username: demoCashier, NameFA: "مریم احمدی", Role: identity.OfficeCashier}, {Username: demoClerk, NameFA: "رضا کریمی", Role: identity.OfficeClerk}}}
	if err := d.runner.InTx(ctx, scope.Platform(), office.open); err != nil {
		return "", err
	}
	if err := d.runner.InTx(ctx, scope.Platform(), newStaff{city: demoCity, cost: app.PasswordCost}.enrol); err != nil {
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

// importDefaults loads the built-in municipalities and the fleet's base values.
func importDefaults(ctx context.Context, runner *scope.Runner) error {
	if _, err := importWhole(ctx, &municipalities.Importer{Runner: runner}, municipalities.Default()); err != nil {
		return err
	}
	var values bytes.Buffer
	if err := writeValuations(&values); err != nil {
		return err
	}
	_, err := importWhole(ctx, &valuations.Importer{Runner: runner}, &values)
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
	cost                *argon2id.Params // of a sign-in
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
		ValidFrom: time.Date(2024, 3, 20, 0, 0, 0, 0, time.UTC)}) // 1403/01/01
	if err != nil {
		return err
	}
	if err := offices.AgreeWithAll(tx, office); err != nil {
		return err
	}
	for _, person := range o.staff {
		person.Home, person.Password = identity.Home{Kind: identity.AtOffice, OfficeID: office}, demoPassword
		if _, err := identity.Enrol(tx, person, o.cost); err != nil {
			return err
		}
	}
	return nil
}
