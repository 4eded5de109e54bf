package tariffs

// Class is the kind of vehicle that the law names.
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

// Usage is what the vehicle is registered for.
type Usage string

// The usages.
const (
	Private      Usage = "private"      // شخصی
	Taxi         Usage = "taxi"         // تاکسی
	Public       Usage = "public"       // عمومی
	Government   Usage = "government"   // دولتی
	Agricultural Usage = "agricultural" // کشاورزی
)

// Fuel is what the vehicle burns.
type Fuel string

// The fuels.
const (
	Petrol   Fuel = "petrol"   // بنزینی
	CNG      Fuel = "cng"      // گازسوز
	Diesel   Fuel = "diesel"   // دیزلی
	Hybrid   Fuel = "hybrid"   // هیبریدی
	Electric Fuel = "electric" // برقی
)

// Origin decides which base value the law takes: the factory price, or customs value plus import duties.
type Origin string

// The origins.
const (
	Domestic Origin = "domestic" // تولید داخل
	Imported Origin = "imported" // وارداتی
)

// Vehicle is all that a tariff asks about a vehicle to choose its rule.
type Vehicle struct {
	Class  Class  `json:"class"`
	Usage  Usage  `json:"usage"`
	Fuel   Fuel   `json:"fuel"`
	Origin Origin `json:"origin"`
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
