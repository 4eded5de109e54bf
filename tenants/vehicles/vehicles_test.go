package vehicles_test

import (
	"errors"
	"testing"

	"mofasa/tenants/fault"
	"mofasa/tenants/vehicles"
)

var errDay = fault.Define(fault.Invalid, "test_day", "روز درست نیست.", "Wrong day.")

func TestParseKnowsEveryCode(t *testing.T) {
	t.Parallel()
	for _, code := range []vehicles.Class{vehicles.PassengerCar, vehicles.DoubleCabPickup, vehicles.SingleCabPickup, vehicles.Truck, vehicles.Bus, vehicles.Minibus, vehicles.Motorcycle} {
		parses(t, vehicles.ParseClass, code, "vehicle_class")
	}
	for _, code := range []vehicles.Usage{vehicles.Private, vehicles.Taxi, vehicles.Public, vehicles.Government, vehicles.Agricultural} {
		parses(t, vehicles.ParseUsage, code, "vehicle_usage")
	}
	for _, code := range []vehicles.Fuel{vehicles.Petrol, vehicles.CNG, vehicles.Diesel, vehicles.Hybrid, vehicles.Electric} {
		parses(t, vehicles.ParseFuel, code, "vehicle_fuel")
	}
	for _, code := range []vehicles.Origin{vehicles.Domestic, vehicles.Imported} {
		parses(t, vehicles.ParseOrigin, code, "vehicle_origin")
	}
}

func parses[T ~string](t *testing.T, parse func(string) (T, error), code T, refusal string) {
	t.Helper()
	if got, err := parse(string(code)); got != code || err != nil {
		t.Errorf("%q: %q, %v", code, got, err)
	}
	for _, wrong := range []string{"", " " + string(code), string(code) + "s", "TRUCK"} {
		var f *fault.Error
		if got, err := parse(wrong); got != "" || !errors.As(err, &f) || f.Code != refusal {
			t.Errorf("%q: %q, %v", wrong, got, err)
		}
	}
}
