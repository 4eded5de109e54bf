package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/cmd/banksim/sim"
	"mofasa/cmd/internal/app"
	"mofasa/migrations"
	"mofasa/migrations/localpg"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

var crashRounds = flag.Int("rounds", 2, "how many rounds TestCrashRounds runs; in every second one PostgreSQL is killed, too")

const (
	ordersARound = 200
	payers       = 16 // at once
)

// crashes is a server, a worker, a bank and a PostgreSQL of their own, of which all but the bank are killed at random moments.
type crashes struct {
	*bench
	t        *testing.T
	postgres *localpg.Server
	bank     *apitest.Bank
	address  string
	random   *rand.Rand // of the killer alone

	mu      sync.Mutex
	running map[string]*exec.Cmd // "serve", "worker"
	kills   map[string]int
	ended   bool

	paid, left atomic.Int64
}

// TestCrashRounds kills the server and the worker with SIGKILL, again and again, while 200 orders a round are paid by card and from deposits, and in every second round
// PostgreSQL, too. When all is quiet, the bank's books and ours must not differ by a rial.
func TestCrashRounds(t *testing.T) {
	t.Parallel()
	c := standCrashes(t)
	plates := c.plates
	for round := range *crashRounds {
		c.round(round, plates[round*ordersARound:(round+1)*ordersARound])
	}
	c.quiet()
	c.compare()
	t.Logf("%d orders in %d rounds; killed: %v; %d paid at once, %d left to the worker", ordersARound**crashRounds, *crashRounds, c.kills, c.paid.Load(), c.left.Load())
	for _, name := range []string{"serve", "worker", "postgres"} {
		if c.kills[name] == 0 && (*crashRounds > 1 || name != "postgres") {
			t.Errorf("%s was never killed", name)
		}
	}
}

func standCrashes(t *testing.T) *crashes {
	t.Helper()
	c := &crashes{t: t, bank: apitest.NewBank(t), address: freeAddress(t), random: rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano()))), running: map[string]*exec.Cmd{}, kills: map[string]int{}}
	var err error
	if c.postgres, err = localpg.Ensure(t.Context(), localpg.Options{Dir: filepath.Join(t.TempDir(), "pg")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.clean)
	c.bench = &bench{out: io.Discard, folder: t.TempDir(), benchOptions: benchOptions{vehicles: 6*ordersARound**crashRounds + 1000, clients: payers, span: time.Second}}
	c.config = app.Config{DatabaseAdminURL: c.postgres.AdminURL(), DatabasePool: 8, KeysDir: filepath.Join(t.TempDir(), "keys"), Processes: 1, LogLevel: "error"}
	for to, role := range map[*string]string{&c.config.DatabaseOwnerURL: migrations.OwnerRole, &c.config.DatabaseURL: migrations.AppRole} {
		if *to, err = migrations.URLFor(c.postgres.AdminURL(), role, "crash", "mofasa_crash"); err != nil {
			t.Fatal(err)
		}
	}
	ctx := asSystem(t.Context())
	if _, err := migrate(ctx, c.config); err != nil {
		t.Fatal(err)
	}
	c.runner = newRunnerAt(t, c.config)
	c.fill(ctx)
	c.begin("serve")
	c.begin("worker")
	waitFor(t, "the server", c.ready)
	if c.tokens, err = c.signIn(ctx, "http://"+c.address); err != nil {
		t.Fatal(err)
	}
	if err := c.runner.InTx(ctx, scope.Platform(), fillDeposits); err != nil {
		t.Fatal(err)
	}
	return c
}

// fill imports a fleet of which enough vehicles owe several cities.
func (c *crashes) fill(ctx context.Context) {
	c.t.Helper()
	if err := importDefaults(ctx, c.runner); err != nil {
		c.t.Fatal(err)
	}
	file, err := c.fleetFile(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	defer file.Close()
	if _, err := importWhole(ctx, &vehicles.Importer{Runner: c.runner, ParseDay: parseDay}, file); err != nil {
		c.t.Fatal(err)
	}
	if err = c.findPeople(ctx); err != nil || len(c.plates) < ordersARound**crashRounds {
		c.t.Fatalf("%d vehicles owe several cities, %v", len(c.plates), err)
	}
}

// begin starts a process of the program.
func (c *crashes) begin(name string) {
	args := map[string][]string{"serve": {"serve", "--with-worker=false"}, "worker": {"worker"}}[name]
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "MOFASA_TEST_AS_PROGRAM=1", "MOFASA_REQUIRE_SECOND_FACTOR=false", "MOFASA_DATABASE_URL="+c.config.DatabaseURL, "MOFASA_DATABASE_POOL=8", "MOFASA_LISTEN="+c.address,
		"MOFASA_PUBLIC_URL=http://"+c.address, "MOFASA_KEYS_DIR="+c.config.KeysDir, "MOFASA_SEP_URL="+c.bank.URL, "MOFASA_SEP_TERMINAL="+apitest.Terminal, "MOFASA_LOG_LEVEL=error", "MOFASA_TRUST_PROXY=true")
	cmd.Stderr = os.Stderr
	if testing.Verbose() {
		cmd.Stderr = nil // what a killed database makes them say is no news
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	if err := cmd.Start(); err != nil {
		c.t.Error(err)
		return
	}
	c.running[name] = cmd
}

// kill ends a process with SIGKILL and starts another in its place.
func (c *crashes) kill(name string) {
	c.mu.Lock()
	cmd := c.running[name]
	c.kills[name]++
	c.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed: an error is what is wanted
	}
	c.begin(name)
}

// killPostgres crashes the database, which then recovers from its log on the same port.
func (c *crashes) killPostgres() {
	words := c.postgres.StopCommand()
	words[len(words)-1] = "restart"
	if err := exec.Command(words[0], words[1:]...).Run(); err != nil {
		c.t.Errorf("restart PostgreSQL: %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kills["postgres"]++
}

func (c *crashes) clean() {
	c.mu.Lock()
	c.ended = true
	for _, cmd := range c.running {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	c.mu.Unlock()
	words := c.postgres.StopCommand()
	_ = exec.Command(words[0], words[1:]...).Run()
	_ = os.RemoveAll(words[slices.Index(words, "-D")+1]) // where root lends the server another user, the data lies elsewhere
}

func (c *crashes) ready() bool {
	response, err := http.Get("http://" + c.address + "/readyz")
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// round pays 200 orders while processes die.
func (c *crashes) round(number int, plates []string) {
	ctx, stop := context.WithCancel(c.t.Context())
	var killing, paying sync.WaitGroup
	killing.Go(func() { c.killAtRandom(ctx, number%2 == 1) })
	var next atomic.Int64
	for i := range payers {
		paying.Go(func() {
			random := rand.New(rand.NewPCG(uint64(number), uint64(i)))
			for n := next.Add(1) - 1; n < int64(len(plates)); n = next.Add(1) - 1 {
				p := payer{c: c, random: random, token: c.tokens[int(n)%len(c.tokens)], from: fmt.Sprintf("10.%d.%d.%d", number%256, n/250, n%250+1)}
				p.visit(plates[n])
			}
		})
	}
	paying.Wait()
	stop()
	killing.Wait()
}

func (c *crashes) killAtRandom(ctx context.Context, postgres bool) {
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(100+c.random.IntN(1500)) * time.Millisecond):
		}
		if postgres && n == 2 {
			c.killPostgres()
			continue
		}
		c.kill([]string{"serve", "serve", "worker"}[c.random.IntN(3)])
		if c.random.IntN(3) == 0 { // let it come to its feet: what is killed at once does nothing wrong
			waitFor(c.t, "the server", func() bool { return ctx.Err() != nil || c.ready() })
		}
	}
}

// payer takes one vehicle's owner through the counter, and asks again as often as it takes.
type payer struct {
	c           *crashes
	random      *rand.Rand
	token, from string
}

var errTurnedAway = errors.New("refused")

// ask sends a request until somebody answers it; every try has the same Idempotency-Key.
func (p payer) ask(path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	key := uuid.NewString()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(time.Duration(50+p.random.IntN(200)) * time.Millisecond) {
		request, err := http.NewRequestWithContext(p.c.t.Context(), http.MethodPost, "http://"+p.c.address+path, bytes.NewReader(raw))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+p.token)
		request.Header.Set("Idempotency-Key", key)
		request.Header.Set("X-Forwarded-For", p.from)
		status, answer, err := exchange(request)
		switch {
		case err != nil || status >= 500 || status == http.StatusTooManyRequests:
		case status/100 == 2:
			return json.Unmarshal(answer, into)
		default:
			return fmt.Errorf("%w: %w", errTurnedAway, problem(path, status, answer))
		}
	}
	return fmt.Errorf("%s was not answered in two minutes", path)
}

func (p payer) visit(plate string) {
	var asked gen.Inquiry
	if err := p.ask("/v1/inquiries", map[string]string{"plate": plate, "purpose": "settlement"}, &asked); err != nil {
		p.c.t.Error(err)
		return
	}
	wanted := everything(asked)
	if len(wanted.Dues) == 0 {
		return
	}
	var order gen.Order
	if err := p.ask("/v1/orders", wanted, &order); err != nil {
		p.c.t.Error(err)
		return
	}
	method := "gateway"
	if p.random.IntN(4) == 0 {
		method = "deposit"
	}
	if faults := []string{"verify_lost", "verify_dropped", "verify_error", "token_lost", "receipt_lost", "callback_twice", "pay_without_callback", "slow"}; p.random.IntN(4) == 0 {
		p.arrange(faults[p.random.IntN(len(faults))])
	}
	var payment gen.Payment
	if err := p.ask("/v1/orders/"+order.Id.String()+"/payments", map[string]string{"method": method}, &payment); err != nil {
		p.c.t.Error(err)
		return
	}
	switch {
	case payment.State == gen.PaymentStateCaptured:
		p.c.paid.Add(1)
	case payment.RedirectUrl != nil:
		p.pay(*payment.RedirectUrl)
		p.c.left.Add(1)
	}
}

func (p payer) arrange(name string) {
	scenario, known := sim.Named()[name]
	if !known {
		scenario = sim.Scenario{Bends: []sim.Bend{{Call: sim.CallVerify, Way: sim.WaySlow, DelayMS: 400, Times: 1}}}
	}
	p.c.bank.Sim.Arrange("", scenario)
}

// pay presses a button of the bank's page, and mostly lets the browser return, whoever may be there.
func (p payer) pay(page string) {
	address, err := url.Parse(page)
	if err != nil {
		p.c.t.Error(err)
		return
	}
	decision := "pay"
	if p.random.IntN(8) == 0 {
		decision = "cancel"
	}
	form := url.Values{"Token": {address.Query().Get("token")}, "decision": {decision}}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 10 * time.Second}
	response, err := browser.Post(p.c.bank.URL+"/OnlinePG/Decision", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		p.c.t.Error(err)
		return
	}
	_ = response.Body.Close()
	if back := response.Header.Get("Location"); back != "" && p.random.IntN(5) > 0 {
		request, err := http.NewRequestWithContext(p.c.t.Context(), http.MethodGet, back, nil)
		if err != nil {
			p.c.t.Error(err)
			return
		}
		request.Header.Set("X-Forwarded-For", p.from)
		if response, err := browser.Do(request); err == nil {
			_ = response.Body.Close()
		}
	}
}

// quiet waits until nothing is unfinished. An attempt whose opening was interrupted fails after a minute; what a killed worker had in hand is free again after one.
func (c *crashes) quiet() {
	c.t.Helper()
	waitFor(c.t, "the server", c.ready)
	left := -1
	for deadline := time.Now().Add(5 * time.Minute); left != 0 && time.Now().Before(deadline) && !c.t.Failed(); time.Sleep(500 * time.Millisecond) {
		if err := c.runner.InTx(asSystem(c.t.Context()), scope.Platform(), func(tx *scope.Tx) error {
			return tx.DB.Raw(`SELECT count(*) FROM payments WHERE state IN ('created', 'sent', 'unknown', 'confirmed') AND created_at > ?`, time.Now().Add(-time.Hour)).Row().Scan(&left)
		}); err != nil {
			c.t.Log(err) // the pool's connections from before a crash
		}
		c.giveUp()
	}
	if left != 0 {
		c.t.Errorf("%d payments never end", left)
	}
}

// giveUp lets the payers who were never sent back to the counter press cancel, so that nobody waits for their sessions to lapse.
func (c *crashes) giveUp() {
	for _, s := range c.bank.Sim.Transactions() {
		if s.State == sim.StateToken || s.State == sim.StateInProgress {
			form := url.Values{"Token": {s.Token}, "decision": {"cancel"}}
			browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			if response, err := browser.Post(c.bank.URL+"/OnlinePG/Decision", "application/x-www-form-urlencoded", strings.NewReader(form.Encode())); err == nil {
				_ = response.Body.Close()
			}
		}
	}
}

// compare holds the bank's books against ours, sale by sale, and the database against its rules.
func (c *crashes) compare() {
	c.t.Helper()
	bank := map[string]int64{}
	for _, s := range c.bank.Sim.Transactions() {
		if s.State == sim.StateVerified {
			bank[s.ResNum] += s.Amount
		}
	}
	var rows []struct {
		MerchantRef, State string
		Posted             int64
	}
	err := c.runner.InTx(asSystem(c.t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT p.merchant_ref, p.state, coalesce((SELECT sum(l.amount_rial) FROM ledger_postings l WHERE l.account = 'receivable:sep'
		  AND (l.source_id = p.id OR l.source_id IN (SELECT i.id FROM suspense_items i WHERE i.source_id = p.id))), 0)::bigint AS posted FROM payments p WHERE p.method = 'gateway'`).Scan(&rows).Error
	})
	if err != nil {
		c.t.Fatal(err)
	}
	differences, states := 0, map[string]int{}
	for _, p := range rows {
		states[p.State]++
		if bank[p.MerchantRef] != p.Posted {
			differences++
			c.t.Errorf("the bank keeps %d of payment %s, which is %s; our books say %d", bank[p.MerchantRef], p.MerchantRef, p.State, p.Posted)
		}
		delete(bank, p.MerchantRef)
	}
	for ours, amount := range bank {
		differences++
		c.t.Errorf("the bank keeps %d of %s, of which we know nothing", amount, ours)
	}
	c.t.Logf("%d card payments, %v; %d differences", len(rows), states, differences)
	if states["captured"] < ordersARound**crashRounds/4 {
		c.t.Errorf("only %d of the orders were paid by card", states["captured"])
	}
	c.verify()
}

// verify is the command.
func (c *crashes) verify() {
	cmd := exec.Command(os.Args[0], "verify")
	c.mu.Lock()
	cmd.Env = append(slices.Clone(c.running["worker"].Env), "MOFASA_LOG_LEVEL=error")
	c.mu.Unlock()
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Errorf("mofasa verify: %v\n%s", err, out)
	}
}
