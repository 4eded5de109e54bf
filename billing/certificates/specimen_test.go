package certificates

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
)

// specimenSerial is the canonical form of "7K3Q9XPT2WAB" with its check character.
const specimenSerial Serial = "7K3Q-9XPT-2WAB-X"

var specimenCities = []Due{
	{MunicipalityCode: 1, MunicipalityNameFA: "تهران", ProvinceFA: "تهران", NameEN: "Tehran", FiscalYears: []int{1399, 1400, 1401, 1402}},
	{MunicipalityCode: 2, MunicipalityNameFA: "خمینی‌شهر", ProvinceFA: "اصفهان", NameEN: "Khomeynishahr", FiscalYears: []int{1403}},
	{MunicipalityCode: 3, MunicipalityNameFA: "شهرکرد", ProvinceFA: "چهارمحال و بختیاری", NameEN: "Shahrekord", FiscalYears: []int{1395, 1397, 1398, 1399, 1401}},
	{MunicipalityCode: 4, MunicipalityNameFA: "بندر امام خمینی", ProvinceFA: "خوزستان", NameEN: "Bandar-e Emam Khomeyni", FiscalYears: []int{1402, 1403}},
	{MunicipalityCode: 5, MunicipalityNameFA: "یاسوج", ProvinceFA: "کهگیلویه و بویراحمد", NameEN: "Yasuj", FiscalYears: []int{1404}},
}

// specimen is a valid document with a number of dues.
func specimen(rows int) Document {
	d := Document{
		Serial:            specimenSerial,
		IssuedAt:          time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC),
		ThroughFiscalYear: 1404,
		AllMunicipalities: true,
		Vehicle: Vehicle{VIN: "NAS411100G1205275", Plate: "12ب14547", TypeName: "سواری پراید ۱۱۱ SE",
			ModelYear: 1395, ClassFA: "سواری داخلی بنزینی"},
		OfficeName:       "دفتر خدمات الکترونیک شهر ۱۲۳۴",
		OfficeLicence:    "72-11-1234",
		PaymentReference: "731205881234",
	}
	for i := range rows {
		due := specimenCities[i%len(specimenCities)]
		due.AmountRial = int64(1_573_000 * (i*i*i + 3))
		due.BillID = fmt.Sprintf("94%08d61%d", 1204567+i, i%10)
		due.PaymentID = fmt.Sprintf("15740%04d", i)
		due.Tracking = fmt.Sprintf("73120588%04d", i)
		d.Dues = append(d.Dues, due)
		d.TotalRial += due.AmountRial
	}
	return d
}

// documents draws any valid document.
func documents(t *rapid.T) Document {
	text := rapid.String()
	d := specimen(0)
	d.Serial = serials(t)
	d.IssuedAt = time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, "issued"), 0).UTC()
	d.ThroughFiscalYear = rapid.IntRange(1380, 1500).Draw(t, "through")
	d.AllMunicipalities = rapid.Bool().Draw(t, "all")
	d.OwnerMasked = text.Draw(t, "owner")
	d.OfficeName = text.Draw(t, "office")
	d.Vehicle.TypeName = text.Draw(t, "type")
	d.Vehicle.ModelYear = rapid.IntRange(0, 2100).Draw(t, "model year")
	for range rapid.IntRange(1, 8).Draw(t, "rows") {
		years := rapid.SliceOfNDistinct(rapid.IntRange(1370, d.ThroughFiscalYear), 1, 6, rapid.ID).Draw(t, "years")
		slices.Sort(years)
		due := Due{MunicipalityCode: rapid.Int().Draw(t, "code"), MunicipalityNameFA: "ش" + text.Draw(t, "name"),
			FiscalYears: years, AmountRial: rapid.Int64Range(0, 1e15).Draw(t, "amount"), BillID: text.Draw(t, "bill")}
		d.Dues = append(d.Dues, due)
		d.TotalRial += due.AmountRial
	}
	return d
}

func serials(t *rapid.T) Serial {
	raw := rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "random")
	serial, err := NewSerial(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return serial
}

// testKey is a key pair from a fixed seed, so that signatures can be compared with stored ones.
func testKey(id string) (Key, ed25519.PublicKey) {
	return Key{ID: id, Private: testPrivate}, testPrivate.Public().(ed25519.PublicKey)
}

var testPrivate = ed25519.NewKeyFromSeed([]byte("mofasa certificates test key 001"))

func must[T any](t testing.TB, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func wantFault(t testing.TB, err error, code string) *fault.Error {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Code != code {
		t.Fatalf("error %v, want fault %s", err, code)
	}
	return f
}

var errBroken = errors.New("broken")

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

// The date on the paper is the Tehran day of the time of issue.
func TestSpecimenIsIssuedIn1405(t *testing.T) {
	t.Parallel()
	if got := calendar.DateOf(specimen(1).IssuedAt).Persian(); got != "۱۴۰۵/۰۸/۲۹" {
		t.Errorf("issued on %s", got)
	}
}
