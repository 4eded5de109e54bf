package vehicles_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

func TestReadTellsTheFacts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	want := vehicles.Vehicle{ID: d.id(vinA), VIN: identifiers.VIN(vinA), Class: vehicles.PassengerCar, Usage: vehicles.Private, Fuel: vehicles.Petrol, Origin: vehicles.Domestic,
		Cylinders: 4, TypeCode: "pride-131", ModelYear: 1393, FirstRegistered: day("2015-01-01")}
	if got := d.read(vinA); got.Vehicle != want || len(got.Cities) != 1 || got.Cities[1].ID != 1 {
		t.Errorf("%+v in %+v, want %+v", got.Vehicle, got.Cities, want)
	}
	d.write(`UPDATE vehicles SET category = 'ambulance'`)
	id, err := d.registry.RecordExternalPayment(d.context(), scope.Municipality(1).NamingVIN(vinA), report(1400))
	d.ok(err)
	if got := d.read(vinA); got.Vehicle.Category != "ambulance" || len(got.Payments) != 1 || got.Payments[0].ID != id {
		t.Errorf("%+v", got)
	}
}

// TestCitiesOfReplacedEntriesAreNamed reads a record in which a municipality stands in a replaced entry alone.
func TestCitiesOfReplacedEntriesAreNamed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ok(d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.ResidenceHistory, Entry: day("2015-01-01"), Residence: 2, Reason: "wrong"}))
	if got := d.read(vinA).Cities; len(got) != 2 || got[1].NameFA == "" || got[2].NameFA == "" {
		t.Errorf("%+v", got)
	}
}

func TestAUseCaseHappensOncePerKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	twin := d.register(vinB)
	key := func(value string) *vehicles.Registry {
		return d.registry.Once(scope.Key{Value: value, Operation: "o", Hash: []byte(value)})
	}
	var reported []uuid.UUID
	for name, use := range map[string]func() error{
		"moving--": func() error {
			return key("moving--").MoveResidence(d.context(), d.a(), vehicles.Move{Day: day("2022-01-01"), Residence: 2})
		},
		"merging-": func() error {
			return key("merging-").MergeVehicles(d.context(), scope.Platform(), vehicles.Merge{Keep: d.id(vinA), Duplicate: twin, Reason: "x"})
		},
		"reported": func() error {
			id, err := key("reported").RecordExternalPayment(d.context(), scope.Municipality(1).NamingVIN(vinA), report(1397))
			reported = append(reported, id)
			return err
		},
	} {
		d.ok(use())
		before := d.everything()
		d.ok(use())
		same(t, name+" repeated leaves", d.everything(), before)
	}
	if len(reported) != 2 || reported[0] != reported[1] || reported[0] == uuid.Nil {
		t.Errorf("reported as %v", reported)
	}
	other := d.registry.Once(scope.Key{Value: "moving--", Operation: "o", Hash: []byte("another")})
	if err := other.ChangePlate(d.context(), d.a(), vehicles.NewPlate{Day: day("2022-01-01"), Plate: plate(plateB)}); !errors.Is(err, scope.ErrKeyReused) {
		t.Errorf("another request under the key: %v", err)
	}
	// Without a key it is the rules that refuse a second time.
	d.refused("entry_unchanged", "residence", func() error {
		return d.registry.MoveResidence(d.context(), d.a(), vehicles.Move{Day: day("2022-02-01"), Residence: 2})
	})
}

func TestCorrectionTakesOnlyTheValueOfItsHistory(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for field, c := range map[string]vehicles.Correction{
		"plate":     {History: vehicles.ResidenceHistory, Residence: 2, Plate: plate(plateB)},
		"residence": {History: vehicles.PlateHistory, Plate: plate(plateB), Residence: 2},
		"owner":     {History: vehicles.PlateHistory, Plate: plate(plateB), Owner: person(idA)},
	} {
		c.Entry, c.Reason = day("2015-01-01"), "wrong"
		d.refused("history_value", field, func() error { return d.registry.CorrectEntry(d.context(), d.a(), c) })
	}
}
