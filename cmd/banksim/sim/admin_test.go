package sim_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
	"mofasa/cmd/banksim/sim"
)

func TestAdminRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	for _, test := range []struct {
		path, body string
		status     int
	}{
		{"/_sim/scenario", `{"name":"no_such"}`, http.StatusUnprocessableEntity},
		{"/_sim/scenario", `{"nmae":"fail"}`, http.StatusBadRequest},
		{"/_sim/scenario", `{"outcome":"explode"}`, http.StatusUnprocessableEntity},
		{"/_sim/scenario", `{"callback":"thrice"}`, http.StatusUnprocessableEntity},
		{"/_sim/scenario", `{"bends":[{"call":"verfy","way":"lost"}]}`, http.StatusUnprocessableEntity},
		{"/_sim/scenario", `{"bends":[{"call":"verify","way":"gone"}]}`, http.StatusUnprocessableEntity},
		{"/_sim/scenario", `{"name":"fail","token":"unknown"}`, http.StatusNotFound},
		{"/_sim/scenario", `nonsense`, http.StatusBadRequest},
		{"/_sim/clock", `{"advance":"-1m"}`, http.StatusUnprocessableEntity},
		{"/_sim/clock", `{"advance":"soon"}`, http.StatusUnprocessableEntity},
	} {
		status, _ := b.post(t, test.path, test.body)
		want(t, test.body, status, test.status)
	}
}

func TestEveryNamedScenarioIsAccepted(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	_, text := get(t, b.url+"/_sim/scenarios")
	var names []string
	if err := json.Unmarshal([]byte(text), &names); err != nil || len(names) < 20 {
		t.Fatalf("%d names, %v", len(names), err)
	}
	for _, name := range names {
		b.admin(t, "/_sim/scenario", `{"name":"`+name+`"}`)
	}
	status, _ := get(t, b.url+"/_sim/health")
	want(t, "health", status, http.StatusOK)
}

// A scenario for a token bends that session alone; scenarios for next sessions are used in order, one each.
func TestScenariosGoToTheirSession(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	g := b.adapter(t, terminal)
	first, second := b.start(t, g, "https://m.ir/1"), b.start(t, g, "https://m.ir/2")
	b.admin(t, "/_sim/scenario", `{"name":"fail","token":"`+second.Token+`"}`)
	b.admin(t, "/_sim/scenario", `{"name":"cancel"}`)
	b.admin(t, "/_sim/scenario", `{"name":"fail"}`)
	third, fourth, fifth := b.start(t, g, "https://m.ir/3"), b.start(t, g, "https://m.ir/4"), b.start(t, g, "https://m.ir/5")
	for _, session := range []gateway.Session{first, second, third, fourth, fifth} {
		b.decide(t, session.Token, "pay")
	}
	var states []string
	for _, sale := range b.transactions(t) {
		states = append(states, string(sale.State))
	}
	want(t, "states", strings.Join(states, " "), "PAID_UNVERIFIED FAILED CANCELED FAILED PAID_UNVERIFIED")
}

// What a stopped simulator knew, the next one knows: sessions, references, remaining faults, and its clock.
func TestJournalSurvivesARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bank.jsonl")
	b := newBank(t, sim.Options{Journal: path})
	g := b.adapter(t, terminal)
	b.admin(t, "/_sim/scenario", `{"bends":[{"call":"verify","way":"code","code":-106,"times":2}]}`)
	session := b.start(t, g, "https://m.ir/cb")
	open := b.start(t, g, "https://m.ir/cb")
	reference := b.Pay(t, session)
	_, err := g.Verify(t.Context(), reference, gateway.Sale{})
	if err == nil {
		t.Fatal("the first fault did not happen")
	}
	b.Advance(t, 19*time.Minute)
	before := b.transactions(t)

	killed := newBank(t, sim.Options{Journal: tornCopy(t, path)})
	after := killed.transactions(t)
	wantJSON(t, "transactions", after, before)
	g = killed.adapter(t, terminal)
	_, err = g.Verify(t.Context(), reference, gateway.Sale{})
	if err == nil {
		t.Fatal("the second fault was forgotten")
	}
	answer, err := g.Verify(t.Context(), reference, gateway.Sale{})
	want(t, "error", err, nil)
	want(t, "state", answer.State, gateway.Verified)
	killed.Advance(t, 2*time.Minute) // 21 with those of before
	status, _ := get(t, killed.url+"/OnlinePG/SendToken?token="+open.Token)
	want(t, "the clock went on", status, http.StatusGone)
}

// What is written after a torn line stands on a line of its own.
func TestTornJournalIsMended(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bank.jsonl")
	b := newBank(t, sim.Options{Journal: path})
	b.start(t, b.adapter(t, terminal), "https://m.ir/cb")
	torn := tornCopy(t, path)
	mended := newBank(t, sim.Options{Journal: torn})
	mended.start(t, mended.adapter(t, terminal), "https://m.ir/cb")
	want(t, "sessions after the second restart", len(newBank(t, sim.Options{Journal: torn}).transactions(t)), 2)
}

// tornCopy is a journal whose process died in the middle of a line.
func tornCopy(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("journal is readable by others: %v, %v", info.Mode(), err)
	}
	torn := filepath.Join(t.TempDir(), "torn.jsonl")
	if err := os.WriteFile(torn, append(raw, `{"transaction":{"token":"half`...), 0o600); err != nil {
		t.Fatal(err)
	}
	return torn
}

func wantJSON(t *testing.T, what string, got, wanted any) {
	t.Helper()
	g, errG := json.Marshal(got)
	w, errW := json.Marshal(wanted)
	if errG != nil || errW != nil {
		t.Fatal(errG, errW)
	}
	want(t, what, string(g), string(w))
}

func TestJournalWithABrokenLineIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bank.jsonl")
	if err := os.WriteFile(path, []byte("{}\nnonsense\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := sim.New(sim.Options{Journal: path})
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Fatalf("error %v, want one that names line 2", err)
	}
}
