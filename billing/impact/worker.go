package impact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

const (
	// SilentFor is how long a run may be silent before another takes its preview over.
	SilentFor = 30 * time.Second
	// beatEvery is how often a run tells how far it is and looks whether it shall end.
	beatEvery = time.Second
)

// errCancelled says that somebody wanted the run to end.
var errCancelled = errors.New("impact: cancelled")

// RunPreviews runs previews as they come, one at a time, until ctx ends. It runs in as many processes as wanted; one process runs it once.
func (s *Service) RunPreviews(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		ran, err := s.RunNext(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "preview", "error", err)
		}
		if ran && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// RunNext runs the preview that has waited longest, if there is one, to its end: done, cancelled or failed is stored, and nothing by halves. Where ctx ends first,
// the preview waits for the next runner. An error is one of the machinery; a preview that fails for its drafts is none.
func (s *Service) RunNext(ctx context.Context) (bool, error) { return s.runOne(ctx, uuid.Nil) }

// Run is RunNext for one preview: false where it does not wait, because it is finished or runs elsewhere.
func (s *Service) Run(ctx context.Context, id uuid.UUID) (bool, error) { return s.runOne(ctx, id) }

func (s *Service) runOne(ctx context.Context, only uuid.UUID) (bool, error) {
	var c *claim
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		c, err = takeNext(tx, only)
		return err
	})
	if err != nil || c == nil {
		return false, err
	}
	if c.CancelRequested {
		return true, nil
	}
	return true, s.finish(ctx, c)
}

// finish runs a claimed preview and stores how it ended.
func (s *Service) finish(ctx context.Context, c *claim) error {
	var far progress
	running, stop := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		s.keepBeating(running, c, &far, stop)
	}()
	report, err := s.compute(running, c, &far)
	stop(nil)
	<-beating
	e := ending{state: Done, report: report}
	switch {
	case errors.Is(err, errLost):
		s.log.WarnContext(ctx, "another process has taken the preview over", "preview", c.ID)
		return nil
	case errors.Is(err, errCancelled):
		e = ending{state: Cancelled}
	case err != nil && ctx.Err() != nil:
		e = ending{state: Queued}
	case err != nil:
		e = failed(err)
		s.log.ErrorContext(ctx, "preview failed", "preview", c.ID, "error", err)
	}
	if e.done, e.total = far.done.Load(), far.total.Load(); e.state == Done {
		e.total = e.done
	}
	return s.store(ctx, c, e)
}

// storeWithin bounds the last write of a run, which also a run that is told to end makes.
const storeWithin = 10 * time.Second

func (s *Service) store(ctx context.Context, c *claim, e ending) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return c.end(tx, e) })
	if errors.Is(err, errLost) {
		s.log.WarnContext(ctx, "another process has taken the preview over", "preview", c.ID)
		return nil
	}
	return err
}

// progress is how far a run is.
type progress struct{ done, total atomic.Int64 }

// keepBeating tells how far the run is until it ends, and ends it where somebody wants that or has taken it over. A heartbeat that cannot be written is tried again:
// whoever takes the preview over meanwhile changes it, and then this run is told so.
func (s *Service) keepBeating(ctx context.Context, c *claim, far *progress, stop context.CancelCauseFunc) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return c.beat(tx, far.done.Load(), far.total.Load()) })
		switch {
		case errors.Is(err, errLost):
			stop(errLost)
		case err != nil && ctx.Err() == nil:
			s.log.WarnContext(ctx, "heartbeat of a preview", "preview", c.ID, "error", err)
		case err == nil:
			c.beats = c.beats[len(c.beats)-1:]
			if c.CancelRequested {
				stop(errCancelled)
			}
		}
	}
}

// compute reads the fleet in the preview's own scope, all of it as it is at one moment, and compares.
func (s *Service) compute(ctx context.Context, c *claim, far *progress) (report *Report, err error) {
	err = s.tx.InSnapshot(ctx, c.scope(), func(tx *scope.SnapshotTx) error {
		plan, err := planOf(tx.Tx, c)
		if err != nil {
			return err
		}
		valuations, err := loadValuations(tx.Tx, plan.window)
		if err != nil {
			return err
		}
		names, err := loadMunicipalities(tx.Tx)
		if err != nil {
			return err
		}
		total, err := countFleet(tx.Tx, plan.city)
		if err != nil {
			return err
		}
		far.total.Store(total)
		if err := planFleet(tx.Tx, plan); err != nil {
			return err
		}
		tally, err := run(ctx, plan, func() *rows { return newRows(valuations, plan.on) }, &far.done, func(w io.Writer) error {
			_, err := tx.CopyTo(w, fleetQuery(plan))
			return err
		})
		if err != nil {
			return err
		}
		r := tally.Report(names)
		report = &r
		return nil
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause // of whatever followed from it
	}
	return report, err
}

// planOf reads the drafts of the request. One that was revised, published or withdrawn since is not what was asked about.
func planOf(tx *scope.Tx, c *claim) (*Plan, error) {
	asked, err := c.drafts()
	if err != nil {
		return nil, fmt.Errorf("drafts of the preview: %w", err)
	}
	ids := make([]uuid.UUID, len(asked))
	for i, d := range asked {
		ids[i] = d.ID
	}
	found, err := loadDrafts(tx, ids)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(revisions(found), asked) {
		return nil, errRevised
	}
	return newPlan(tx, found, c.Threshold)
}
