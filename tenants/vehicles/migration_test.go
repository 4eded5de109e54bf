package vehicles_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/privacy"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// unnumbered is the last schema whose owners had neither a mobile number nor the number of their index's key.
const unnumbered = 16

// TestOwnersOfBeforeGoOn migrates a database that has owners: they are found under the first key, and need no number; what was superseded keeps no hash of an ID that is
// sealed elsewhere.
func TestOwnersOfBeforeGoOn(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, pgtest.Open(t, db.OwnerURL), os.DirFS("../../migrations/sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), unnumbered); err != nil {
		t.Fatal(err)
	}
	gormDB, pool, err := scope.Open(db.AppURL, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	f := &fixture{t: t, db: db, owner: pool, run: scope.NewRunner(gormDB, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })}
	d := &desk{fixture: f, keys: privacytest.NewKeys()}
	ring := d.keys.Ring(t)
	identity, vehicle := uuid.New(), d.register(vinA)
	hash := ring.Blind("owner person", idA)
	err = f.run.InTx(f.context(), scope.Platform(), func(tx *scope.Tx) error {
		place := vehicles.OwnerIdentities
		return tx.DB.Exec(`WITH i AS (INSERT INTO owner_identities (id, name_enc, id_enc, recorded_at) VALUES (@i, @name, @number, now()) RETURNING id),
		  c AS (INSERT INTO vehicle_corrections (id, vehicle_id, history, cause, superseded, replacement, reason, recorded_at, actor_kind) SELECT gen_random_uuid(), @v, 'owner', 'corrected',
		    jsonb_build_object('valid_from', '2016-01-01', 'kind', 'person', 'id_hash', 'aa', 'id_masked', '*******899', 'name_masked', 'x***', 'identity_id', CAST(@i AS text)),
		    '{"valid_from": "2016-01-01", "kind": "person", "id_hash": "bb", "id_masked": "*******899", "name_masked": "x***"}', 'x', now(), 'system')
		  INSERT INTO vehicle_owners (vehicle_id, valid_from, kind, id_hash, id_masked, name_masked, identity_id) SELECT @v, '2016-01-01', 'person', @hash, '*******899', 'ع***', id FROM i`,
			map[string]any{"i": identity, "v": vehicle, "hash": hash, "name": must(ring.Seal(at(place.Name, "name_enc", identity), "علی")), "number": must(ring.Seal(at(place.Name, "id_enc", identity), idA))}).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Apply(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	d.registry = d.another()
	same(t, "found", d.find(personID(idA)), []string{vinA + " 2016-01-01 -"})
	d.wantDisclosed(vinA, "", "person "+idA+" علی 2016-01-01 -")
	d.keys.AddIndex(2)
	same(t, "found beside a second key", d.findWith(d.another(), personID(idA)), []string{vinA + " 2016-01-01 -"})
	got := d.strings(`SELECT superseded::text || replacement::text FROM vehicle_corrections`)[0]
	if strings.Contains(got, `"id_hash": "aa"`) || !strings.Contains(got, `"id_hash": "bb"`) || !strings.Contains(got, identity.String()) {
		t.Errorf("superseded %s", got)
	}
}

func at(table, column string, row uuid.UUID) privacy.Place {
	return privacy.Place{Table: table, Column: column, Row: row.String()}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
