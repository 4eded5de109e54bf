package vehicles

import "mofasa/tenants/fault"

// The words of the law, as sentences in both languages name them.

// Name is the class in both languages.
func (c Class) Name() fault.Text {
	switch c {
	case PassengerCar:
		return fault.Text{FA: "سواری", EN: "passenger car"}
	case DoubleCabPickup:
		return fault.Text{FA: "وانت دوکابین", EN: "double-cab pickup"}
	case SingleCabPickup:
		return fault.Text{FA: "وانت تک‌کابین", EN: "single-cab pickup"}
	case Truck:
		return fault.Text{FA: "کامیون", EN: "truck"}
	case Bus:
		return fault.Text{FA: "اتوبوس", EN: "bus"}
	case Minibus:
		return fault.Text{FA: "مینی‌بوس", EN: "minibus"}
	case Motorcycle:
		return fault.Text{FA: "موتورسیکلت", EN: "motorcycle"}
	}
	return fault.Text{FA: "ردهٔ نامشخص", EN: "unknown class"}
}

// Name is the usage in both languages.
func (u Usage) Name() fault.Text {
	switch u {
	case Private:
		return fault.Text{FA: "شخصی", EN: "private"}
	case Taxi:
		return fault.Text{FA: "تاکسی", EN: "taxi"}
	case Public:
		return fault.Text{FA: "عمومی", EN: "public"}
	case Government:
		return fault.Text{FA: "دولتی", EN: "government"}
	}
	return fault.Text{FA: "کشاورزی", EN: "agricultural"}
}

// Name is the fuel in both languages.
func (f Fuel) Name() fault.Text {
	switch f {
	case Petrol:
		return fault.Text{FA: "بنزینی", EN: "petrol"}
	case CNG:
		return fault.Text{FA: "گازسوز", EN: "gas-burning"}
	case Diesel:
		return fault.Text{FA: "دیزلی", EN: "diesel"}
	case Hybrid:
		return fault.Text{FA: "هیبریدی", EN: "hybrid"}
	}
	return fault.Text{FA: "برقی", EN: "battery"}
}

// Name is the origin in both languages.
func (o Origin) Name() fault.Text {
	if o == Imported {
		return fault.Text{FA: "وارداتی", EN: "imported"}
	}
	return fault.Text{FA: "تولید داخل", EN: "domestic"}
}
