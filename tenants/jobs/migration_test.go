package jobs_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/jobs"
	"mofasa/tenants/scope"
)

// unqueued is a schema whose payments were their own schedule.
const unqueued = 20

// check is the job of a payment, as payments enqueue it.
type check struct {
	Payment uuid.UUID `json:"payment"`
}

func (check) Kind() string { return "payment_check" }

// TestOpenPaymentsGetTheirJobs migrates a database with payments in every state: whoever is not at its end has one job, and never gets a second one.
func TestOpenPaymentsGetTheirJobs(t *testing.T) {
	t.Parallel()
	g := &ground{db: pgtest.Empty(t), ctx: scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})}
	provider, err := goose.NewProvider(goose.DialectPostgres, pgtest.Open(t, g.db.OwnerURL), os.DirFS("../../migrations/sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), unqueued); err != nil {
		t.Fatal(err)
	}
	db, pool, err := scope.Open(g.db.AppURL, 5)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	g.Runner = scope.NewRunner(db, time.Now, uuid.New)
	g.exec(t, `INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix) VALUES (1, 'a', 'a', 'a', 'a', 'a', 1, 1)`)
	g.exec(t, `INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES ('11111111-1111-1111-1111-111111111111', 1, 'x', '1', '2020-01-01')`)
	payments := map[string]uuid.UUID{}
	for _, state := range []string{"created", "sent", "unknown", "confirmed", "captured", "failed", "suspense"} {
		payments[state] = uuid.New()
		if err := g.InTx(g.ctx, scope.Platform(), func(tx *scope.Tx) error {
			return tx.DB.Exec(`INSERT INTO payments (id, office_id, method, provider, terminal, merchant_ref, amount_rial, state, created_at, expires_at, captured_at)
			  SELECT ?, id, 'gateway', 'sep', '1', ?, 1000, ?, now(), now(), CASE WHEN ? = 'captured' THEN now() END FROM offices`, payments[state], state, state, state).Error
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := migrations.Apply(t.Context(), g.db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"created", "sent", "unknown", "confirmed", "captured", "failed", "suspense"} {
		jobsOf := func() (n int) {
			if err := g.InTx(g.ctx, scope.Platform(), func(tx *scope.Tx) error {
				return tx.DB.Raw(`SELECT count(*) FROM river_job WHERE kind = 'payment_check' AND args = jsonb_build_object('payment', CAST(? AS uuid)) AND state IN ('available','scheduled') AND scheduled_at <= now()`,
					payments[state]).Row().Scan(&n)
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		want := 1
		if state == "captured" || state == "failed" || state == "suspense" {
			want = 0
		}
		if got := jobsOf(); got != want {
			t.Errorf("%s has %d jobs", state, got)
		}
		if want == 0 {
			continue
		}
		if err := g.InTx(g.ctx, scope.Platform(), func(tx *scope.Tx) error { return jobs.Insert(tx, check{payments[state]}, tx.Now) }); err != nil {
			t.Fatal(err)
		}
		if got := jobsOf(); got != 1 {
			t.Errorf("%s has %d jobs after another was enqueued", state, got)
		}
	}
}
