package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mofasa/api"
	"mofasa/api/ratelimit"
)

// decideClients is how many goroutines, and connections of redis-benchmark, ask at a time.
const decideClients = 32

// measureDecide lets many goroutines decide about an inquiry's limits, all of one office, and redis-benchmark send Redis the very same commands: half of the
// limit's time before, half after.
func (b *bench) measureDecide(ctx context.Context) (figure, error) {
	source, err := ratelimit.OpenRedis(b.config.RedisURL, time.Now)
	if err != nil {
		return figure{}, err
	}
	defer source.Close()
	takes := inquiryTakes()
	command, err := source.Command(ctx, "bench", takes)
	if err != nil {
		return figure{}, err
	}
	b.say("deciding about %s at a time", count(len(takes), "limit"))
	warm, err := decide(ctx, source, takes, b.span/10)
	if err != nil {
		return figure{}, err
	}
	half := max(1000, int(warm*b.span.Seconds()/2))
	before, err := b.redisBenchmark(ctx, half, command)
	if err != nil {
		return figure{}, err
	}
	rate, err := decide(ctx, source, takes, b.span)
	if err != nil {
		return figure{}, err
	}
	after, err := b.redisBenchmark(ctx, half, command)
	return figure{Name: "ratelimit.decide", Value: rate, Unit: "decisions/s", Limit: "redis-benchmark, same script, keys and arguments", LimitValue: (before + after) / 2}, err
}

// inquiryTakes are the limits of an inquiry as shipped, each so wide that it is counted and never reached.
func inquiryTakes() (takes []ratelimit.Take) {
	for _, r := range api.DefaultLimits()["inquiry"] {
		if r.Subject == api.ByClient {
			continue // an operator is none
		}
		l := r.Limit
		l.Requests, l.Window = 1_000_000, time.Second
		takes = append(takes, ratelimit.Take{Limit: l, Key: r.Subject.String(), Cost: r.Cost})
	}
	return takes
}

// decide gives how many calls a second were answered.
func decide(ctx context.Context, source ratelimit.Source, takes []ratelimit.Take, span time.Duration) (float64, error) {
	var running sync.WaitGroup
	var made atomic.Int64
	failures := make([]error, decideClients)
	began := time.Now()
	end := began.Add(span)
	for i := range decideClients {
		running.Go(func() {
			for time.Now().Before(end) && failures[i] == nil {
				d, err := source.Take(ctx, "bench", takes)
				if err == nil && !d.Allowed {
					err = fmt.Errorf("%s was reached", d.Denied)
				}
				failures[i] = err
				made.Add(1)
			}
		})
	}
	running.Wait()
	return float64(made.Load()) / time.Since(began).Seconds(), errors.Join(failures...)
}

// redisBenchmark gives how many of a command Redis answers in a second, over as many connections.
func (b *bench) redisBenchmark(ctx context.Context, requests int, command []string) (float64, error) {
	socket, ok := strings.CutPrefix(b.config.RedisURL, "unix://")
	if !ok {
		return 0, errors.New("redis-benchmark: the benchmark's Redis has no socket")
	}
	args := append([]string{"-s", socket, "-c", strconv.Itoa(decideClients), "-n", strconv.Itoa(requests), "--csv"}, command...)
	out, err := exec.CommandContext(ctx, b.tools.redisBenchmark, args...).Output()
	if err != nil {
		return 0, fmt.Errorf("redis-benchmark: %w", err)
	}
	return benchmarkRate(string(out))
}

// benchmarkRate reads redis-benchmark's last line: "command","rps","avg_latency_ms",…
func benchmarkRate(csv string) (float64, error) {
	lines := strings.Split(strings.TrimSpace(csv), "\n")
	cells := strings.Split(lines[len(lines)-1], `","`)
	if len(cells) < 2 {
		return 0, fmt.Errorf("redis-benchmark: no rate in %.300q", csv)
	}
	rate, err := strconv.ParseFloat(strings.Trim(cells[1], `"`), 64)
	if err != nil {
		return 0, fmt.Errorf("redis-benchmark: no rate in %.300q", csv)
	}
	return rate, nil
}
