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

// fairnessSlice is how long the greedy office keeps to one thing before that changes: often, so that whatever else the machine does falls on all alike.
const fairnessSlice = 250 * time.Millisecond

// What the greedy office does in a slice.
const (
	silent    = iota
	elsewhere // sends the same to a server that answers 429 and nothing else: what sending costs, on a machine that it shares with everything else
	flooding
)

// greedyDay is what the greedy office may ask in a day. It has used it up before anything is measured: what is admitted of a flood is no more than anybody's
// work, and would be measured as if it were the flood's.
const greedyDay = 100

// measureFairness asks as one office, one inquiry after another, while another office now sends 50 times its limit, now sends as much elsewhere, now nothing. The
// limits are as shipped, with overrides for the asking office and its city, which reach none, and for the day of the greedy one.
func (b *bench) measureFairness(ctx context.Context) (_ figure, err error) {
	server, err := b.serve("fairness.log", api.DefaultLimits())
	if err != nil {
		return figure{}, err
	}
	defer server.stop()
	defer func() { err = errors.Join(err, b.withdraw(ctx)) }()
	if err := b.widen(ctx, "bench-2"); err != nil {
		return figure{}, err
	}
	if err := b.override(ctx, "bench-0", map[string]int{"inquiry-office-day": greedyDay}); err != nil {
		return figure{}, err
	}
	bare, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return figure{}, err
	}
	defer bare.Close()
	go refuseAll(bare)
	modest, err := dialInquirer(ctx, server.address, b.tokens[2], b.plates[0])
	if err != nil {
		return figure{}, err
	}
	defer modest.close()
	greedy := map[int][]*inquirer{}
	for does, address := range map[int]string{elsewhere: bare.Addr().String(), flooding: server.address} {
		for range greedyClients {
			q, err := dialInquirer(ctx, address, b.tokens[0], b.plates[0])
			if err != nil {
				return figure{}, err
			}
			defer q.close()
			greedy[does] = append(greedy[does], q)
		}
	}
	if err := greedy[flooding][0].drain(b.plates[0]); err != nil {
		return figure{}, err
	}
	b.say("one office asks while another sends %d times its limit, or as much elsewhere, or nothing", greed)
	if b.beside, err = b.inTurns(modest, greedy); err != nil {
		return figure{}, err
	}
	for does, name := range map[int]string{elsewhere: "elsewhere", flooding: "it"} {
		b.say("%s got %.0f times the limit", name, b.sent(greedy[does]))
	}
	return b.fairness("limits.fairness", silent, "the same office while the greedy one is silent"), nil
}

// measureRefusals tells what was measured with fairness: what our refusals cost others, beyond what sending does on the same machine.
func (b *bench) measureRefusals(context.Context) (figure, error) {
	return b.fairness("limits.refusals", elsewhere, "the same office while the greedy one sends elsewhere"), nil
}

func (b *bench) fairness(name string, against int, limit string) figure {
	p99 := func(does int) float64 { return float64(ranked(b.beside[does], 0.99)) / float64(time.Microsecond) }
	ms := rounded(p99(flooding)/1000, 10)
	return figure{Name: name, Value: p99(flooding), Unit: "µs p99", P99MS: &ms, Limit: limit, LimitValue: p99(against)}
}

// refuseAll is the least that a server of HTTP/1.1 does: it reads each request and answers 429, until the listener is closed and the callers have hung up.
func refuseAll(bare net.Listener) {
	for {
		conn, err := bare.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			for requests := bufio.NewReader(conn); ; {
				r, err := http.ReadRequest(requests)
				if err != nil {
					return
				}
				_, bodyErr := io.Copy(io.Discard, r.Body)
				_, err = io.WriteString(conn, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")
				if errors.Join(bodyErr, err) != nil {
					return
				}
			}
		}()
	}
}

// sent is how many times its limit clients sent while they did.
func (b *bench) sent(clients []*inquirer) float64 {
	asked := 0
	for _, q := range clients {
		asked += q.asked
	}
	limit := shipped("inquiry-office").Limit
	return float64(asked) * limit.Window.Seconds() / (float64(b.rounds()) * fairnessSlice.Seconds()) / float64(limit.Requests)
}

// inTurns gives how long the modest office's answers took beside each thing that the greedy one did. Each round begins with another one.
func (b *bench) inTurns(modest *inquirer, greedy map[int][]*inquirer) (beside [3][]time.Duration, err error) {
	limit := shipped("inquiry-office").Limit
	pace := greedyClients * limit.Window / time.Duration(limit.Requests*greed)
	for turn := range 3 * b.rounds() {
		does := (turn + turn/3) % 3
		var running sync.WaitGroup
		floods := make([]error, len(greedy[does]))
		for i, q := range greedy[does] {
			running.Go(func() {
				time.Sleep(pace * time.Duration(i) / greedyClients) // several senders do not keep step
				floods[i] = q.flood(b.plates[0], pace, fairnessSlice)
			})
		}
		beside[does], err = modest.inquire(beside[does], b.plates, fairnessSlice)
		running.Wait()
		if err = errors.Join(append(floods, err)...); err != nil {
			return beside, err
		}
	}
	return beside, nil
}

// rounds is how often the greedy office does each thing.
func (b *bench) rounds() int { return max(2, int(b.span/fairnessSlice)) }

// shipped is a rule of inquiries as shipped.
func shipped(name string) (found api.LimitRule) {
	for _, r := range api.DefaultLimits()["inquiry"] {
		if r.Limit.Name == name {
			return r
		}
	}
	panic("no limit " + name) // a name in this file is wrong
}

// widen lets an office and its city ask without end.
func (b *bench) widen(ctx context.Context, licence string) error {
	return b.override(ctx, licence, map[string]int{"inquiry-office": 1_000_000, "inquiry-office-day": 1_000_000, "inquiry-municipality": 1_000_000})
}

// override writes limits of an office, or of its city, as an operator does.
func (b *bench) override(ctx context.Context, licence string, requests map[string]int) error {
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
	for limit, most := range requests {
		subject := office
		if shipped(limit).Subject == api.ByMunicipality {
			subject = chain[len(chain)-1]
		}
		if _, err := service.Override(ctx, scope.Platform(), limits.Override{Limit: limit, Subject: subject, Requests: most, Reason: "benchmark"}); err != nil {
			return fmt.Errorf("%s: %w", limit, err)
		}
	}
	return nil
}

// withdraw removes every override, so that what is measured next has the limits of its own server.
func (b *bench) withdraw(ctx context.Context) error {
	service := limits.NewService(b.runner, api.DefaultLimits().Definitions())
	standing, err := service.List(ctx, scope.Platform())
	for _, o := range standing {
		writer := scope.WithActor(ctx, scope.Actor{Kind: scope.ActorPerson, ID: o.WrittenBy})
		err = errors.Join(err, service.Remove(writer, scope.Platform(), o.Limit, o.Subject))
	}
	return err
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
