package main

import "mofasa/tenants/vehicles"

// fleetType is a type of vehicle in the demo fleet. Prices are made up but for the order of size.
type fleetType struct {
	code, nameFA string
	class        vehicles.Class
	fuel         vehicles.Fuel
	origin       vehicles.Origin
	cylinders    int
	price        int64  // rial in 1393
	first, last  int    // model years
	weight       int    // how common it is
	maker, model string // characters 1–3 and 4–7 of its VINs
	taxi         bool   // some of them are taxis
}

// firstPriceYear is the fiscal year of the first price level.
const firstPriceYear = 1387

// priceLevels are prices in thousandths of those of 1393, by fiscal year.
var priceLevels = []int64{420, 440, 460, 480, 530, 800, 1000, 1060, 1100, 1160, 1500, 2700, 3800, 5600, 6900, 9400, 11800, 15600, 20500}

// priceStep is what lists round to, in rial.
const priceStep = 10_000

func (t *fleetType) priceAt(perMille int64) int64 {
	return t.price * perMille / 1000 / priceStep * priceStep
}

func weighTypes() (sum int) {
	for _, t := range fleetTypes {
		sum += t.weight
	}
	return sum
}

var fleetTypes = []fleetType{
	{"saipa-pride-111", "پراید ۱۱۱", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 182_400_000, 1385, 1399, 70, "NAS", "4311", false},
	{"saipa-pride-131", "پراید ۱۳۱", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 176_900_000, 1388, 1399, 110, "NAS", "4111", false},
	{"saipa-tiba", "تیبا", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 229_500_000, 1388, 1401, 50, "NAS", "8111", false},
	{"saipa-saina", "ساینا", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 268_000_000, 1395, 1404, 35, "NAS", "8311", false},
	{"saipa-quick", "کوییک", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 289_000_000, 1396, 1404, 40, "NAS", "8211", false},
	{"saipa-shahin", "شاهین", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 352_000_000, 1399, 1404, 15, "NAS", "9111", false},
	{showcaseType, "پژو ۴۰۵ GLX", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 267_070_000, 1375, 1399, 90, "NAA", "M01C", true},
	{"ikco-peugeot-405-slx", "پژو ۴۰۵ SLX", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 303_010_000, 1389, 1399, 25, "NAA", "M31F", false},
	{"ikco-peugeot-405-cng", "پژو ۴۰۵ دوگانه‌سوز", vehicles.PassengerCar, vehicles.CNG, vehicles.Domestic, 4, 281_300_000, 1386, 1398, 35, "NAA", "M11V", true},
	{"ikco-peugeot-pars", "پژو پارس", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 283_000_000, 1379, 1402, 60, "NAA", "N01C", false},
	{"ikco-peugeot-206", "پژو ۲۰۶ تیپ ۲", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 311_500_000, 1380, 1402, 60, "NAA", "P03E", false},
	{"ikco-samand-lx", "سمند LX", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 264_700_000, 1381, 1401, 45, "NAA", "C81C", true},
	{"ikco-samand-ef7-cng", "سمند EF7 دوگانه‌سوز", vehicles.PassengerCar, vehicles.CNG, vehicles.Domestic, 4, 297_600_000, 1388, 1401, 35, "NAA", "C91C", true},
	{"ikco-dena", "دنا", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 398_000_000, 1394, 1404, 30, "NAA", "W01H", false},
	{"ikco-tara", "تارا", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 441_000_000, 1400, 1404, 12, "NAA", "R03F", false},
	{"renault-l90", "تندر ۹۰ (L90)", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 252_500_000, 1386, 1398, 30, "NAP", "LSRA", false},
	{"renault-megane", "رنو مگان ۲۰۰۰", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 612_000_000, 1387, 1393, 5, "NAP", "BM1A", false},
	{"kia-cerato", "کیا سراتو", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 871_000_000, 1391, 1397, 8, "NAS", "FX41", false},
	{"mvm-x33", "ام‌وی‌ام X33", vehicles.PassengerCar, vehicles.Petrol, vehicles.Domestic, 4, 524_000_000, 1390, 1399, 10, "NAT", "FBAK", false},
	{"hyundai-sonata", "هیوندای سوناتا", vehicles.PassengerCar, vehicles.Petrol, vehicles.Imported, 4, 1_180_000_000, 1385, 1396, 6, "KMH", "EC41", false},
	{"toyota-camry", "تویوتا کمری", vehicles.PassengerCar, vehicles.Petrol, vehicles.Imported, 6, 1_420_000_000, 1385, 1396, 4, "JTD", "BF3E", false},
	{"toyota-prius", "تویوتا پریوس", vehicles.PassengerCar, vehicles.Hybrid, vehicles.Imported, 4, 1_250_000_000, 1393, 1396, 2, "JTD", "KN3D", false},
	{"byd-seagull", "بی‌وای‌دی سیگال", vehicles.PassengerCar, vehicles.Electric, vehicles.Imported, 0, 640_000_000, 1402, 1404, 2, "LGX", "C16A", false},
	{"saipa-151", "وانت پراید ۱۵۱", vehicles.SingleCabPickup, vehicles.Petrol, vehicles.Domestic, 4, 196_200_000, 1391, 1404, 25, "NAS", "4511", false},
	{"zamyad-nissan-z24", "نیسان زامیاد Z24", vehicles.SingleCabPickup, vehicles.Petrol, vehicles.Domestic, 4, 238_000_000, 1378, 1404, 30, "NAZ", "PL14", false},
	{"zamyad-nissan-cng", "نیسان زامیاد دوگانه‌سوز", vehicles.SingleCabPickup, vehicles.CNG, vehicles.Domestic, 4, 259_000_000, 1388, 1404, 12, "NAZ", "PL24", false},
	{"ikco-arisan", "وانت آریسان", vehicles.SingleCabPickup, vehicles.CNG, vehicles.Domestic, 4, 247_000_000, 1394, 1402, 10, "NAA", "A46A", false},
	{"bahman-capra", "وانت کاپرا دوکابین", vehicles.DoubleCabPickup, vehicles.Petrol, vehicles.Domestic, 4, 690_000_000, 1391, 1400, 4, "NAG", "PDA1", false},
	{"toyota-hilux", "تویوتا هایلوکس دوکابین", vehicles.DoubleCabPickup, vehicles.Petrol, vehicles.Imported, 6, 1_610_000_000, 1385, 1396, 2, "MR0", "FZ29", false},
	{"khavar-608", "کامیونت خاور ۶۰۸", vehicles.Truck, vehicles.Diesel, vehicles.Domestic, 4, 720_000_000, 1378, 1394, 5, "NAB", "6080", false},
	{"isuzu-npr-75", "کامیونت ایسوزو NPR75", vehicles.Truck, vehicles.Diesel, vehicles.Domestic, 4, 980_000_000, 1388, 1402, 4, "NAG", "NPR7", false},
	{"volvo-fh500", "کشندهٔ ولوو FH500", vehicles.Truck, vehicles.Diesel, vehicles.Imported, 6, 3_900_000_000, 1386, 1397, 2, "YV2", "AS02", false},
	{"scania-4212", "اتوبوس اسکانیا ۴۲۱۲", vehicles.Bus, vehicles.Diesel, vehicles.Domestic, 6, 3_200_000_000, 1384, 1398, 1, "NAU", "S421", false},
	{"isuzu-journey", "مینی‌بوس ایسوزو", vehicles.Minibus, vehicles.Diesel, vehicles.Domestic, 4, 1_150_000_000, 1386, 1400, 1, "NAG", "MB36", false},
	{"honda-cg125", "موتورسیکلت هوندا CG125", vehicles.Motorcycle, vehicles.Petrol, vehicles.Domestic, 1, 21_500_000, 1380, 1404, 60, "NBD", "CG12", false},
	{"bajaj-pulsar-180", "موتورسیکلت پالس ۱۸۰", vehicles.Motorcycle, vehicles.Petrol, vehicles.Domestic, 1, 54_000_000, 1388, 1404, 25, "NBK", "P180", false},
}
