package impact_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/impact"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// hold keeps every run from reading the fleet until it is released.
func (d desk) hold() (release func()) {
	d.t.Helper()
	tx, err := pgtest.Open(d.t, d.db.OwnerURL).Begin()
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := tx.Exec(`LOCK TABLE vehicle_retirements`); err != nil {
		d.t.Fatal(err)
	}
	return func() { _ = tx.Rollback() }
}

// begin runs the next preview beside the test.
func (d desk) begin(ctx context.Context) (ended chan error) {
	ended = make(chan error, 1)
	go func() {
		ran, err := d.RunNext(ctx)
		if !ran && err == nil {
			d.t.Error("nothing was queued")
		}
		ended <- err
	}()
	return ended
}

// until waits for something to become true of a preview.
func (d desk) until(id uuid.UUID, what string, true func(impact.Preview) bool) impact.Preview {
	d.t.Helper()
	for range 200 {
		if p := d.find(id); true(p) {
			return p
		}
		time.Sleep(50 * time.Millisecond)
	}
	d.t.Fatalf("the preview never %s: %+v", what, d.find(id))
	return impact.Preview{}
}

func (d desk) queued() uuid.UUID {
	d.t.Helper()
	return d.request(scope.Platform(), d.draft(scope.Platform(), nextVersion(d.t, 1404, "1405/02/01", doubled)))
}

func running(p impact.Preview) bool { return p.State == impact.Running }

func TestCancelling(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	waiting, id := d.queued(), uuid.Nil
	if err := d.Cancel(d.ctx, scope.Platform(), waiting); err != nil {
		t.Fatal(err)
	}
	if p := d.find(waiting); p.State != impact.Cancelled || p.FinishedAt.IsZero() || p.Report != nil {
		t.Errorf("one that waited: %+v", p)
	}
	if err := d.Cancel(d.ctx, scope.Platform(), waiting); code(err) != "preview_finished" {
		t.Errorf("twice: %v", err)
	}
	if err := d.Cancel(d.ctx, scope.Platform(), uuid.New()); code(err) != "preview_unknown" {
		t.Errorf("an unknown one: %v", err)
	}

	id = d.queued()
	release := d.hold()
	defer release()
	ended := d.begin(d.ctx)
	d.until(id, "ran", running)
	asked := time.Now()
	if err := d.Cancel(d.ctx, scope.Platform(), id); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil || time.Since(asked) > 5*time.Second {
		t.Errorf("ended after %v: %v", time.Since(asked), err)
	}
	if p := d.find(id); p.State != impact.Cancelled || p.FinishedAt.IsZero() || p.Report != nil || p.Failure != "" {
		t.Errorf("one that ran: %+v", p)
	}
}

// A process that is told to end leaves its preview to the next one.
func TestAnEndingProcessQueuesItsPreview(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.queued()
	release := d.hold()
	ctx, stop := context.WithCancel(d.ctx)
	ended := d.begin(ctx)
	d.until(id, "ran", running)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if p := d.find(id); p.State != impact.Queued || p.Report != nil || !p.FinishedAt.IsZero() {
		t.Errorf("%+v", p)
	}
	release()
	d.runNext()
	d.done(id)
}

// A process that dies says nothing; after SilentFor another takes over.
func TestASilentRunIsTakenOver(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.queued()
	d.exec(scope.Platform(), `UPDATE tariff_previews SET state = 'running', heartbeat_at = ?`, today.Add(-impact.SilentFor+5*time.Second))
	if ran, err := d.RunNext(d.ctx); ran || err != nil {
		t.Fatalf("a run that was heard of lately was taken over: %v, %v", ran, err)
	}
	late := deskAt(t, d.url, today.Add(6*time.Second))
	late.runNext()
	d.done(id)
}

// Who was taken for dead, and is not, overwrites nothing.
func TestALostClaimStoresNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.queued()
	release := d.hold()
	ended := d.begin(d.ctx)
	d.until(id, "ran", running)
	late := deskAt(t, d.url, today.Add(impact.SilentFor+5*time.Second))
	lateEnded := late.begin(late.ctx)
	if err := <-ended; err != nil {
		t.Errorf("the first: %v", err)
	}
	if p := d.find(id); p.State != impact.Running || p.Report != nil {
		t.Errorf("the first, which had lost it, stored something: %+v", p)
	}
	release()
	if err := <-lateEnded; err != nil {
		t.Errorf("the second: %v", err)
	}
	d.done(id)
}

func TestARunTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.queued()
	release := d.hold()
	ended := d.begin(d.ctx)
	d.until(id, "told its total", func(p impact.Preview) bool { return p.VehiclesTotal == fleetSize-1 })
	release()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	d.done(id)
}

// A database that fails in the middle fails the preview with a code, and stores no half report.
func TestAFailingRun(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.queued()
	if _, err := pgtest.Open(t, d.db.OwnerURL).Exec(`ALTER TABLE vehicle_retirements RENAME TO gone`); err != nil {
		t.Fatal(err)
	}
	d.runNext()
	if p := d.find(id); p.State != impact.Failed || p.Failure != "internal" || p.Report != nil || p.FinishedAt.IsZero() {
		t.Errorf("%+v", p)
	}
}

func TestWorkersRunWhatComes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx, stop := context.WithCancel(d.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.RunPreviews(ctx, 20*time.Millisecond)
	}()
	for range 2 {
		id := d.queued()
		d.until(id, "was done", func(p impact.Preview) bool { return p.State == impact.Done })
	}
	stop()
	<-ended
}
