package loopback

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"mofasa/cmd/posagent/internal/sales"
)

func (d *Door) status(*http.Request) (any, error) {
	return struct {
		Identity
		sales.Summary
	}{d.Identity, d.Desk.Status()}, nil
}

// start takes the order as the server signed it: nothing in the body but the signed word says what is to be paid.
func (d *Door) start(r *http.Request) (any, error) {
	var body struct {
		Order string `json:"order"`
	}
	if err := read(r, &body); err != nil {
		return nil, err
	}
	return d.Desk.Start(d.Life, body.Order)
}

func (d *Door) get(r *http.Request) (any, error) { return d.Desk.Get(payment(r)) }

// recover takes the server's order, too, if there is a body: of a payment that was never brought here nothing else tells.
func (d *Door) recover(r *http.Request) (any, error) {
	var body struct {
		Order string `json:"order"`
	}
	if r.ContentLength != 0 {
		if err := read(r, &body); err != nil {
			return nil, err
		}
	}
	return d.Desk.Recover(d.Life, payment(r), body.Order)
}

func (d *Door) release(r *http.Request) (any, error) {
	var body struct {
		Release string `json:"release"`
	}
	if err := read(r, &body); err != nil {
		return nil, err
	}
	return d.Desk.Release(payment(r), body.Release)
}

// payment is the id in the path. What is none names no payment.
func payment(r *http.Request) uuid.UUID {
	id, err := uuid.Parse(r.PathValue("payment"))
	if err != nil {
		return uuid.Nil
	}
	return id
}

// heartbeat keeps the connection from being taken for dead.
const heartbeat = 15 * time.Second

// events streams the steps of a sale (Server-Sent Events, HTML standard §9.2) and ends with the one that is final. A browser that comes back continues after Last-Event-ID.
func (d *Door) events(w http.ResponseWriter, r *http.Request) {
	id := payment(r)
	after, _ := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	if _, err := d.Desk.Get(id); err != nil {
		d.refuse(w, r, err)
		return
	}
	stream := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		view, news, changed, err := d.Desk.Follow(id, after)
		if err != nil {
			return
		}
		for _, e := range news {
			after = e.Number
			if err := event(w, e, view); err != nil {
				return
			}
		}
		if err := stream.Flush(); err != nil || view.State.Final() && view.State != sales.Pending {
			return
		}
		select {
		case <-changed:
		case <-alive.C:
			if _, err := fmt.Fprint(w, ": alive\n\n"); err != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-d.Life.Done():
			return
		}
	}
}

func event(w http.ResponseWriter, e sales.Event, v sales.View) error {
	v.Phase = e.Phase
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", e.Number, e.Phase, body)
	return err
}
