package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/payments"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// A stream shows every streamBeat that it lives, and whether its reader may still read is asked as often. One person has streamsEach of them at a process; a portal shows
// one page at a time, and asks again without a stream where it gets none.
const (
	streamBeat  = 15 * time.Second
	streamsEach = 12
)

const eventStream = "text/event-stream"

var errStreams = fault.Define(fault.RateLimited, "too_many_streams",
	"این کاربر هم‌زمان صفحه‌های زیادی باز دارد؛ چند صفحه را ببندید.", "This person has too many live pages open; close some.").Retry(2 * streamBeat)

// streams counts the live streams of each person at this process.
type streams struct {
	mu   sync.Mutex
	open map[uuid.UUID]int
}

func (l *streams) enter(who uuid.UUID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[who] >= streamsEach {
		return errStreams
	}
	l.open[who]++
	return nil
}

func (l *streams) leave(who uuid.UUID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[who]--; l.open[who] <= 0 {
		delete(l.open, who)
	}
}

// WatchOrder tells whenever an order has changed (Server-Sent Events, HTML standard §9.2), until its reader goes or may not read it any more.
func (s *server) WatchOrder(ctx context.Context, r gen.WatchOrderRequestObject) (gen.WatchOrderResponseObject, error) {
	if _, err := s.Bills.Order(ctx, officeOf(ctx), r.OrderId); err != nil {
		return nil, err
	}
	actor, _ := scope.ActorOf(ctx)
	if err := s.streams.enter(actor.ID); err != nil {
		return nil, err
	}
	news, leave := s.Watch.Join(r.OrderId)
	return orderStream{server: s, ctx: ctx, news: news, leave: func() { leave(); s.streams.leave(actor.ID) }}, nil
}

type orderStream struct {
	*server
	ctx   context.Context
	news  <-chan payments.Standing
	leave func()
}

// VisitWatchOrderResponse writes the events. A write that fails ends it: the reader is gone.
func (o orderStream) VisitWatchOrderResponse(w http.ResponseWriter) error {
	defer o.leave()
	h := w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")                                                   // a proxy that collects answers would deliver them late
	if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil { // the server's own would end the request
		return fmt.Errorf("stream of an order: %w", err)
	}
	if o.write(w, ": watching\n\n") != nil {
		return nil
	}
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	gone := lifeOf(o.ctx).Done()
	for {
		said := ": alive\n\n"
		select {
		case now, more := <-o.news:
			if !more {
				return nil
			}
			body, err := json.Marshal(map[string]string{"state": string(now.State), "version": now.Version})
			if err != nil {
				return fmt.Errorf("event of an order: %w", err)
			}
			said = fmt.Sprintf("event: order\ndata: %s\n\n", body)
		case <-beat.C:
			if !o.mayRead() {
				return nil
			}
		case <-gone:
			return nil
		}
		if o.write(w, said) != nil {
			return nil
		}
	}
}

// write sends at once, and gives a reader who does not take it two beats.
func (o orderStream) write(w http.ResponseWriter, said string) error {
	stream := http.NewResponseController(w)
	if err := stream.SetWriteDeadline(o.Clock().Add(2 * streamBeat)); err != nil {
		return err
	}
	if _, err := fmt.Fprint(w, said); err != nil {
		return err
	}
	return stream.Flush()
}

// mayRead asks again what the door asked at the beginning: the token may have run out, its session have ended, its person be locked or do other work now.
func (o orderStream) mayRead() bool {
	life, cancel := context.WithTimeout(context.WithoutCancel(o.ctx), streamBeat)
	defer cancel()
	claims, err := o.Identity.Authenticate(tokenOf(o.ctx))
	if err != nil {
		return false
	}
	person, err := o.Identity.Load(life, claims)
	return err == nil && permits(person, operationOf(o.ctx)) == nil
}
