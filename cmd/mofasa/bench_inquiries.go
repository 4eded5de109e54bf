package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/alexedwards/argon2id"

	"mofasa/api"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// measureInquiries asks the API about vehicles that have lived in several cities, and PostgreSQL alone for the same: half of the limit's time before,
// half after, so that a machine that slows down slows both.
func (b *bench) measureInquiries(ctx context.Context) (figure, error) {
	if err := b.findPeople(ctx); err != nil {
		return figure{}, err
	}
	plates := b.plates
	server, err := b.serve("server.log", benchLimits())
	if err != nil {
		return figure{}, err
	}
	defer server.stop()
	tokens, err := b.signIn(ctx, server.url)
	if err != nil {
		return figure{}, err
	}
	if err := owesSeveral(ctx, server.url, tokens[0], plates); err != nil {
		return figure{}, err
	}
	b.tokens = tokens
	load := load{address: server.address, tokens: tokens, plates: plates}
	b.say("asking about %s", count(len(plates), "vehicle"))
	if _, err := load.run(ctx, b.clients, b.span/5); err != nil {
		return figure{}, err
	}
	scripts, err := b.inquiryScripts(ctx, plates)
	if err != nil {
		return figure{}, err
	}
	half := int(math.Ceil(b.span.Seconds() / 2))
	before, err := b.pgbenchRun(ctx, scripts, half)
	if err != nil {
		return figure{}, err
	}
	taken, err := b.tracedRun(ctx, server.url, load)
	if err != nil {
		return figure{}, err
	}
	after, err := b.pgbenchRun(ctx, scripts, half)
	p99 := percentile(taken, 0.99)
	return figure{Name: "inquiry.http", Value: float64(len(taken)) / b.span.Seconds(), Unit: "req/s", P99MS: &p99, Limit: "pgbench, same SQL, same data", LimitValue: (before + after) / 2}, err
}

// tracedRun is the measured part, with what the server says of its own time.
func (b *bench) tracedRun(ctx context.Context, url string, load load) ([]time.Duration, error) {
	before, err := spentOnInquiries(ctx, url)
	if err != nil {
		return nil, err
	}
	taken, err := b.profiled("inquiry.http", func() ([]time.Duration, error) { return load.run(ctx, b.clients, b.span) })
	if err != nil {
		return nil, err
	}
	after, err := spentOnInquiries(ctx, url)
	b.traced = after.since(before)
	return taken, err
}

// profiled runs the measured part of a figure under the CPU profiler where that is asked for.
func (b *bench) profiled(name string, measure func() ([]time.Duration, error)) ([]time.Duration, error) {
	if b.profile == "" || name != cmp.Or(b.only, "inquiry.http") {
		return measure()
	}
	file, err := os.Create(b.profile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, err
	}
	defer pprof.StopCPUProfile()
	return measure()
}

// percentile is in milliseconds.
func percentile(taken []time.Duration, share float64) float64 {
	return milliseconds(ranked(taken, share))
}

// ranked is a percentile by the nearest rank.
func ranked(taken []time.Duration, share float64) time.Duration {
	if len(taken) == 0 {
		return 0
	}
	slices.Sort(taken)
	rank := int(math.Ceil(share*float64(len(taken)))) - 1
	return taken[max(rank, 0)]
}

// findPlates gives the plates of vehicles that have lived in several cities.
func (b *bench) findPlates(ctx context.Context) ([]string, error) {
	var found []string
	err := b.runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		found = nil
		return tx.DB.Raw(`SELECT plate FROM vehicle_plates WHERE valid_to IS NULL
		  AND vehicle_id IN (SELECT vehicle_id FROM vehicle_residences GROUP BY vehicle_id HAVING count(DISTINCT residence) > 1) ORDER BY plate`).Scan(&found).Error
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no vehicle of %d has lived in several cities", b.vehicles)
	}
	return found, err
}

// benchCities are where the offices of the benchmark stand; one operator sits in each.
var benchCities = []string{"تهران", "مشهد", "اصفهان", "شیراز", "تبریز", "کرج", "اهواز", "قم"}

// findPeople finds the vehicles that are asked about and enrols an operator in each office, once.
func (b *bench) findPeople(ctx context.Context) (err error) {
	if b.plates != nil {
		return nil
	}
	if b.plates, err = b.findPlates(ctx); err != nil {
		return err
	}
	ring, err := app.LoadKeyring(b.config.KeysDir)
	if err != nil {
		return err
	}
	with := identity.Enrolment{Cost: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}, Humans: identity.NewHumans(ring)}
	for i, city := range benchCities {
		name := benchOperator(i)
		office := newOffice{city: city, name: "دفتر " + city, licence: name, with: with,
			staff: []identity.NewPerson{{Username: name, NameFA: city, Role: identity.OfficeCashier}}}
		if err := b.runner.InTx(ctx, scope.Platform(), office.open); err != nil {
			return err
		}
	}
	return nil
}

func benchOperator(office int) string { return fmt.Sprintf("bench-%d", office) }

// signIn signs the operators in through the API.
func (b *bench) signIn(ctx context.Context, url string) ([]string, error) {
	var tokens []string
	for i := range benchCities {
		token, err := signInAs(ctx, url, benchOperator(i))
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

// benchLimits are the limits as shipped, each so wide that it is counted and never reached.
func benchLimits() api.LimitTable {
	table := api.DefaultLimits()
	for _, rules := range table {
		for i := range rules {
			rules[i].Limit.Requests, rules[i].Limit.Window = 1_000_000, time.Minute
		}
	}
	return table
}
