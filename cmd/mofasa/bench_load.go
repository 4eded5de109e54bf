package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mofasa/api"
	"mofasa/api/gen"
	"mofasa/cmd/internal/app"
)

// benchServer is the whole program behind HTTP, in this process.
type benchServer struct {
	url, address string
	http         *http.Server
	program      *app.Program
	log          *os.File
}

// serve starts the program with limits of its own; it logs to a file of the benchmark.
func (b *bench) serve(log string, table api.LimitTable) (*benchServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &benchServer{address: listener.Addr().String()}
	s.url = "http://" + s.address
	b.config.PublicURL = s.url
	if s.log, err = os.Create(filepath.Join(b.folder, log)); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if s.program, err = app.Build(b.config, s.log, table); err != nil {
		return nil, errors.Join(err, listener.Close(), s.log.Close())
	}
	s.http = &http.Server{Handler: s.program.Handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.http.Serve(listener) }() // a client's error says more
	return s, nil
}

func (s *benchServer) stop() {
	_ = s.http.Close() // nobody waits for an answer any more
	s.program.Close()
	_ = s.log.Close()
}

func signInAs(ctx context.Context, url, username string) (string, error) {
	var session gen.Session
	c := client{base: url}
	err := c.call(ctx, http.MethodPost, "/v1/sessions", gen.SignInRequest{Username: username, Password: demoPassword}, &session)
	return session.AccessToken, err
}

// owesSeveral makes sure that what is measured is what is claimed: most of the vehicles owe more than one city.
func owesSeveral(ctx context.Context, url, token string, plates []string) error {
	c := client{base: url, token: token}
	several, asked := 0, 0
	for at := range slices.Chunk(plates, max(1, len(plates)/20)) {
		var answer gen.Inquiry
		if err := c.call(ctx, http.MethodPost, "/v1/inquiries", map[string]string{"plate": at[0], "purpose": "settlement"}, &answer); err != nil {
			return err
		}
		owing := 0
		for _, city := range answer.Municipalities {
			if city.PayableRial > 0 {
				owing++
			}
		}
		if asked++; owing > 1 {
			several++
		}
	}
	if 2*several < asked {
		return fmt.Errorf("only %d of %d vehicles owe several cities", several, asked)
	}
	return nil
}

// load is many clients that inquire about random vehicles, each over one connection that it keeps.
type load struct {
	address string
	tokens  []string
	plates  []string
}

// run gives how long each answered inquiry took. Anything but a 201 ends it.
func (l load) run(ctx context.Context, clients int, span time.Duration) ([]time.Duration, error) {
	results, failures := make([][]time.Duration, clients), make([]error, clients)
	var running sync.WaitGroup
	end := time.Now().Add(span)
	for i := range clients {
		running.Go(func() { results[i], failures[i] = l.client(ctx, i, end) })
	}
	running.Wait()
	taken := slices.Concat(results...)
	err := errors.Join(failures...)
	if err == nil && len(taken) == 0 {
		err = errors.New("nothing was answered in time")
	}
	return taken, err
}

func (l load) client(ctx context.Context, number int, end time.Time) ([]time.Duration, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	random := rand.New(rand.NewPCG(uint64(number), 1))
	token, answers := l.tokens[number%len(l.tokens)], bufio.NewReader(conn)
	var taken []time.Duration
	var request []byte
	for began := time.Now(); began.Before(end); {
		body := `{"plate":"` + l.plates[random.IntN(len(l.plates))] + `","purpose":"settlement"}`
		request = fmt.Appendf(request[:0], "POST /v1/inquiries HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			l.address, token, len(body), body)
		if _, err := conn.Write(request); err != nil {
			return taken, err
		}
		if err := readCreated(answers); err != nil {
			return taken, err
		}
		now := time.Now()
		if now.Before(end) {
			taken = append(taken, now.Sub(began))
		}
		began = now
	}
	return taken, nil
}

func readCreated(answers *bufio.Reader) error {
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		body, _ := io.ReadAll(response.Body) // the status alone is an error already
		return problem("POST /v1/inquiries", response.StatusCode, body)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
