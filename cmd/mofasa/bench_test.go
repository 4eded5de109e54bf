package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mofasa/api/ratelimit/localredis"
	"mofasa/cmd/internal/app"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// TestBench runs the whole benchmark on a few vehicles for a moment.
func TestBench(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	redis, err := localredis.Start(t.Context(), filepath.Join(t.TempDir(), "redis"))
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Stop()
	var out bytes.Buffer
	b := &bench{out: &out, folder: t.TempDir(), benchOptions: benchOptions{vehicles: 400, clients: 4, span: 2 * time.Second},
		config: app.Config{DatabaseURL: db.AppURL, DatabaseOwnerURL: db.OwnerURL, DatabasePool: 4, RedisURL: redis.URL(), KeysDir: filepath.Join(t.TempDir(), "keys"),
			Processes: 1, LogLevel: "info", SEPURL: "http://127.0.0.1", SEPTerminal: "1"}}
	ctx := asSystem(t.Context())
	if _, err := migrate(ctx, b.config); err != nil {
		t.Fatal(err)
	}
	figures, err := b.measure(ctx)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"import.vehicles", "inquiry.http", "inquiry.limits", "limits.fairness", "limits.refusals", "ratelimit.decide", "dues.assess", "tariffs.preview", "payments.capture"}
	for i, name := range names {
		if len(figures) != len(names) || figures[i].Name != name {
			t.Fatalf("figures %+v", figures)
		}
	}
	if figures[1].P99MS == nil || *figures[1].P99MS <= 0 || figures[2].Ratio >= 1 || figures[6].Allocs == nil || figures[7].PeakMB == nil || *figures[7].PeakMB < 1 {
		t.Fatalf("figures %+v", figures)
	}
	for _, f := range figures {
		if f.Value <= 0 || f.LimitValue <= 0 || f.Ratio != f.Value/f.LimitValue {
			t.Errorf("figure %+v", f)
		}
	}
	wantRecorded(t, b, int(figures[1].Value*b.span.Seconds()))
	if log, err := os.ReadFile(filepath.Join(b.folder, "server.log")); err != nil || strings.Contains(string(log), `"level":"WARN"`) {
		t.Errorf("the server warned: %s, %v", log, err) // of limits that Redis does not count, above all
	}
}

// wantRecorded makes sure that inquiries of both sides were recorded and audited.
func wantRecorded(t *testing.T, b *bench, answered int) {
	t.Helper()
	b.runner = newRunnerAt(t, b.config)
	var ours, theirs, audited int
	err := b.runner.InTx(asSystem(t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT count(*) FILTER (WHERE request_id <> actor_id::text), count(*) FILTER (WHERE request_id = actor_id::text), (SELECT count(*) FROM inquiries)
		  FROM audit_log WHERE action = 'inquiry.made'`).Row().Scan(&ours, &theirs, &audited)
	})
	if err != nil || ours < answered || theirs == 0 || audited != ours+theirs {
		t.Errorf("%d inquiries of clients that counted %d, %d of pgbench, %d recorded: %v", ours, answered, theirs, audited, err)
	}
}

func newRunnerAt(t *testing.T, c app.Config) *scope.Runner {
	t.Helper()
	runner, pool, err := app.OpenRunner(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return runner
}

func TestFigures(t *testing.T) {
	t.Parallel()
	p99 := 12.5
	figures := []figure{{Name: "inquiry.http", Value: 1234.56, Unit: "req/s", P99MS: &p99, Limit: "pgbench", LimitValue: 5000.4, Ratio: 0.24691}, {Name: "x", Unit: "rows/s"}}
	path := filepath.Join(t.TempDir(), "bench.jsonl")
	if err := saveFigures(path, figures); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"inquiry.http","value":1235,"unit":"req/s","p99_ms":12.5,"limit":"pgbench","limit_value":5000,"ratio":0.247}` + "\n" +
		`{"name":"x","value":0,"unit":"rows/s","p99_ms":null,"limit":"","limit_value":0,"ratio":0}` + "\n"
	if string(body) != want {
		t.Errorf("%s\nwant %s", body, want)
	}
	for line := range strings.Lines(string(body)) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	if table := strings.Join(tabulate(figures), "\n"); !strings.Contains(table, "1,235  req/s   12.5 ms") {
		t.Errorf("table:\n%s", table)
	}
}

// TestOnlyTakesAFigureAndWhatItStandsOn: nothing else of a run is needed to measure one.
func TestOnlyTakesAFigureAndWhatItStandsOn(t *testing.T) {
	t.Parallel()
	for only, want := range map[string]string{"payments.capture": "import.vehicles payments.capture", "inquiry.limits": "import.vehicles inquiry.http inquiry.limits",
		"ratelimit.decide": "ratelimit.decide", "x": ""} {
		wanted, err := (&bench{benchOptions: benchOptions{only: only}}).wanted()
		var names []string
		for _, m := range wanted {
			names = append(names, m.name)
		}
		if strings.Join(names, " ") != want || (err == nil) != (want != "") {
			t.Errorf("%s: %v, %v", only, names, err)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var taken []time.Duration
	for i := 200; i > 0; i-- {
		taken = append(taken, time.Duration(i)*time.Millisecond)
	}
	if got := percentile(taken, 0.99); got != 198 {
		t.Errorf("p99 of 1 to 200 ms is %v", got)
	}
	if percentile(nil, 0.99) != 0 || percentile([]time.Duration{time.Second}, 0.99) != 1000 {
		t.Error("few values")
	}
}

func TestBenchLimitsAreEvaluatedAndNeverReached(t *testing.T) {
	t.Parallel()
	table := benchLimits()
	if len(table["inquiry"]) < 2 {
		t.Fatal("inquiries have no limits")
	}
	for class, rules := range table {
		for _, r := range rules {
			if err := r.Limit.Validate(); err != nil || r.Limit.Requests != 1_000_000 {
				t.Errorf("%s: %+v, %v", class, r.Limit, err)
			}
		}
	}
}
