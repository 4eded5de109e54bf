package tariffs

import "mofasa/tenants/vehicles"

// The facts of a vehicle that the law names are the registry's own.
type (
	// Class is the kind of vehicle.
	Class = vehicles.Class
	// Usage is what it is registered for.
	Usage = vehicles.Usage
	// Fuel is what it burns.
	Fuel = vehicles.Fuel
	// Origin decides which base value the law takes.
	Origin = vehicles.Origin
)

// The classes.
const (
	PassengerCar    = vehicles.PassengerCar
	DoubleCabPickup = vehicles.DoubleCabPickup
	SingleCabPickup = vehicles.SingleCabPickup
	Truck           = vehicles.Truck
	Bus             = vehicles.Bus
	Minibus         = vehicles.Minibus
	Motorcycle      = vehicles.Motorcycle
)

// The usages.
const (
	Private      = vehicles.Private
	Taxi         = vehicles.Taxi
	Public       = vehicles.Public
	Government   = vehicles.Government
	Agricultural = vehicles.Agricultural
)

// The fuels.
const (
	Petrol   = vehicles.Petrol
	CNG      = vehicles.CNG
	Diesel   = vehicles.Diesel
	Hybrid   = vehicles.Hybrid
	Electric = vehicles.Electric
)

// The origins.
const (
	Domestic = vehicles.Domestic
	Imported = vehicles.Imported
)

// Category is a label that a version's exemptions and rules may name, such as "ambulance" or "disabled_owner": lower-case Latin
// letters, digits and underscores, at most 40. Empty: the vehicle has none.
type Category string

// End is why a vehicle owes nothing any more.
type End string

// The ends of a vehicle.
const (
	Scrapped End = "scrapped" // اسقاط
	Exported End = "exported" // خروج از کشور
)

// Vehicle is all that a tariff asks about a vehicle to choose its rule.
type Vehicle struct {
	Class     Class    `json:"class"`
	Usage     Usage    `json:"usage"`
	Fuel      Fuel     `json:"fuel"`
	Origin    Origin   `json:"origin"`
	Cylinders int      `json:"cylinders,omitempty"` // 0: unknown, or an electric vehicle
	Category  Category `json:"category,omitempty"`
	ModelYear int      `json:"-"` // Jalali; an assessment takes it from the vehicle's own facts
}

// Classes lists every class.
func Classes() []Class {
	return []Class{PassengerCar, DoubleCabPickup, SingleCabPickup, Truck, Bus, Minibus, Motorcycle}
}

// Usages lists every usage.
func Usages() []Usage { return []Usage{Private, Taxi, Public, Government, Agricultural} }

// Fuels lists every fuel.
func Fuels() []Fuel { return []Fuel{Petrol, CNG, Diesel, Hybrid, Electric} }

// Origins lists both origins.
func Origins() []Origin { return []Origin{Domestic, Imported} }

// Valid says whether c is well formed; which categories exist is data of the versions.
func (c Category) Valid() bool {
	for _, r := range c {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return c != "" && len(c) <= 40
}

// Valid says whether e is a known end.
func (e End) Valid() bool { return e == Scrapped || e == Exported }
