// Package vehicles knows which vehicles exist, which plates they have worn and where their owners have lived. A vehicle is named by its VIN; plate and
// residence are dated relations, and the residence decides which city is entitled to a fiscal year (VAT law of 1400, Art. 41).
package vehicles

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
)

// Class is the kind of vehicle that the law names; a stable code for storage and API.
type Class string

// The classes.
const (
	PassengerCar    Class = "passenger_car"     // سواری
	DoubleCabPickup Class = "double_cab_pickup" // وانت دوکابین
	SingleCabPickup Class = "single_cab_pickup" // وانت تک‌کابین
	Truck           Class = "truck"             // کامیون و کامیونت
	Bus             Class = "bus"               // اتوبوس
	Minibus         Class = "minibus"           // مینی‌بوس
	Motorcycle      Class = "motorcycle"        // موتورسیکلت
)

// Usage is what a vehicle is registered for (کاربری).
type Usage string

// The usages.
const (
	Private      Usage = "private"      // شخصی
	Taxi         Usage = "taxi"         // تاکسی
	Public       Usage = "public"       // عمومی
	Government   Usage = "government"   // دولتی
	Agricultural Usage = "agricultural" // کشاورزی
)

// Fuel is what a vehicle runs on.
type Fuel string

// The fuels.
const (
	Petrol   Fuel = "petrol"   // بنزین
	CNG      Fuel = "cng"      // گاز طبیعی (گازسوز)
	Diesel   Fuel = "diesel"   // گازوئیل
	Hybrid   Fuel = "hybrid"   // هیبریدی
	Electric Fuel = "electric" // برقی
)

// Origin is where a vehicle was made, which decides its base value (VAT law of 1400, Art. 29).
type Origin string

// The origins.
const (
	Domestic Origin = "domestic" // تولید داخل
	Imported Origin = "imported" // وارداتی
)

// Valid says whether c is a known class.
func (c Class) Valid() bool {
	switch c {
	case PassengerCar, DoubleCabPickup, SingleCabPickup, Truck, Bus, Minibus, Motorcycle:
		return true
	}
	return false
}

// Valid says whether u is a known usage.
func (u Usage) Valid() bool {
	return u == Private || u == Taxi || u == Public || u == Government || u == Agricultural
}

// Valid says whether f is a known fuel.
func (f Fuel) Valid() bool {
	return f == Petrol || f == CNG || f == Diesel || f == Hybrid || f == Electric
}

// Valid says whether o is a known origin.
func (o Origin) Valid() bool { return o == Domestic || o == Imported }

// Vehicle is what is registered of a vehicle; its type is named by code, whether a valuation of that type is known or not.
type Vehicle struct {
	ID              uuid.UUID
	VIN             identifiers.VIN
	Class           Class
	Usage           Usage
	Fuel            Fuel
	Origin          Origin
	Cylinders       int // 0 for an electric vehicle
	TypeCode        string
	ModelYear       int       // Jalali
	FirstRegistered time.Time // midnight UTC of a Gregorian day, as stored
	Category        string    // a label that a tariff's exemptions may name, such as "ambulance"; "" for none
}

var (
	errClass  = fault.Define(fault.Invalid, "vehicle_class", "این رده از خودرو شناخته‌شده نیست.", "Unknown class of vehicle.")
	errUsage  = fault.Define(fault.Invalid, "vehicle_usage", "این کاربری خودرو شناخته‌شده نیست.", "Unknown usage of vehicle.")
	errFuel   = fault.Define(fault.Invalid, "vehicle_fuel", "این سوخت خودرو شناخته‌شده نیست.", "Unknown fuel.")
	errOrigin = fault.Define(fault.Invalid, "vehicle_origin", "مبدأ خودرو باید تولید داخل (domestic) یا وارداتی (imported) باشد.", "The origin must be domestic or imported.")
)

// ParseClass reads a class by its code, else vehicle_class.
func ParseClass(s string) (Class, error) {
	return known(s, errClass, PassengerCar, DoubleCabPickup, SingleCabPickup, Truck, Bus, Minibus, Motorcycle)
}

// ParseUsage reads a usage by its code, else vehicle_usage.
func ParseUsage(s string) (Usage, error) {
	return known(s, errUsage, Private, Taxi, Public, Government, Agricultural)
}

// ParseFuel reads a fuel by its code, else vehicle_fuel.
func ParseFuel(s string) (Fuel, error) {
	return known(s, errFuel, Petrol, CNG, Diesel, Hybrid, Electric)
}

// ParseOrigin reads an origin by its code, else vehicle_origin.
func ParseOrigin(s string) (Origin, error) { return known(s, errOrigin, Domestic, Imported) }

func known[T ~string](s string, unknown *fault.Error, values ...T) (T, error) {
	if !slices.Contains(values, T(s)) {
		return "", unknown
	}
	return T(s), nil
}
