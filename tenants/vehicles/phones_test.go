package vehicles_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

const (
	phoneA = "09121234567"
	phoneB = "09359876543"
)

func (d *desk) find(o vehicles.OwnerKey) (found []string) {
	d.t.Helper()
	return d.findWith(d.registry, o)
}

func (d *desk) findWith(r *vehicles.Registry, o vehicles.OwnerKey) (found []string) {
	d.t.Helper()
	page, _, err := r.FindByOwner(d.context(), scope.Platform(), o, uuid.Nil, "heirs")
	if err != nil {
		d.t.Fatal(err)
	}
	for _, v := range page {
		found = append(found, v.VIN.String()+" "+v.From.Format(time.DateOnly)+" "+end(v.To))
	}
	slices.Sort(found)
	return found
}

func (d *desk) another() *vehicles.Registry {
	return vehicles.NewRegistry(d.run, d.keys.Ring(d.t), vehicles.Days{Today: func(time.Time) time.Time { return today }, FiscalYear: fiscalYear})
}

// TestPhonesAreSealedMaskedAndFound gives one owner a number, and reads it masked, in clear and by search.
func TestPhonesAreSealedMaskedAndFound(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.register(vinB)
	d.owns(vinA, "2016-05-01", person(idA).WithPhone(phoneA))
	d.owns(vinB, "2016-05-01", company(t, "شرکت نمونه").WithPhone(phoneA))
	d.owns(vinA, "2017-05-01", person(idB))
	got := d.read(vinA).Owners
	if got[0].Owner.Phone != "0912***4567" || got[1].Owner.Phone != "" {
		t.Errorf("masked %q, %q", got[0].Owner.Phone, got[1].Owner.Phone)
	}
	for entry, want := range map[string]string{"2016-05-01": phoneA, "2017-05-01": ""} {
		if clear, err := d.disclose(vinA, entry); err != nil || clear.Phone != want {
			t.Errorf("%s: %q, %v", entry, clear.Phone, err)
		}
	}
	want := []string{vinA + " 2016-05-01 2017-05-01", vinB + " 2016-05-01 -"}
	slices.Sort(want)
	same(t, "by phone", d.find(vehicles.Phone(phoneA)), want)
	same(t, "by another", d.find(vehicles.Phone(phoneB)), nil)
	same(t, "by ID", d.find(personID(idA)), []string{vinA + " 2016-05-01 2017-05-01"})
	same(t, "on record", d.strings(`SELECT details->>'by' FROM audit_log WHERE action = 'owner.searched' AND purpose = 'heirs' ORDER BY id`), []string{"phone", "phone", "id"})
	dump := d.dump()
	for _, secret := range []string{phoneA, phoneA[1:], "9121234567", "1234567"} {
		for _, written := range writings(secret) {
			if strings.Contains(dump, written) {
				t.Errorf("%q is stored as %q", secret, written)
			}
		}
	}
	if !strings.Contains(dump, "0912***4567") || fmt.Sprint(vehicles.Phone(phoneA)) != "[redacted]" {
		t.Error("the dump is not what is searched, or a number prints")
	}
}

// TestACorrectionKeepsThePhone spells a name better, gives a number to somebody who had none, and changes it; a number goes with the owner, not with the period.
func TestACorrectionKeepsThePhone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.owns(vinA, "2016-05-01", company(t, "شرکت نمونه"))
	for i, step := range []struct {
		owner vehicles.Owner
		want  string
	}{
		{company(t, "شرکت نمونه").WithPhone(phoneA), phoneA},
		{company(t, "شرکت نمونهٔ پارس"), phoneA},
		{company(t, "شرکت نمونهٔ پارس").WithPhone(phoneB), phoneB},
		{person(idA), ""},
	} {
		d.ok(d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.OwnerHistory, Entry: day("2016-05-01"), Owner: step.owner, Reason: "x"}))
		if got, err := d.disclose(vinA, ""); err != nil || got.Phone != step.want {
			t.Errorf("step %d: %q, %v, want %q", i, got.Phone, err, step.want)
		}
	}
	superseded := d.read(vinA).Superseded
	if len(superseded) != 4 || superseded[2].Was.Owner.Phone != "0912***4567" || superseded[2].Now.Owner.Phone != "0935***6543" {
		t.Errorf("superseded %+v", superseded)
	}
	if n := d.strings(`SELECT count(*)::text FROM vehicle_corrections WHERE superseded ? 'id_hash' OR replacement ? 'id_hash'`)[0]; n != "0" {
		t.Errorf("%s superseded entries keep a hash for ever", n)
	}
}

// TestPhonesThatWereTamperedWithAreNotDisclosed puts somebody else's number beside an owner.
func TestPhonesThatWereTamperedWithAreNotDisclosed(t *testing.T) {
	t.Parallel()
	for name, sabotage := range map[string]string{
		"a byte of the number": `UPDATE owner_identities SET phone_enc = set_byte(phone_enc, 20, get_byte(phone_enc, 20) # 1)`,
		"numbers swapped":      `UPDATE owner_identities i SET phone_enc = j.phone_enc FROM owner_identities j WHERE j.id <> i.id`,
		"the number gone":      `UPDATE owner_identities SET phone_enc = NULL`,
		"another hash":         `UPDATE vehicle_owners SET phone_hash = sha256('x')`,
		"the hash gone":        `UPDATE vehicle_owners SET phone_hash = NULL, phone_masked = NULL`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.register(vinB)
			d.owns(vinA, "2016-05-01", person(idA).WithPhone(phoneA))
			d.owns(vinB, "2016-05-01", person(idB).WithPhone(phoneB))
			d.write(sabotage)
			if got, err := d.disclose(vinA, ""); !errors.Is(err, privacy.ErrTampered) || got != (vehicles.Disclosure{}) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

const ownerHeader = header + ",owner_id,owner_from,owner_to,owner_name,owner_phone"

// owned is a row of a vehicle without a plate or a residence, and its owner.
func owned(vin, owner string) string { return vin + "," + car + ",,,,,,," + owner }

func (d *desk) importOwners(rows ...string) (csvimport.Report, []string, error) {
	d.t.Helper()
	var result bytes.Buffer
	im := &vehicles.Importer{Runner: d.run, ParseDay: testDay, Keys: func() (*privacy.Keyring, error) { return d.keys.Ring(d.t), nil }}
	report, err := im.Import(d.context(), csvimport.Input{File: strings.NewReader(ownerHeader + "\n" + strings.Join(rows, "\n") + "\n"), Result: &result})
	lines, csvErr := csv.NewReader(&result).ReadAll()
	if csvErr != nil {
		d.t.Fatal(csvErr)
	}
	var refused []string
	for _, line := range lines[min(1, len(lines)):] {
		refused = append(refused, strings.Join(line[:3], " "))
	}
	return report, refused, err
}

func (d *desk) counts() string {
	d.t.Helper()
	return d.strings(`SELECT (SELECT count(*) FROM vehicle_owners) || ' periods, ' || (SELECT count(*) FROM owner_identities) || ' identities'`)[0]
}

// TestImportOwners loads owners with and without numbers, again, with a new number, and with an end.
func TestImportOwners(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	report := func(want string, rows ...string) {
		t.Helper()
		got, refused, err := d.importOwners(rows...)
		if text := fmt.Sprintf("%d %d %d", got.Inserted, got.Changed, got.Unchanged); err != nil || len(refused) != 0 || text != want {
			t.Errorf("%s, refused %q, %v, want %s", text, refused, err, want)
		}
	}
	first := []string{
		owned(vinB, "۰۴۹۹۳۷۰۸۹۹,1395/01/01,1396/01/01,علي رضايي,+98 912 123 4567"),
		owned(vinB, companyID+",1396/01/01,,شرکت نمونه,"),
		owned(vinC, idB+",1395/01/01,,مریم رضایی,"),
	}
	report("3 0 0", first...)
	report("0 0 3", first...)
	if got := d.counts(); got != "3 periods, 3 identities" {
		t.Error(got)
	}
	d.wantDisclosed(vinB, "2016-01-01", "person "+idA+" علی رضایی 2016-01-01 2017-01-01")
	d.wantDisclosed(vinB, "", "legal "+companyID+" شرکت نمونه 2017-01-01 -")
	same(t, "by phone", d.find(vehicles.Phone(phoneA)), []string{vinB + " 2016-01-01 2017-01-01"})
	report("0 1 0", owned(vinC, idB+",1395/01/01,1397/01/01,مریم رضایی,09359876543"))
	report("0 0 1", owned(vinC, idB+",1395/01/01,1397/01/01,مریم رضایی,00989359876543"))
	report("0 1 0", owned(vinC, idB+",1395/01/01,,مریم رضایی,")) // without a number the one on record stays
	if got, err := d.disclose(vinC, ""); err != nil || got.Phone != phoneB || got.Name != "مریم رضایی" || !got.To.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if got := d.counts(); got != "3 periods, 4 identities" {
		t.Error(got)
	}
	// An owner from before identities were kept gets one.
	d.write(`UPDATE vehicle_owners SET identity_id = NULL, phone_hash = NULL, phone_masked = NULL WHERE kind = 'legal'`)
	report("0 1 0", owned(vinB, companyID+",1396/01/01,,شرکت نمونهٔ پارس,"))
	d.wantDisclosed(vinB, "", "legal "+companyID+" شرکت نمونهٔ پارس 2017-01-01 -")
}

func TestImportRefusesOwners(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, refused, err := d.importOwners(owned(vinB, idA+",1395/01/01,,علی رضایی,")); err != nil || len(refused) != 0 {
		t.Fatal(refused, err)
	}
	before := d.counts()
	for name, c := range map[string]struct {
		rows []string
		want []string
	}{
		"another owner from the day on": {[]string{owned(vinB, idB+",1395/01/01,,مریم رضایی,")}, []string{"2 owner_id owner_differs"}},
		"a day inside a known period":   {[]string{owned(vinB, idB+",1396/01/01,,مریم رضایی,")}, []string{"2 owner_from owner_overlap"}},
		"two names of one owner":        {[]string{owned(vinC, idB+",1395/01/01,,مریم رضایی,"), owned(vinC, idB+",1395/01/01,,مریم رضائی,")}, []string{"2 owner_from owner_overlap", "3 owner_from owner_overlap"}},
		"a wrong ID":                    {[]string{owned(vinC, "0499370898,1395/01/01,,علی رضایی,")}, []string{"2 owner_id national_id_checksum"}},
		"a wrong legal ID":              {[]string{owned(vinC, "10380284791,1395/01/01,,علی رضایی,")}, []string{"2 owner_id legal_id_checksum"}},
		"no name":                       {[]string{owned(vinC, idA+",1395/01/01,,,")}, []string{"2 owner_name import_required"}},
		"a name without a letter":       {[]string{owned(vinC, idA+",1395/01/01,,12,")}, []string{"2 owner_name owner_name"}},
		"no day":                        {[]string{owned(vinC, idA+",,,علی رضایی,")}, []string{"2 owner_from test_day"}},
		"a landline":                    {[]string{owned(vinC, idA+",1395/01/01,,علی رضایی,02188776655")}, []string{"2 owner_phone mobile_prefix"}},
		"a short number":                {[]string{owned(vinC, idA+",1395/01/01,,علی رضایی,0912123456")}, []string{"2 owner_phone mobile_length"}},
		"a number of nobody":            {[]string{owned(vinC, ",,,,09121234567")}, []string{"2 owner_phone owner_alone"}},
		"a day of nobody":               {[]string{owned(vinC, ",1395/01/01,,,")}, []string{"2 owner_from period_alone"}},
		"an end before the beginning":   {[]string{owned(vinC, idA+",1395/01/01,1394/01/01,علی رضایی,")}, []string{"2 owner_to period_order"}},
	} {
		_, refused, err := d.importOwners(c.rows...)
		if err != nil || !slices.Equal(refused, c.want) || d.counts() != before {
			t.Errorf("%s: %q, %v, want %q; %s", name, refused, err, c.want, d.counts())
		}
	}
	im := &vehicles.Importer{Runner: d.run, ParseDay: testDay}
	if _, err := im.Import(d.context(), csvimport.Input{File: strings.NewReader(ownerHeader + "\n" + owned(vinC, idA+",1395/01/01,,علی رضایی,") + "\n")}); err == nil || strings.Contains(err.Error(), idA) {
		t.Errorf("without keys: %v", err)
	}
}

// TestIndexRotation changes the key of the blind index while owners are searched, written, corrected, merged and imported under both keys: everybody is found all the
// while, nobody becomes two, and in the end no row needs the old key.
func TestIndexRotation(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	twin := d.register(vinB)
	d.owns(vinA, "2016-05-01", person(idA).WithPhone(phoneA))
	d.owns(vinB, "2016-05-01", person(idA).WithPhone(phoneA))
	behind := d.another() // it has not heard of the second key
	d.keys.AddIndex(2)
	fresh := d.another()
	both := []string{vinA + " 2016-05-01 -", vinB + " 2016-05-01 -"}
	slices.Sort(both)
	for _, by := range []vehicles.OwnerKey{personID(idA), vehicles.Phone(phoneA)} {
		same(t, "before anything is rotated", d.findWith(fresh, by), both)
	}
	// One and the same owner under the other key is no new one.
	d.refused("entry_unchanged", "owner", func() error {
		return fresh.TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: day("2018-05-01"), Owner: person(idA), Gap: "x"})
	})
	d.ok(fresh.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.OwnerHistory, Entry: day("2016-05-01"), Owner: person(idA), Reason: "spelling"}))
	if got := d.strings(`SELECT v.vin || ' ' || o.index_key FROM vehicle_owners o JOIN vehicles v ON v.id = o.vehicle_id ORDER BY o.index_key`); !slices.Equal(got, []string{vinB + " 1", vinA + " 2"}) {
		t.Fatalf("%q", got)
	}
	same(t, "by a process that is behind", d.findWith(behind, personID(idA)), both)
	same(t, "by phone", d.findWith(behind, vehicles.Phone(phoneA)), both)
	d.ok(fresh.MergeVehicles(d.context(), scope.Platform(), vehicles.Merge{Keep: d.id(vinA), Duplicate: twin, Reason: "one car"}))

	service := privacy.NewService(d.run, d.keys.Ring(t), vehicles.OwnerIndex)
	status := func() string {
		counts, err := service.Status(d.context())
		d.ok(err)
		return fmt.Sprint(counts)
	}
	before := status()
	done, err := service.Rotate(d.context(), func(int) {})
	d.ok(err)
	if done.Done != 1 || len(done.Broken) != 0 {
		t.Errorf("%+v, before %s", done, before)
	}
	if again, err := service.Rotate(d.context(), func(int) {}); err != nil || again.Done != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	d.keys.RemoveIndex(1)
	last := d.another()
	same(t, "without the old key", d.findWith(last, personID(idA)), []string{vinA + " 2016-05-01 -"})
	same(t, "by phone without the old key", d.findWith(last, vehicles.Phone(phoneA)), []string{vinA + " 2016-05-01 -"})
	if got, err := last.DiscloseOwner(d.context(), d.a(), day(""), "x"); err != nil || got.ID != idA || got.Phone != phoneA {
		t.Errorf("%v", err)
	}
}

// TestARotationLeavesAVehicleThatSomebodyHolds holds a vehicle as a use case does, which has read the old hash and may write it back: the rotation passes by, and comes
// again.
func TestARotationLeavesAVehicleThatSomebodyHolds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.register(vinB)
	d.owns(vinA, "2016-05-01", person(idA))
	d.owns(vinB, "2016-05-01", person(idB))
	d.keys.AddIndex(2)
	service := privacy.NewService(d.run, d.keys.Ring(t), vehicles.OwnerIndex)
	rotate := func(want int) {
		t.Helper()
		done, err := service.Rotate(d.context(), func(int) {})
		if err != nil || done.Done != want || len(done.Broken) != 0 {
			t.Errorf("%+v, %v, want %d", done, err, want)
		}
	}
	err := d.run.InTx(d.context(), d.a(), func(tx *scope.Tx) error {
		if err := tx.DB.Exec(`SELECT FROM vehicles WHERE id = ? FOR UPDATE`, tx.VehicleID).Error; err != nil {
			return err
		}
		rotate(1)
		return nil
	})
	d.ok(err)
	rotate(1)
}

// TestWhatCannotBeIndexedAnewIsSaid leaves rows whose owner was never kept, whose identity is somebody else's, and whose old key is gone.
func TestWhatCannotBeIndexedAnewIsSaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.register(vinB)
	d.register(vinC)
	d.owns(vinA, "2016-05-01", person(idA))
	d.owns(vinB, "2016-05-01", person(idB))
	d.owns(vinC, "2016-05-01", person(idC))
	d.write(`UPDATE vehicle_owners o SET identity_id = NULL FROM vehicles v WHERE v.id = o.vehicle_id AND v.vin = '` + vinA + `'`)
	d.write(`UPDATE vehicle_owners o SET identity_id = p.identity_id FROM vehicle_owners p, vehicles v WHERE v.id = o.vehicle_id AND v.vin = '` + vinB + `' AND p.vehicle_id <> o.vehicle_id AND p.identity_id IS NOT NULL`)
	d.keys.AddIndex(2)
	service := privacy.NewService(d.run, d.keys.Ring(t), vehicles.OwnerIndex)
	done, err := service.Rotate(d.context(), func(int) {})
	d.ok(err)
	if done.Done != 1 || len(done.Broken) != 1 || !strings.Contains(done.Broken[0], d.id(vinB).String()) {
		t.Errorf("%+v", done)
	}
	counts, err := service.Status(d.context())
	d.ok(err)
	want := []privacy.Count{
		{Table: "vehicle_owners", Family: privacy.Indexes, Key: 1, Rows: 1, Held: true},
		{Table: "vehicle_owners", Family: privacy.Indexes, Key: 1, Rows: 1, Held: true, Stuck: true},
		{Table: "vehicle_owners", Family: privacy.Indexes, Key: 2, Rows: 1, Held: true, Newest: true},
	}
	if !slices.Equal(counts, want) {
		t.Errorf("%+v", counts)
	}
	// The owner who was never kept is found under the old key, is no other one when named again, and is then kept.
	same(t, "never kept", d.findWith(d.another(), personID(idA)), []string{vinA + " 2016-05-01 -"})
	d.refused("entry_unchanged", "owner", func() error {
		return d.another().TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: day("2018-05-01"), Owner: person(idA), Gap: "x"})
	})
	d.keys.RemoveIndex(1)
	if got := d.findWith(d.another(), personID(idA)); len(got) != 0 {
		t.Errorf("found without the key: %q", got)
	}
	d.keys.RemoveIndex(2)
	d.keys.AddIndex(1)
	lacking := d.another()
	if _, _, err := lacking.FindByOwner(d.context(), scope.Platform(), personID(idC), uuid.Nil, "x"); !errors.Is(err, privacy.ErrKeyMissing) {
		t.Errorf("a search without a key in use: %v", err)
	}
}

// TestImportAcrossKeys imports a known owner again under a newer key, and by a process that began before it.
func TestImportAcrossKeys(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	row := owned(vinB, idA+",1395/01/01,,علی رضایی,"+phoneA)
	if _, refused, err := d.importOwners(row); err != nil || len(refused) != 0 {
		t.Fatal(refused, err)
	}
	behind := d.keys.Ring(t)
	d.keys.AddIndex(2)
	unchanged := func(what string) {
		t.Helper()
		if report, refused, err := d.importOwners(row); err != nil || len(refused) != 0 || report.Unchanged != 1 || d.counts() != "1 periods, 1 identities" {
			t.Errorf("%s: %+v, %q, %v, %s", what, report, refused, err, d.counts())
		}
	}
	unchanged("while the row is under the old key")
	if _, err := privacy.NewService(d.run, d.keys.Ring(t), vehicles.OwnerIndex).Rotate(d.context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	unchanged("while the row is under the new key")
	im := &vehicles.Importer{Runner: d.run, ParseDay: testDay, Keys: func() (*privacy.Keyring, error) { return behind, nil }}
	_, err := im.Import(d.context(), csvimport.Input{File: strings.NewReader(ownerHeader + "\n" + row + "\n"), Result: &bytes.Buffer{}})
	if err == nil || !strings.Contains(err.Error(), "run it again") || d.counts() != "1 periods, 1 identities" {
		t.Errorf("by a process that began before: %v, %s", err, d.counts())
	}
}

// TestOneOwnerThroughARotation imports one file from several processes at once, some with the new key and some without, beside rotations: every vehicle has one
// period and one identity of its one owner.
func TestOneOwnerThroughARotation(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const cars = 30
	var rows []string
	for i := range cars {
		rows = append(rows, owned(fmt.Sprintf("NAR%014d", i), idA+",1395/01/01,,علی رضایی,"+phoneA))
	}
	if _, refused, err := d.importOwners(rows[:cars/2]...); err != nil || len(refused) != 0 {
		t.Fatal(refused, err)
	}
	old := d.keys.Ring(t)
	d.keys.AddIndex(2)
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			ring := old // knows the first key alone
			if n%2 == 0 {
				ring = d.keys.Ring(t)
			}
			im := &vehicles.Importer{Runner: d.run, ParseDay: testDay, Keys: func() (*privacy.Keyring, error) { return ring, nil }}
			report, err := im.Import(d.context(), csvimport.Input{File: strings.NewReader(ownerHeader + "\n" + strings.Join(rows, "\n") + "\n"), Result: &bytes.Buffer{}})
			if ahead := err != nil && strings.Contains(err.Error(), "run it again"); !ahead && (err != nil || report.Refused != 0) {
				t.Errorf("%+v, %v", report, err)
			}
		})
		all.Go(func() {
			if _, err := privacy.NewService(d.run, d.keys.Ring(t), vehicles.OwnerIndex).Rotate(d.context(), func(int) {}); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if page, _, err := d.another().FindByOwner(d.context(), scope.Platform(), personID(idA), uuid.Nil, "x"); err != nil || len(page) < cars/2 {
				t.Errorf("%d found, %v", len(page), err)
			}
		})
	}
	all.Wait()
	if got := d.counts(); got != "30 periods, 30 identities" {
		t.Error(got)
	}
	_, err := privacy.NewService(d.run, d.keys.Ring(t), vehicles.OwnerIndex).Rotate(d.context(), func(int) {})
	d.ok(err)
	same(t, "keys", d.strings(`SELECT DISTINCT index_key::text FROM vehicle_owners`), []string{"2"})
	if got := d.find(personID(idA)); len(got) != cars {
		t.Errorf("%d found", len(got))
	}
}
