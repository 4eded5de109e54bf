package apitest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/billing/valuations"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// The cities of the seeded vehicles, by code of the built-in list.
const (
	Tehran  = 520
	Isfahan = 218
	Shiraz  = 122
)

// Foreign is a city in which none of the seeded vehicles has lived.
const Foreign = 1

// Seeded vehicles.
const (
	Plate      = "12ب14547"          // owes Tehran, Isfahan and Shiraz over several years
	VIN        = "NAAM01CA0ER123456" // the same vehicle
	OtherPlate = "34د21511"          // owes Tehran alone
	NoValue    = "56س78922"          // no valuation is published for its type
	Homeless   = "77ی65433"          // the owner's residence is known only from 1403
)

// Password is everybody's.
const Password = "correct horse battery"

// The seeded people: two offices in Tehran, and a third that has an agreement with Shiraz alone.
const (
	Cashier      = "cashier"
	Clerk        = "clerk" // may look up, may not take money
	OtherCashier = "other.cashier"
	FarCashier   = "far.cashier"
)

// The seeded people of Shiraz, of a foreign city, and of the platform.
const (
	CityEditor   = "city.editor"
	CityApprover = "city.approver"
	CaseOfficer  = "case.officer"
	Treasurer    = "treasurer"

	ForeignEditor      = "foreign.editor"
	ForeignApprover    = "foreign.approver"
	ForeignCaseOfficer = "foreign.case.officer"
	ForeignTreasurer   = "foreign.treasurer"

	NationalEditor   = "national.editor"
	NationalApprover = "national.approver"
	PlatformOperator = "platform.operator"
	NationalOfficer  = "national.case.officer"
)

// Who keeps order: managers of the first two offices, administrators and auditors of the two cities, and the platform's.
const (
	Manager        = "manager"
	OtherManager   = "other.manager"
	OtherClerk     = "other.clerk"
	CityAdmin      = "city.admin"
	ForeignAdmin   = "foreign.admin"
	CityAuditor    = "city.auditor"
	ForeignAuditor = "foreign.auditor"
	Support        = "platform.support"
	Auditor        = "platform.auditor"
)

var seeded = pgtest.Template{Seed: seed}

const vehicleHeader = "vin,class,usage,fuel,origin,cylinders,type_code,model_year,first_registered,plate,plate_from,plate_to,municipality_code,residence_from,residence_to\n"

var vehicleRows = vehicleHeader +
	VIN + ",passenger_car,private,petrol,domestic,4,peugeot-405,1393,1393/03/10," + Plate + ",1393/03/10,,520,1393/03/10,1396/05/01\n" +
	VIN + ",passenger_car,private,petrol,domestic,4,peugeot-405,1393,1393/03/10,,,,218,1396/05/01,1401/02/15\n" +
	VIN + ",passenger_car,private,petrol,domestic,4,peugeot-405,1393,1393/03/10,,,,122,1401/02/15,\n" +
	"NAS411100G1205277,passenger_car,private,petrol,domestic,4,pride-131,1395,1395/01/20," + OtherPlate + ",1395/01/20,,520,1395/01/20,\n" +
	"NAAN01CA8MK778899,passenger_car,private,petrol,imported,4,rare-import,1400,1400/02/01," + NoValue + ",1400/02/01,,520,1400/02/01,\n" +
	"NAS411100D1264408,passenger_car,private,petrol,domestic,4,pride-131,1401,1401/02/01," + Homeless + ",1401/02/01,,218,1403/01/01,\n"

// Fleet is how many ordinary vehicles are seeded beside the named ones.
const Fleet = 60

// FleetPlate is the plate of the i-th ordinary vehicle; all of them owe Tehran for a few years.
func FleetPlate(i int) string { return fmt.Sprintf("%d%dد%d%d522", i%9+1, i/9%9+1, i/81%9+1, 3) }

func fleetRows() string {
	var b strings.Builder
	for i := range Fleet {
		fmt.Fprintf(&b, "NAS422100H%07d,passenger_car,private,petrol,domestic,4,pride-131,1402,1402/02/01,%s,1402/02/01,,520,1402/02/01,\n", i, FleetPlate(i))
	}
	return b.String()
}

func valuationRows() string {
	var b strings.Builder
	b.WriteString("fiscal_year,type_code,type_name_fa,base_rial\n")
	for year := 1393; year <= 1405; year++ {
		fmt.Fprintf(&b, "%d,peugeot-405,پژو ۴۰۵,%d\n", year, 303_018_000+int64(year-1393)*400_000_000)
		fmt.Fprintf(&b, "%d,pride-131,پراید ۱۳۱,%d\n", year, 200_123_456+int64(year-1393)*250_000_000)
	}
	return b.String()
}

func seed(appURL string) error {
	db, pool, err := scope.Open(appURL, 4)
	if err != nil {
		return err
	}
	defer pool.Close()
	runner := scope.NewRunner(db, time.Now, newID)
	ctx := scope.WithActor(context.Background(), scope.Actor{Kind: scope.ActorSystem})
	if err := importAll(ctx, runner); err != nil {
		return err
	}
	return runner.InTx(ctx, scope.Platform(), seedPeople)
}

func importAll(ctx context.Context, runner *scope.Runner) error {
	day := func(cell string) (time.Time, error) {
		d, err := calendar.Parse(cell)
		if err != nil {
			return time.Time{}, err
		}
		year, month, day := d.Gregorian()
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC), nil
	}
	for _, file := range []struct {
		into interface {
			Import(context.Context, csvimport.Input) (csvimport.Report, error)
		}
		in csvimport.Input
	}{
		{&municipalities.Importer{Runner: runner}, csvimport.Input{File: municipalities.Default()}},
		{&valuations.Importer{Runner: runner}, csvimport.Input{File: strings.NewReader(valuationRows())}},
		{&vehicles.Importer{Runner: runner, ParseDay: day}, csvimport.Input{File: strings.NewReader(vehicleRows + fleetRows())}},
	} {
		var refused strings.Builder
		file.in.Result = &refused
		report, err := file.into.Import(ctx, file.in)
		if err != nil || report.Refused > 0 {
			return fmt.Errorf("import %T: %+v %w %s", file.into, report, err, refused.String())
		}
	}
	return nil
}

func seedPeople(tx *scope.Tx) error {
	if _, err := tariffs.SaveNational(tx); err != nil {
		return err
	}
	since := tx.Now.AddDate(-1, 0, 0)
	for i, staff := range [][]identity.NewPerson{
		{{Username: Cashier, Role: identity.OfficeCashier}, {Username: Clerk, Role: identity.OfficeClerk}, {Username: Manager, Role: identity.OfficeManager}},
		{{Username: OtherCashier, Role: identity.OfficeCashier}, {Username: OtherClerk, Role: identity.OfficeClerk}, {Username: OtherManager, Role: identity.OfficeManager}},
		{{Username: FarCashier, Role: identity.OfficeCashier}},
	} {
		office, err := offices.Open(tx, offices.Office{ID: newID(), MunicipalityID: Tehran, NameFA: fmt.Sprintf("دفتر خدمات %d", i+1), LicenceNo: fmt.Sprintf("72-%04d", i+1), ValidFrom: since})
		if err != nil {
			return err
		}
		if err := agree(tx, office, i == 2); err != nil {
			return err
		}
		for _, p := range staff {
			p.Home = identity.Home{Kind: identity.AtOffice, OfficeID: office}
			if err := enrol(tx, p); err != nil {
				return err
			}
		}
	}
	return seedStaff(tx)
}

// seedStaff enrols who works for a city or for the platform.
func seedStaff(tx *scope.Tx) error {
	shiraz, foreign := identity.Home{Kind: identity.AtMunicipality, MunicipalityID: Shiraz}, identity.Home{Kind: identity.AtMunicipality, MunicipalityID: Foreign}
	platform := identity.Home{Kind: identity.AtPlatform}
	for _, p := range []identity.NewPerson{
		{Home: shiraz, Username: CityEditor, Role: identity.TariffEditor},
		{Home: shiraz, Username: CityApprover, Role: identity.TariffApprover},
		{Home: shiraz, Username: CaseOfficer, Role: identity.CaseOfficer},
		{Home: shiraz, Username: Treasurer, Role: identity.Treasurer},
		{Home: foreign, Username: ForeignEditor, Role: identity.TariffEditor},
		{Home: foreign, Username: ForeignApprover, Role: identity.TariffApprover},
		{Home: foreign, Username: ForeignCaseOfficer, Role: identity.CaseOfficer},
		{Home: foreign, Username: ForeignTreasurer, Role: identity.Treasurer},
		{Home: platform, Username: NationalEditor, Role: identity.TariffEditor},
		{Home: platform, Username: NationalApprover, Role: identity.TariffApprover},
		{Home: platform, Username: PlatformOperator, Role: identity.PlatformOperator},
		{Home: platform, Username: NationalOfficer, Role: identity.CaseOfficer},
		{Home: shiraz, Username: CityAdmin, Role: identity.MunicipalityAdmin},
		{Home: foreign, Username: ForeignAdmin, Role: identity.MunicipalityAdmin},
		{Home: shiraz, Username: CityAuditor, Role: identity.Auditor},
		{Home: foreign, Username: ForeignAuditor, Role: identity.Auditor},
		{Home: platform, Username: Support, Role: identity.PlatformSupport},
		{Home: platform, Username: Auditor, Role: identity.Auditor},
	} {
		if err := enrol(tx, p); err != nil {
			return err
		}
	}
	return nil
}

func enrol(tx *scope.Tx, p identity.NewPerson) error {
	p.Password, p.NameFA, p.NationalID = Password, "کارمند "+p.Username, identitytest.NationalID(p.Username)
	_, err := identity.Enrol(tx, p, identity.Enrolment{Cost: Cheap, Humans: identitytest.Humans()})
	return err
}

func agree(tx *scope.Tx, office uuid.UUID, shirazOnly bool) error {
	if !shirazOnly {
		return offices.AgreeWithAll(tx, office)
	}
	return offices.Agree(tx, office, []int{Shiraz})
}
