package vehicles

import (
	"context"
	"time"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// Importer loads vehicles with their plates, residences and owners.
type Importer struct {
	Runner   *scope.Runner
	ParseDay func(cell string) (time.Time, error) // a Jalali day such as "1404/01/31" as midnight UTC of the Gregorian one
	Keys     func() (*privacy.Keyring, error)     // under which owners are sealed and hashed; asked once a file names one
}

// Import loads a file with the columns vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered, plate, plate_from, plate_to,
// municipality_code, residence_from, residence_to, and where it has them owner_id (a national ID, or a legal one where it has eleven digits), owner_from, owner_to,
// owner_name and owner_phone, in one transaction. A VIN may stand on several rows, in any order. A vehicle keeps its id; its facts are
// brought up to date, periods are added, and the end of a known period is set anew. No period is removed, and a known one keeps its plate, city or
// owner; of a known owner a mobile number is brought up to date, with the name beside it. A VIN that was merged into another vehicle is refused (vehicle_merged).
//
// A vehicle is imported whole or not at all: where one of its rows is refused, the others are too (vehicle_incomplete).
// Errors: csvimport.ErrEmpty, csvimport.ErrHeader.
func (im *Importer) Import(ctx context.Context, in csvimport.Input) (csvimport.Report, error) {
	return csvimport.Run(ctx, im.Runner, csvimport.Load{
		Name:    "vehicles",
		Columns: columns, Optional: ownerFile,
		Table:  "import_vehicle_rows",
		Staged: staged,
		Begin:  im.begin,
		Merge:  merge,
		Faults: []*fault.Error{errFactsDiffer, errMerged, plates.differs, plates.overlap, residences.differs, residences.overlap, owners.differs, owners.overlap, errPlateTaken, errIncomplete},
	}, in)
}

func (im *Importer) begin(tx *scope.Tx) (csvimport.Parse, error) {
	cities, err := cityCodes(tx)
	if err != nil {
		return nil, err
	}
	p := &parser{day: im.ParseDay, cities: cities, newID: tx.NewID, owners: ownerParser{keys: im.Keys, newID: tx.NewID}}
	return p.row, nil
}

// merge refuses what contradicts itself or what is stored, and writes the rest.
func merge(tx *scope.Tx) (csvimport.Merged, error) {
	for _, step := range []func(*scope.Tx) error{resolve, refuseMerged, plates.check, residences.check, checkOwners, checkPlatesAcross, dropRefused} {
		if err := step(tx); err != nil {
			return csvimport.Merged{}, err
		}
	}
	merged, err := count(tx)
	if err != nil {
		return csvimport.Merged{}, err
	}
	return merged, write(tx)
}
