package audit_test

import (
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// unsealed is the last schema whose audit log had no chain.
const unsealed = 10

// TestAnOldLogJoinsTheChain migrates a database that already has entries, and seals them with those that come later.
func TestAnOldLogJoinsTheChain(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, pgtest.Open(t, db.OwnerURL), os.DirFS("../../migrations/sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), unsealed); err != nil {
		t.Fatal(err)
	}
	gormDB, pool, err := scope.Open(db.AppURL, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	run := scope.NewRunner(gormDB, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	l := log{Service: audit.NewService(run, slog.New(slog.NewTextHandler(io.Discard, nil))), t: t, db: db, run: run}
	err = run.InTx(l.context(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO audit_log (id, at, owner, actor_kind, action, target_kind, target_id) SELECT gen_random_uuid(), now(), 'platform', 'system', 'old', 'test', i::text FROM generate_series(1, 20) i`).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Apply(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	l.writeMany(3)
	head := l.sealAll()
	if rule, where := l.verify(head); rule != "" || head.Sequence != 23 {
		t.Errorf("%d sealed, %s, %s", head.Sequence, rule, where)
	}
	if last := l.texts(`SELECT a.action FROM audit_seals s JOIN audit_log a ON a.id = s.audit_id WHERE s.sequence > 20 ORDER BY s.sequence`); len(last) != 3 || last[0] != "test.00" {
		t.Errorf("the newest are %q", last)
	}
}
