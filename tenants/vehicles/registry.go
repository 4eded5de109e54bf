package vehicles

import (
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/municipalities"
)

// Transfer is a change of ownership on a day. The plate stays with the seller. Without a new plate or a new residence that history has a gap, which Gap,
// the reason, declares.
type Transfer struct {
	Day       time.Time
	Owner     Owner
	Plate     identifiers.Plate // the zero Plate: none yet
	Residence int               // the new owner's municipality; 0: not known yet
	Gap       string
}

// Move is a change of the owner's residence on a day. Gap is the reason why nothing is on record about the days before it, where that is so.
type Move struct {
	Day       time.Time
	Residence int
	Gap       string
}

// NewPlate is a plate put on a day, in the place of the one before it. Gap is as in Move.
type NewPlate struct {
	Day   time.Time
	Plate identifiers.Plate
	Gap   string
}

// Correction is what should have been written in the place of the period of a history that begins on Entry. An absent From and an absent value keep what
// is on record; an absent To says that the period still holds. Gap, a reason, declares days that the corrected history no longer speaks of.
type Correction struct {
	History   History
	Entry     time.Time
	From, To  time.Time
	Plate     identifiers.Plate
	Residence int
	Owner     Owner
	Reason    string
	Gap       string
}

// Manner is how a vehicle leaves the register; a stable code for storage and API.
type Manner string

// The manners of leaving.
const (
	Scrapped Manner = "scrapped" // اسقاط
	Exported Manner = "exported" // خروج دائم از کشور
)

// Retirement ends a vehicle's life on the register, on the evidence of a document.
type Retirement struct {
	Day       time.Time
	Manner    Manner
	Reference string // number of the scrapping certificate or of the customs paper
}

// Merge joins two registrations of one vehicle. Gap is as in Move.
type Merge struct {
	Keep, Duplicate uuid.UUID
	Reason          string
	Gap             string
}

// Superseded is an entry that is no longer read, with who replaced it and why.
type Superseded struct {
	History  History
	Cause    string // "corrected" or "merged"
	Was, Now Period
	Reason   string
	At       time.Time
	Actor    uuid.UUID // or Nil for the system
}

// Record is what the register says of a vehicle: its facts, its histories in the order of days, what was declared missing, what was replaced, and what cities
// took outside.
type Record struct {
	Vehicle    Vehicle
	Plates     []Period
	Residences []Period
	Owners     []Period
	Gaps       []Gap
	Superseded []Superseded
	Payments   []ExternalPayment
	Retired    *Retirement
	Merged     []Duplicate                         // the duplicates that it took in, by VIN
	Cities     map[int]municipalities.Municipality // those that the record names, by code
}

// Duplicate is a second registration of a vehicle, under which it can still be looked up.
type Duplicate struct {
	ID  uuid.UUID
	VIN identifiers.VIN
}

// ErrVehicleUnknown says that the scope names no vehicle, or none that it may see.
var ErrVehicleUnknown = fault.Define(fault.NotFound, "registered_vehicle_unknown", "چنین خودرویی ثبت نشده است.", "No such vehicle is registered.")

var (
	errNotRegistrar     = fault.Define(fault.Forbidden, "registry_scope", "ثبت در سابقهٔ خودرو کار سامانهٔ مرکزی است.", "Only the platform writes the vehicle registry.")
	errDayMissing       = fault.Define(fault.Invalid, "day_missing", "روز نوشته نشده است.", "The day is missing.")
	errDayFuture        = fault.Define(fault.Invalid, "day_future", "این روز هنوز نیامده است.", "The day lies in the future.")
	errReason           = fault.Define(fault.Invalid, "reason_missing", "دلیل نوشته نشده است.", "The reason is missing.")
	errReference        = fault.Define(fault.Invalid, "reference_missing", "شمارهٔ سند نوشته نشده است.", "The reference is missing.")
	errHistory          = fault.Define(fault.Invalid, "history_unknown", "سابقه باید پلاک، محل سکونت یا مالک باشد.", "The history must be plate, residence or owner.")
	errPlateMissing     = fault.Define(fault.Invalid, "plate_missing", "پلاک نوشته نشده است.", "The plate is missing.")
	errResidenceMissing = fault.Define(fault.Invalid, "residence_missing", "شهرداری محل سکونت نوشته نشده است.", "The municipality of residence is missing.")
	errOtherHistory     = fault.Define(fault.Invalid, "history_value", "این مقدار از آنِ سابقهٔ دیگری است.", "This value belongs to another history.")
	errManner           = fault.Define(fault.Invalid, "retirement_manner", "خروج خودرو از ثبت یا اسقاط (scrapped) است یا خروج از کشور (exported).", "A vehicle is retired as scrapped or exported.")
	errRetired          = fault.Define(fault.Conflict, "vehicle_retired", "این خودرو اسقاط شده یا از کشور خارج شده است.", "The vehicle is scrapped or exported.")
	errMerged           = fault.Define(fault.Conflict, "vehicle_merged", "این ثبت پیش‌تر در ثبت دیگری از همین خودرو ادغام شده است.", "This registration was merged into another one of the vehicle.")
	errMergeSelf        = fault.Define(fault.Invalid, "merge_same_vehicle", "خودرو در خودش ادغام نمی‌شود.", "A vehicle cannot be merged into itself.")
	errMergeOverlap     = fault.Define(fault.Conflict, "merge_overlap", "سابقهٔ دو ثبت در این دوره با هم نمی‌خواند؛ نخست نادرست را اصلاح کنید.",
		"The two registrations contradict each other in this period; correct the wrong one first.")
	errMergeMoney = fault.Define(fault.Conflict, "merge_has_money", "برای ثبت تکراری، بدهی رزروشده، قبض یا پرداخت هست؛ آن را نگه دارید و دیگری را ادغام کنید.",
		"The duplicate has claims, bills or payments; keep it and merge the other one.")
)
