package vehicles_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

const companyID = "10380284790"

func company(t *testing.T, name string) vehicles.Owner {
	t.Helper()
	id, err := identifiers.ParseLegalID(companyID)
	if err != nil {
		t.Fatal(err)
	}
	o, err := vehicles.NewLegalPerson(id, name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func personID(id string) vehicles.OwnerKey { return vehicles.PersonID(identifiers.NationalID(id)) }

// owns transfers a vehicle without a plate or a residence.
func (d *desk) owns(vin string, on string, o vehicles.Owner) {
	d.t.Helper()
	d.ok(d.registry.TransferOwnership(d.context(), scope.Platform().NamingVIN(vin), vehicles.Transfer{Day: day(on), Owner: o, Gap: "test"}))
}

func (d *desk) disclose(vin, entry string) (vehicles.Disclosure, error) {
	return d.registry.DiscloseOwner(d.context(), scope.Platform().NamingVIN(vin), day(entry), "court order 12")
}

func (d *desk) wantDisclosed(vin, entry, want string) {
	d.t.Helper()
	got, err := d.disclose(vin, entry)
	if text := fmt.Sprintf("%s %s %s %s %s", got.Kind, got.ID, got.Name, got.From.Format(time.DateOnly), end(got.To)); err != nil || text != want {
		d.t.Errorf("%q, %v, want %q", text, err, want)
	}
}

// tables are dumped as the program sees them in the platform's scope, bytes in hexadecimal.
func (d *desk) dump() string {
	d.t.Helper()
	var all []string
	for _, table := range d.strings(`SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'goose%'`) {
		all = append(all, d.strings(`SELECT x::text FROM `+table+` x`)...)
	}
	return strings.Join(all, "\n")
}

// writings are the forms in which a text could lie in a table.
func writings(text string) []string {
	var escaped strings.Builder
	for _, r := range text {
		fmt.Fprintf(&escaped, `\u%04x`, r)
	}
	list := []string{text, hex.EncodeToString([]byte(text)), escaped.String()}
	for cut := range 3 { // base64 of whatever stands before it
		if len(text) > cut+6 {
			list = append(list, base64.RawStdEncoding.EncodeToString([]byte(text)[cut:])[:(len(text)-cut)/3*4])
		}
	}
	return list
}

// TestNothingStoresAnOwnerInClear runs every use case that takes or shows an owner and searches all tables.
func TestNothingStoresAnOwnerInClear(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	twin := d.register(vinB)
	d.owns(vinA, "2016-05-01", person(idA))
	d.owns(vinA, "2017-05-01", company(t, "شرکت نمونه"))
	d.owns(vinB, "2015-05-01", person(idB))
	d.ok(d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.OwnerHistory, Entry: day("2016-05-01"), To: day("2017-05-01"), Owner: person(idC), Reason: "misread"}))
	key := scope.Key{Value: "transfer-1", Operation: "o", Hash: []byte("x")}
	d.ok(d.registry.Once(key).TransferOwnership(d.context(), d.a(), vehicles.Transfer{Day: day("2020-05-01"), Owner: person(idA), Gap: "x"}))
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), vehicles.Merge{Keep: twin, Duplicate: d.register(vinC), Reason: "x"}))
	d.wantDisclosed(vinA, "", "person "+idA+"   علی‌رضا  موسوی  2020-05-01 -")
	if _, _, err := d.registry.FindByOwner(d.context(), scope.Platform(), personID(idA), uuid.Nil, "court order 12"); err != nil {
		t.Fatal(err)
	}
	dump := d.dump()
	if !strings.Contains(dump, "*******899") || !strings.Contains(dump, "owner.disclosed") {
		t.Fatal("the dump is not what is searched")
	}
	for _, secret := range []string{idA, idB, idC, companyID, "علی‌رضا", "موسوی", "نمونه", "شرکت نمونه"} {
		for _, written := range writings(secret) {
			if at := strings.Index(dump, written); at >= 0 {
				t.Errorf("%q is stored as %q: …%s…", secret, written, dump[max(0, at-100):at+60])
			}
		}
	}
}

func TestDisclosure(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.owns(vinA, "2016-05-01", person(idA))
	d.owns(vinA, "2017-05-01", company(t, "شرکت نمونه"))
	d.wantDisclosed(vinA, "", "legal "+companyID+" شرکت نمونه 2017-05-01 -")
	d.wantDisclosed(vinA, "2016-05-01", "person "+idA+"   علی‌رضا  موسوی  2016-05-01 2017-05-01")
	got, err := d.disclose(vinA, "")
	if err != nil || fmt.Sprint(got) != "[redacted]" || fmt.Sprint(personID(idA)) != "[redacted]" {
		t.Errorf("a disclosure prints %v, %v", got, err)
	}
	if n := d.strings(`SELECT count(*)::text FROM audit_log WHERE action = 'owner.disclosed' AND purpose = 'court order 12' AND target_kind = 'vehicle'`)[0]; n != "3" {
		t.Errorf("%s disclosures on record", n)
	}
	d.register(vinB)
	d.register(vinC)
	d.write(`INSERT INTO vehicle_owners (vehicle_id, valid_from, kind, id_hash, id_masked, name_masked) SELECT id, '2016-01-01', 'person', sha256('x'), '*******123', 'x***' FROM vehicles WHERE vin = '` + vinC + `'`)
	for name, c := range map[string]struct {
		in                   scope.Scope
		entry, purpose, code string
	}{
		"no purpose":         {d.a(), "", "", "reason_missing"},
		"an office":          {scope.Office(uuid.New()).NamingVIN(vinA), "", "x", "registry_scope"},
		"a city":             {scope.Municipality(1).NamingVIN(vinA), "", "x", "registry_scope"},
		"an unknown car":     {scope.Platform().NamingVIN("NAAM01CA0ER999999"), "", "x", "registered_vehicle_unknown"},
		"no owner":           {scope.Platform().NamingVIN(vinB), "", "x", "owner_unknown"},
		"another day":        {d.a(), "2016-05-02", "x", "entry_unknown"},
		"an owner of before": {scope.Platform().NamingVIN(vinC), "", "x", "owner_not_kept"},
	} {
		before := len(d.everything())
		_, err := d.registry.DiscloseOwner(d.context(), c.in, day(c.entry), c.purpose)
		if f := fault.Of(err); f == nil || f.Code != c.code || len(d.everything()) != before {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

// TestASameOwnerIsSpeltBetter corrects a name alone, of an owner who was recorded before names were kept, too.
func TestASameOwnerIsSpeltBetter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.owns(vinA, "2016-05-01", company(t, "شرکت نمونه"))
	d.write(`UPDATE vehicle_owners SET identity_id = NULL`)
	for _, name := range []string{"شرکت نمونه", "شرکت نمونهٔ پارس"} {
		d.ok(d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.OwnerHistory, Entry: day("2016-05-01"), Owner: company(t, name), Reason: "spelling"}))
		d.wantDisclosed(vinA, "", "legal "+companyID+" "+name+" 2016-05-01 -")
	}
	d.refused("entry_unchanged", "owner", func() error {
		return d.registry.CorrectEntry(d.context(), d.a(), vehicles.Correction{History: vehicles.OwnerHistory, Entry: day("2016-05-01"), Reason: "nothing"})
	})
	if n := len(d.read(vinA).Superseded); n != 2 {
		t.Errorf("%d superseded entries", n)
	}
}

// TestWhatWasTamperedWithIsNotDisclosed changes storage as somebody who got past the program could.
func TestWhatWasTamperedWithIsNotDisclosed(t *testing.T) {
	t.Parallel()
	for name, sabotage := range map[string]string{
		"a byte of the name":     `UPDATE owner_identities SET name_enc = set_byte(name_enc, 20, get_byte(name_enc, 20) # 1)`,
		"a byte of the ID":       `UPDATE owner_identities SET id_enc = set_byte(id_enc, length(id_enc) - 1, get_byte(id_enc, length(id_enc) - 1) # 128)`,
		"name and ID swapped":    `UPDATE owner_identities SET name_enc = id_enc, id_enc = name_enc`,
		"rows swapped":           `UPDATE owner_identities i SET name_enc = j.name_enc, id_enc = j.id_enc FROM owner_identities j WHERE j.id <> i.id`,
		"names swapped":          `UPDATE owner_identities i SET name_enc = j.name_enc FROM owner_identities j WHERE j.id <> i.id`,
		"references swapped":     `UPDATE vehicle_owners o SET identity_id = p.identity_id FROM vehicle_owners p WHERE p.vehicle_id <> o.vehicle_id`,
		"another key's number":   `UPDATE owner_identities SET name_enc = set_byte(name_enc, 2, 9), id_enc = set_byte(id_enc, 2, 9)`,
		"another hash":           `UPDATE vehicle_owners SET id_hash = sha256('x')`,
		"a person for a company": `UPDATE vehicle_owners SET kind = 'legal'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.register(vinB)
			d.owns(vinA, "2016-05-01", person(idA))
			d.owns(vinB, "2016-05-01", person(idB))
			d.wantDisclosed(vinA, "", "person "+idA+"   علی‌رضا  موسوی  2016-05-01 -")
			d.write(sabotage)
			got, err := d.disclose(vinA, "")
			if err == nil || got != (vehicles.Disclosure{}) || fault.Of(err) != nil || !errors.Is(err, privacy.ErrTampered) && !errors.Is(err, privacy.ErrKeyMissing) {
				t.Errorf("%+v, %v", got.Kind, err)
			}
			if strings.Contains(err.Error(), idA) || strings.Contains(err.Error(), idB) {
				t.Errorf("the error tells the ID: %v", err)
			}
		})
	}
}

// TestIdentitiesFollowTheirPeriods corrects a day and a value, merges, and reads the clear owner of each period afterwards.
func TestIdentitiesFollowTheirPeriods(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	twin := d.register(vinB)
	d.owns(vinB, "2016-05-01", person(idA))
	d.owns(vinB, "2017-05-01", person(idB))
	d.ok(d.registry.CorrectEntry(d.context(), scope.Platform().NamingVIN(vinB), vehicles.Correction{History: vehicles.OwnerHistory, Entry: day("2017-05-01"), From: day("2017-06-01"), Reason: "the deed"}))
	d.ok(d.registry.CorrectEntry(d.context(), scope.Platform().NamingVIN(vinB), vehicles.Correction{History: vehicles.OwnerHistory, Entry: day("2016-05-01"), To: day("2017-06-01"), Owner: person(idC), Reason: "the deed"}))
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), vehicles.Merge{Keep: d.id(vinA), Duplicate: twin, Reason: "one car", Gap: "x"}))
	for _, vin := range []string{vinA, vinB} {
		d.wantDisclosed(vin, "2016-05-01", "person "+idC+"   علی‌رضا  موسوی  2016-05-01 2017-06-01")
		d.wantDisclosed(vin, "2017-06-01", "person "+idB+"   علی‌رضا  موسوی  2017-06-01 -")
	}
	superseded := d.read(vinA).Superseded
	at := slices.IndexFunc(superseded, func(s vehicles.Superseded) bool {
		return s.Cause == "corrected" && s.Was.Owner.ID != s.Now.Owner.ID
	})
	if at < 0 || superseded[at].Was.Owner.Identity == uuid.Nil || superseded[at].Was.Owner.Identity == superseded[at].Now.Owner.Identity {
		t.Errorf("superseded %+v", superseded)
	}
}

func TestFindByOwner(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.register(vinB)
	d.register(vinC)
	d.owns(vinA, "2016-05-01", person(idA))
	d.owns(vinA, "2017-05-01", person(idB))
	d.owns(vinB, "2016-05-01", person(idA))
	d.owns(vinC, "2016-05-01", company(t, "شرکت نمونه"))
	find := func(o vehicles.OwnerKey) (found []string) {
		t.Helper()
		page, more, err := d.registry.FindByOwner(d.context(), scope.Platform(), o, uuid.Nil, "heirs")
		if err != nil || more {
			t.Fatalf("%v, more %t", err, more)
		}
		for _, v := range page {
			found = append(found, v.VIN.String()+" "+v.From.Format(time.DateOnly)+" "+end(v.To))
		}
		slices.Sort(found)
		return found
	}
	want := []string{vinA + " 2016-05-01 2017-05-01", vinB + " 2016-05-01 -"}
	slices.Sort(want)
	same(t, "person", find(personID(idA)), want)
	same(t, "company", find(vehicles.LegalPersonID(identifiers.LegalID(companyID))), []string{vinC + " 2016-05-01 -"})
	same(t, "nobody", find(personID(idC)), nil)
	same(t, "found", d.strings(`SELECT count(*)::text FROM audit_log WHERE action = 'vehicle.found_by_owner' AND purpose = 'heirs'`), []string{"3"})
	same(t, "searched", d.strings(`SELECT count(*)::text FROM audit_log WHERE action = 'owner.searched' AND purpose = 'heirs'`), []string{"3"})
	for code, use := range map[string]func() error{
		"registry_scope": func() error {
			_, _, err := d.registry.FindByOwner(d.context(), scope.Municipality(1), personID(idA), uuid.Nil, "x")
			return err
		},
		"reason_missing": func() error {
			_, _, err := d.registry.FindByOwner(d.context(), scope.Platform(), personID(idA), uuid.Nil, "")
			return err
		},
	} {
		if f := fault.Of(use()); f == nil || f.Code != code {
			t.Errorf("%v, want %s", f, code)
		}
	}
}

// TestPagesOfAnOwnerMeet gives somebody more vehicles than a page holds, one of them twice.
func TestPagesOfAnOwnerMeet(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.write(`INSERT INTO vehicles (id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered)
	  SELECT gen_random_uuid(), 'NAS' || lpad(i::text, 14, '0'), 'passenger_car', 'private', 'petrol', 'domestic', 4, 'pride-131', 1393, '2015-01-01' FROM generate_series(1, 130) i`)
	d.owns(vinA, "2016-05-01", person(idA))
	d.write(`INSERT INTO vehicle_owners (vehicle_id, valid_from, valid_to, kind, id_hash, id_masked, name_masked) SELECT v.id, f.day, f.day + 1, o.kind, o.id_hash, o.id_masked, o.name_masked
	  FROM vehicles v, vehicle_owners o, (VALUES (date '2016-01-01'), ('2017-01-01')) f (day) WHERE v.vin LIKE 'NAS00%'`)
	seen := map[uuid.UUID]int{}
	after := uuid.Nil
	for {
		page, more, err := d.registry.FindByOwner(d.context(), scope.Platform(), personID(idA), after, "heirs")
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page {
			seen[v.VehicleID]++
			after = v.VehicleID
		}
		if !more {
			break
		}
	}
	twice := 0
	for _, n := range seen {
		twice += n - 1
	}
	if len(seen) != 131 || twice != 130 {
		t.Errorf("%d vehicles, %d periods more", len(seen), twice)
	}
	same(t, "on record", d.strings(`SELECT count(*)::text FROM audit_log WHERE action = 'vehicle.found_by_owner'`), []string{"131"})
}

func TestWhoLooked(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	office, clerk := uuid.New(), uuid.New()
	d.write(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES ('` + office.String() + `', 2, 'دفتر یک', 'L-1', '2020-01-01')`)
	d.write(`INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES ('` + clerk.String() + `', '` + office.String() + `', 'clerk', 'x', 'کارمند یک', 'office_clerk')`)
	asClerk := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: clerk})
	d.register(vinB)
	d.read(vinB)
	_, err := d.registry.Read(asClerk, scope.Office(office).NamingVIN(vinA), "settlement")
	d.ok(err)
	_, err = d.registry.Read(d.context(), scope.Municipality(1).NamingVIN(vinA), "complaint 9")
	d.ok(err)
	d.ok(d.registry.MoveResidence(d.context(), d.a(), vehicles.Move{Day: day("2022-01-01"), Residence: 2})) // a change is no look
	twin := d.register(vinC)
	_, err = d.registry.Read(d.context(), scope.Platform().NamingVIN(vinC), "under the other VIN")
	d.ok(err)
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), vehicles.Merge{Keep: d.id(vinA), Duplicate: twin, Reason: "one car"}))
	lines := func(names bool) (out []string) {
		t.Helper()
		vehicle, page, more, err := d.registry.WhoLooked(d.context(), d.a(), vehicles.Question{Purpose: "complaint of the owner", Names: names, Limit: 50})
		if err != nil || more || vehicle != d.id(vinA) {
			t.Fatalf("%s, %v, more %t", vehicle, err, more)
		}
		for _, l := range page {
			who := "-"
			if l.Who != nil {
				who = l.Who.ID.String() + l.Who.Name
			}
			out = append(out, strings.Join([]string{l.Action, l.Purpose, l.By.Kind, l.By.OfficeName, fmt.Sprint(l.By.MunicipalityID, l.By.OfficeID == office), who}, "|"))
		}
		return out
	}
	want := []string{"vehicle.read|under the other VIN|platform||0 false|-", "vehicle.read|complaint 9|municipality||1 false|-",
		"vehicle.read|settlement|office|دفتر یک|2 true|" + clerk.String() + "کارمند یک"}
	same(t, "with names", lines(true), want)
	// The first question is a look by now, too; nobody is named.
	nameless := []string{"vehicle.looks_read|complaint of the owner|platform||0 false|-", want[0], want[1], "vehicle.read|settlement|office||2 false|-"}
	same(t, "without names", lines(false), nameless)
	for code, use := range map[string]struct {
		in scope.Scope
		q  vehicles.Question
	}{
		"registry_scope":             {scope.Municipality(1).NamingVIN(vinA), vehicles.Question{Purpose: "x", Limit: 1}},
		"reason_missing":             {d.a(), vehicles.Question{Limit: 1}},
		"registered_vehicle_unknown": {scope.Platform().NamingVIN("NAAM01CA0ER999999"), vehicles.Question{Purpose: "x", Limit: 1}},
	} {
		if _, _, _, err := d.registry.WhoLooked(d.context(), use.in, use.q); fault.Of(err) == nil || fault.Of(err).Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	var after *audit.Key
	total := 0
	for {
		_, page, more, err := d.registry.WhoLooked(d.context(), d.a(), vehicles.Question{Purpose: "pages", Limit: 2, After: after})
		d.ok(err)
		total += len(page)
		if !more {
			break
		}
		key := page[len(page)-1].Key()
		after = &key
	}
	if total != 5 { // the readings and two questions; the questions of this loop are newer than its first page
		t.Errorf("%d looks on all pages", total)
	}
}

// TestRotationBesideWriters changes the key while owners are written under both keys and read, ends a rotation halfway, and begins it again: everybody's identity
// opens all the time, and in the end no row is under an old key.
func TestRotationBesideWriters(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const cars = 12
	for i := range cars {
		d.register(fmt.Sprintf("NAR%014d", i))
	}
	vin := func(i int) string { return fmt.Sprintf("NAR%014d", i%cars) }
	for i := range cars {
		d.owns(vin(i), "2016-01-01", person(idA))
	}
	d.write(`INSERT INTO owner_identities SELECT gen_random_uuid(), name_enc, id_enc, recorded_at FROM owner_identities LIMIT 1`) // opens nowhere: it is bound to another row
	broken := d.strings(`SELECT id::text FROM owner_identities i WHERE NOT EXISTS (SELECT FROM vehicle_owners o WHERE o.identity_id = i.id)`)[0]
	ring := d.keys.Ring(t)
	service := privacy.NewService(d.run, ring, vehicles.OwnerIdentities)
	d.keys.Add(2)

	var beside sync.WaitGroup
	stop := make(chan struct{})
	beside.Go(func() { // this registry seals under key 1 until it meets an envelope of key 2
		for i := 0; i < cars; i++ {
			d.owns(vin(i), "2018-01-01", person(idB))
			d.wantDisclosed(vin(i), "2016-01-01", "person "+idA+"   علی‌رضا  موسوی  2016-01-01 2018-01-01")
		}
		close(stop)
	})
	cancelled, cancel := context.WithCancel(d.context())
	_, err := service.Rotate(cancelled, func(int) { cancel() })
	if err == nil {
		t.Log("the whole rotation was one batch")
	}
	var others sync.WaitGroup
	for range 2 {
		others.Go(func() {
			for {
				if _, err := service.Rotate(d.context(), func(int) {}); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	beside.Wait()
	others.Wait()
	done, err := service.Rotate(d.context(), func(int) {})
	d.ok(err)
	if len(done.Broken) != 1 || !strings.Contains(done.Broken[0], broken) || !strings.Contains(done.Broken[0], "changed or moved") {
		t.Errorf("broken %q", done.Broken)
	}
	counts, err := service.Status(d.context())
	d.ok(err)
	if len(counts) != 2 || counts[0] != (privacy.Count{Table: "owner_identities", Family: privacy.Seals, Key: 1, Rows: 1, Held: true}) ||
		counts[1] != (privacy.Count{Table: "owner_identities", Family: privacy.Seals, Key: 2, Rows: 2 * cars, Held: true, Newest: true}) {
		t.Errorf("%+v", counts)
	}
	d.keys.Remove(1)
	fresh := vehicles.NewRegistry(d.run, d.keys.Ring(t), vehicles.Days{Today: func(time.Time) time.Time { return today }, FiscalYear: fiscalYear})
	for i := range cars {
		for entry, id := range map[string]string{"2016-01-01": idA, "2018-01-01": idB} {
			got, err := fresh.DiscloseOwner(d.context(), scope.Platform().NamingVIN(vin(i)), day(entry), "x")
			if err != nil || got.ID != id {
				t.Errorf("%s from %s: %v", vin(i), entry, err)
			}
		}
	}
	if n := d.strings(`SELECT count(*)::text FROM audit_log WHERE action = 'privacy.rotated'`)[0]; n == "0" {
		t.Error("no rotation is on record")
	}
}

// TestIdentitiesAreThePlatforms reads and writes the table in every other scope.
func TestIdentitiesAreThePlatforms(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.owns(vinA, "2016-05-01", person(idA))
	for _, in := range []scope.Scope{scope.Public(""), scope.Municipality(1), scope.Office(uuid.New()).NamingVIN(vinA)} {
		err := d.run.InTx(d.context(), in, func(tx *scope.Tx) error {
			var n int
			if err := tx.DB.Raw(`SELECT count(*) FROM owner_identities`).Row().Scan(&n); err != nil || n != 0 {
				t.Errorf("%s sees %d identities, %v", in, n, err)
			}
			return tx.DB.Exec(`INSERT INTO owner_identities VALUES (gen_random_uuid(), decode(repeat('01', 40), 'hex'), decode(repeat('01', 40), 'hex'), now())`).Error
		})
		if err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s writes an identity: %v", in, err)
		}
	}
	for _, statement := range []string{`DELETE FROM owner_identities`, `UPDATE owner_identities SET id = gen_random_uuid()`} {
		if _, err := pgtest.Open(t, d.db.AppURL).ExecContext(t.Context(), statement); err == nil {
			t.Errorf("the program may %s", statement)
		}
	}
}
