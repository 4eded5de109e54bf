package payments

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/jobs"
	"mofasa/tenants/scope"
)

// An operator who looks at an unfinished payment makes the provider be asked at once, at most every LookEvery, by all lookers of all processes together. They wait for
// the answer no longer than LookWait and see what is stored then; the question itself goes on.
const (
	LookEvery = 2 * time.Second
	LookWait  = 2 * time.Second
)

// Look asks the provider about a payment that somebody looks at, if it is unfinished, and gives it as it stands after that. It never fails: without an answer the
// payment is as it was.
func (s *Service) Look(ctx context.Context, p Payment) Payment {
	if p.State.Final() || p.Method != ByGateway || p.Token == "" {
		return p
	}
	asked := s.looks.DoChan(p.ID.String(), func() (any, error) {
		detached, cancel := detach(ctx)
		defer cancel()
		return s.lookOnce(detached, p)
	})
	patience := time.NewTimer(LookWait)
	defer patience.Stop()
	select {
	case answer := <-asked:
		if answer.Err != nil {
			s.log.WarnContext(ctx, "look at a payment", "payment", p.ID, "error", answer.Err)
			return p
		}
		return answer.Val.(Payment)
	case <-patience.C:
	case <-ctx.Done():
	}
	return p
}

// lookOnce asks unless somebody has just asked. A panic must not reach the goroutine of the shared flight, which would end the process.
func (s *Service) lookOnce(ctx context.Context, p Payment) (found Payment, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
		}
	}()
	ask := false
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		if ask, err = mayAsk(tx, p.ID); err != nil || ask {
			return err
		}
		found, err = load(tx, p.ID, false)
		return err
	})
	if err != nil || !ask {
		return found, err
	}
	return s.Resolve(ctx, p.ID)
}

// lookAtAll looks at every payment of a list. Only one of an order's attempts is ever unfinished.
func (s *Service) lookAtAll(ctx context.Context, list []Payment) []Payment {
	for i := range list {
		list[i] = s.Look(ctx, list[i])
	}
	return list
}

// Stuck is what waits for a provider's word, for people, or for a worker.
type Stuck struct {
	Unknown        int64         // payments of which nobody knows
	OldestUnknown  time.Duration // since the oldest of them was begun
	Suspense       int64         // open items of the suspense desk
	OldestSuspense time.Duration // since the oldest of them was opened
	SuspenseRial   int64         // what stands in the suspense account for them
	Jobs           []jobs.Waiting
}

// Stuck counts them, over all offices.
func (s *Service) Stuck(ctx context.Context) (found Stuck, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		if found, err = stuck(tx); err != nil {
			return err
		}
		found.Jobs, err = jobs.Backlog(tx)
		return err
	})
	return found, err
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// Page is what the payer's browser must post to a provider's page, for a payment that can still be paid there: the page with the fields of the form as its query. ""
// where there is none.
func (s *Service) Page(ctx context.Context, payment uuid.UUID) (form string, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		form, err = pageForm(tx, payment)
		return err
	})
	return form, err
}
