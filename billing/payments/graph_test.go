package payments

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestEveryStateIsReached(t *testing.T) {
	t.Parallel()
	reached := map[State]bool{Created: true}
	for grew := true; grew; {
		grew = false
		for _, e := range graph {
			if reached[e.From] && !reached[e.To] {
				reached[e.To], grew = true, true
			}
		}
	}
	for _, s := range States() {
		if !reached[s] {
			t.Errorf("nothing leads to %s", s)
		}
	}
	if len(reached) != len(States()) {
		t.Errorf("the graph knows %d states, States lists %d", len(reached), len(States()))
	}
}

func TestNothingWaitsForNobody(t *testing.T) {
	t.Parallel()
	for _, s := range States() {
		out := slices.DeleteFunc(Graph(), func(e Edge) bool { return e.From != s })
		waits := s.Waits()
		if waits == "" {
			continue
		}
		if !slices.ContainsFunc(out, func(e Edge) bool {
			return slices.Contains(e.By, waits) || waits == ByTimer && slices.Contains(e.By, ByProvider)
		}) {
			t.Errorf("%s waits for the %s, which has no way out of it", s, waits)
		}
		if waits == ByTimer && !slices.ContainsFunc(out, func(e Edge) bool { return slices.Contains(e.By, ByTimer) }) {
			t.Errorf("in %s a silent provider is waited for without end", s)
		}
	}
}

func TestEdgesAreSound(t *testing.T) {
	t.Parallel()
	seen := map[[2]State]bool{}
	for _, e := range graph {
		if seen[[2]State{e.From, e.To}] {
			t.Errorf("two edges from %s to %s", e.From, e.To)
		}
		seen[[2]State{e.From, e.To}] = true
		if len(e.By) == 0 || e.Event == "" || e.From == e.To {
			t.Errorf("an edge without taker, event or end: %+v", e)
		}
		if e.To == Failed && e.From == Captured || e.From == Suspense && !slices.Equal(e.By, []Taker{ByPerson}) {
			t.Errorf("money in our hands is lost by %s to %s", e.From, e.To)
		}
	}
	for _, by := range []Taker{ByOffice, ByProvider, ByTimer, ByPerson} {
		if _, err := edge(Captured, Failed, by); err == nil {
			t.Errorf("captured money can fail, by %s", by)
		}
		if _, err := edge(Unknown, Captured, by); (err == nil) != (by == ByProvider) {
			t.Errorf("what is unknown is captured by %s: %v", by, err)
		}
	}
}

func TestReadmeShowsTheGraph(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```mermaid\n"+Mermaid()+"```\n") {
		t.Errorf("README.md does not show the graph; it should hold\n```mermaid\n%s```", Mermaid())
	}
}
