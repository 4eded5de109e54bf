package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"mofasa/api"
	"mofasa/tenants/limits"
	"mofasa/tenants/scope"
)

// greed is how many times its limit the greedy office sends, and greedyClients over how many connections.
const (
	greed         = 50
	greedyClients = 4
)

// fairnessSlice is how long the greedy office is quiet, or is not, before that changes: often, so that whatever else the machine does falls on both.
const fairnessSlice = 250 * time.Millisecond

// measureFairness asks as one office, one inquiry after another, while another office now sends 50 times its limit and now nothing. The limits are as
// shipped; the asking office and its city have overrides, so that only the other one reaches any.
func (b *bench) measureFairness(ctx context.Context) (figure, error) {
	server, err := b.serve("fairness.log", api.DefaultLimits())
	if err != nil {
		return figure{}, err
	}
	defer server.stop()
	if err := b.widen(ctx, "bench-2"); err != nil {
		return figure{}, err
	}
	modest, err := dialInquirer(ctx, server.address, b.tokens[2], b.plates[0])
	if err != nil {
		return figure{}, err
	}
	defer modest.close()
	greedy := make([]*inquirer, greedyClients)
	for i := range greedy {
		if greedy[i], err = dialInquirer(ctx, server.address, b.tokens[0], b.plates[0]); err != nil {
			return figure{}, err
		}
		defer greedy[i].close()
	}
	limit := shipped("inquiry-office").Limit
	pace := greedyClients * limit.Window / time.Duration(limit.Requests*greed)
	b.say("one office asks while another sends %d times its limit, or nothing", greed)
	quiet, beside, err := b.alternate(modest, greedy, pace)
	if err != nil {
		return figure{}, err
	}
	sent := 0
	for _, q := range greedy {
		sent += q.asked
	}
	flooded := time.Duration(len(b.slices())/2) * fairnessSlice
	b.say("it sent %.0f times its limit", float64(sent)*limit.Window.Seconds()/flooded.Seconds()/float64(limit.Requests))
	p99 := percentile(beside, 0.99)
	return figure{Name: "limits.fairness", Value: 1000 * p99, Unit: "µs p99", P99MS: &p99, Limit: "the same office while the greedy one is quiet", LimitValue: 1000 * percentile(quiet, 0.99)}, nil
}

// alternate measures slices in turn until each side has had the span. The greedy office's burst is used up first.
func (b *bench) alternate(modest *inquirer, greedy []*inquirer, pace time.Duration) (quiet, beside []time.Duration, err error) {
	if err := greedy[0].drain(b.plates[0]); err != nil {
		return nil, nil, err
	}
	for _, flooded := range b.slices() {
		if flooded {
			var running sync.WaitGroup
			floods := make([]error, len(greedy))
			for i, q := range greedy {
				running.Go(func() { floods[i] = q.flood(b.plates[0], pace, fairnessSlice) })
			}
			beside, err = modest.inquire(beside, b.plates, fairnessSlice)
			running.Wait()
			err = errors.Join(append(floods, err)...)
		} else {
			quiet, err = modest.inquire(quiet, b.plates, fairnessSlice)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return quiet, beside, nil
}

// slices says of each slice of the run whether the greedy office sends; half of them, in turn.
func (b *bench) slices() []bool {
	turns := make([]bool, 2*max(2, int(b.span/fairnessSlice)))
	for i := range turns {
		turns[i] = i%2 == 1
	}
	return turns
}

// shipped is a rule of inquiries as shipped.
func shipped(name string) (found api.LimitRule) {
	for _, r := range api.DefaultLimits()["inquiry"] {
		if r.Limit.Name == name {
			return r
		}
	}
	panic("no limit " + name) // a name in this file is wrong
}

// widen lets an office and its city ask without end, by overrides as an operator writes them.
func (b *bench) widen(ctx context.Context, licence string) error {
	service := limits.NewService(b.runner, api.DefaultLimits().Definitions())
	office, err := service.Named(ctx, scope.Platform(), limits.Office, licence)
	if err != nil {
		return err
	}
	operator, err := service.Named(ctx, scope.Platform(), limits.Person, licence) // office and person have one name here
	if err != nil {
		return err
	}
	chain, err := service.Chain(ctx, scope.Platform(), office)
	if err != nil {
		return err
	}
	ctx = scope.WithActor(ctx, scope.Actor{Kind: scope.ActorPerson, ID: uuid.MustParse(operator.ID)})
	for limit, subject := range map[string]limits.Subject{"inquiry-office": office, "inquiry-office-day": office, "inquiry-municipality": chain[len(chain)-1]} {
		if _, err := service.Override(ctx, scope.Platform(), limits.Override{Limit: limit, Subject: subject, Requests: 1_000_000, Reason: "benchmark"}); err != nil {
			return fmt.Errorf("%s: %w", limit, err)
		}
	}
	return nil
}

// inquirer asks over one connection that it keeps.
type inquirer struct {
	conn    net.Conn
	answers *bufio.Reader
	address string
	token   string
	stop    func() bool
	asked   int
}

// dialInquirer connects and asks once: the server hangs up on a connection that has not asked anything within seconds.
func dialInquirer(ctx context.Context, address, token, plate string) (*inquirer, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	q := &inquirer{conn: conn, answers: bufio.NewReader(conn), address: address, token: token, stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}
	if _, err := q.ask(plate); err != nil {
		q.close()
		return nil, err
	}
	return q, nil
}

func (q *inquirer) close() {
	q.stop()
	_ = q.conn.Close()
}

// ask gives the status of one inquiry.
func (q *inquirer) ask(plate string) (int, error) {
	body := `{"plate":"` + plate + `","purpose":"settlement"}`
	_, err := fmt.Fprintf(q.conn, "POST /v1/inquiries HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", q.address, q.token, len(body), body)
	if err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(q.answers, nil)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// inquire asks without a pause and adds how long each answer took.
func (q *inquirer) inquire(taken []time.Duration, plates []string, span time.Duration) ([]time.Duration, error) {
	for end := time.Now().Add(span); ; q.asked++ {
		began := time.Now()
		if !began.Before(end) {
			return taken, nil
		}
		status, err := q.ask(plates[q.asked%len(plates)])
		if err == nil && status != http.StatusCreated {
			err = fmt.Errorf("the office within its limits is answered %d", status)
		}
		if err != nil {
			return nil, err
		}
		taken = append(taken, time.Since(began))
	}
}

// drain uses the office's limit up.
func (q *inquirer) drain(plate string) error {
	for {
		status, err := q.ask(plate)
		if err != nil || status == http.StatusTooManyRequests {
			return err
		}
		if status != http.StatusCreated {
			return fmt.Errorf("the greedy office is answered %d", status)
		}
	}
}

// flood asks at a pace, whatever the answers.
func (q *inquirer) flood(plate string, pace, span time.Duration) error {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for end := time.Now().Add(span); time.Now().Before(end); <-ticker.C {
		if _, err := q.ask(plate); err != nil {
			return err
		}
		q.asked++
	}
	return nil
}
