package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/migrations/pgtest"
)

// TestMain lets the test binary be the program itself: a test starts it again with arguments of its own, and kills it.
func TestMain(m *testing.M) {
	if os.Getenv("MOFASA_TEST_AS_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestKillLosesNothing kills the serving process with SIGKILL between the bank's success and the capture; the next process captures once.
func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	for name, scenario := range map[string]string{
		"before the callback":         `{"name":"pay"}`,
		"while the claim is answered": `{"bends":[{"call":"verify","way":"slow","delay_ms":20000,"times":1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, bank := apitest.NewDB(t), apitest.NewBank(t)
			address, keys := freeAddress(t), t.TempDir() // the same keys, so that a token outlives the restart
			first := startServer(t, db, bank, address, keys)
			s := apitest.Remote(t, "http://"+address, bank)
			c := s.SignIn(apitest.Cashier)
			order := c.Order(apitest.Plate)
			bank.Scenario(t, scenario)
			location := bank.Decide(t, c.Start(order.Id), "pay")
			if strings.Contains(scenario, "slow") {
				go func() { // the payer's browser returns, and never sees an answer
					if response, err := http.Get(location); err == nil {
						_ = response.Body.Close()
					}
				}()
				holds := peek(t, db)
				waitFor(t, "the claim reaches the bank", func() bool {
					return holds(`SELECT EXISTS (SELECT 1 FROM payments WHERE order_id = ? AND state = 'confirmed')`, order.Id)
				})
				time.Sleep(300 * time.Millisecond)
			}
			kill(t, first)

			startServer(t, db, bank, address, keys)
			waitFor(t, "the capture", func() bool { return c.GetOrder(order.Id).State == gen.OrderStatePaid })
			wantOneCapture(t, db, order.TotalRial)
		})
	}
}

func wantOneCapture(t *testing.T, db *pgtest.DB, total int64) {
	t.Helper()
	owner := pgtest.Open(t, db.OwnerURL)
	var entries, receipts int
	var posted int64
	// The owner reads the books here, so force is lifted on this clone alone.
	if _, err := owner.ExecContext(t.Context(), `ALTER TABLE ledger_entries NO FORCE ROW LEVEL SECURITY; ALTER TABLE receipts NO FORCE ROW LEVEL SECURITY`); err != nil {
		t.Fatal(err)
	}
	err := owner.QueryRowContext(t.Context(), `SELECT count(*), coalesce(sum(amounts[1]), 0)::bigint, (SELECT count(*) FROM receipts) FROM ledger_entries`).Scan(&entries, &posted, &receipts)
	if err != nil || entries != 3 || receipts != 1 || posted != total {
		t.Errorf("%d entries over %d rial, %d receipts; want 3 over %d and 1; %v", entries, posted, receipts, total, err)
	}
}

// startServer runs "mofasa serve" in a process of its own and waits until it is ready.
func startServer(t *testing.T, db *pgtest.DB, bank *apitest.Bank, address, keys string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "serve")
	cmd.Env = append(os.Environ(), "MOFASA_TEST_AS_PROGRAM=1", "MOFASA_REQUIRE_SECOND_FACTOR=false", "MOFASA_DATABASE_URL="+db.AppURL, "MOFASA_DATABASE_POOL=5", "MOFASA_LISTEN="+address,
		"MOFASA_PUBLIC_URL=http://"+address, "MOFASA_KEYS_DIR="+keys, "MOFASA_SEP_URL="+bank.URL, "MOFASA_SEP_TERMINAL="+apitest.Terminal, "MOFASA_LOG_LEVEL=warn")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			t.Log(lines.Text())
		}
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	waitFor(t, "the server", func() bool {
		response, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return cmd
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed: an error is what is wanted
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("%s did not happen within a minute", what)
}

// freeAddress is a port of a loopback address that only this process uses: at 127.0.0.1 others would take it while a killed server is away.
func freeAddress(t *testing.T) string {
	t.Helper()
	pid := os.Getpid()
	l, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.1:0", 10+pid/256%200, pid%256))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
