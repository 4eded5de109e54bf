package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of `go test -json`; its fields and actions are those of `go doc test2json` and `go help buildjson`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// goReport follows a stream of events. A test's output is kept until its end, and shown unless it passed.
type goReport struct {
	out      io.Writer
	counted  tally
	packages map[string]*packageRun
}

// packageRun is a package whose test binary has not ended.
type packageRun struct {
	output  strings.Builder
	running map[string]*strings.Builder // output by test
	failed  int
}

func newGoReport(out io.Writer) *goReport {
	return &goReport{out: out, packages: map[string]*packageRun{}}
}

// read handles every line up to the end of the stream; a line that is no event is shown as it is.
func (g *goReport) read(stdout io.Reader) error {
	lines := bufio.NewReader(stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			g.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read test output: %w", err)
		}
	}
}

// result closes packages that the stream left open, as a killed `go test` does.
func (g *goReport) result() (tally, error) {
	for _, name := range slices.Sorted(maps.Keys(g.packages)) {
		g.endPackage(event{Action: "fail", Package: name})
	}
	return g.counted, nil
}

func (g *goReport) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil || e.Action == "" {
		_, _ = g.out.Write(line)
		return
	}
	switch {
	case e.Action == "build-output":
		_, _ = io.WriteString(g.out, e.Output)
	case e.Package == "": // build-fail repeats what its output said
	case e.Test == "":
		g.packageEvent(e)
	default:
		g.testEvent(e)
	}
}

func (g *goReport) packageEvent(e event) {
	switch e.Action {
	case "output":
		g.open(e.Package).output.WriteString(e.Output)
	case "pass", "fail", "skip":
		g.endPackage(e)
	}
}

func (g *goReport) testEvent(e event) {
	tests := g.open(e.Package).running
	if tests[e.Test] == nil {
		tests[e.Test] = &strings.Builder{}
	}
	switch e.Action {
	case "output":
		tests[e.Test].WriteString(e.Output)
	case "pass", "fail", "skip":
		g.endTest(e)
	}
}

func (g *goReport) open(name string) *packageRun {
	if g.packages[name] == nil {
		g.packages[name] = &packageRun{running: map[string]*strings.Builder{}}
	}
	return g.packages[name]
}

func (g *goReport) endTest(e event) {
	run := g.open(e.Package)
	output := withoutProgress(run.running[e.Test].String())
	delete(run.running, e.Test)
	switch e.Action {
	case "pass":
		g.counted.passed++
	case "skip":
		g.counted.skipped++
		fmt.Fprintf(g.out, "skip\t%s %s\n%s", e.Package, e.Test, output)
	default:
		g.counted.failed++
		run.failed++
		fmt.Fprintf(g.out, "FAIL\t%s %s\n%s", e.Package, e.Test, output)
	}
}

// endPackage counts tests that were cut off (a panic, a timeout, os.Exit) as failed, and a package that failed without
// a failed test (a build error, TestMain, a race after the last test) as one failure.
func (g *goReport) endPackage(e event) {
	run := g.open(e.Package)
	for _, name := range slices.Sorted(maps.Keys(run.running)) {
		run.running[name].WriteString("--- FAIL: " + name + " did not end\n")
		g.endTest(event{Action: "fail", Package: e.Package, Test: name})
	}
	delete(g.packages, e.Package)
	if e.Action == "fail" && run.failed == 0 {
		g.counted.failed++
	}
	g.showPackage(e, run.output.String())
}

// showPackage shows the line `ok` of a package that passed, everything that a failed one said, and nothing of one without tests.
func (g *goReport) showPackage(e event, output string) {
	if e.Action == "fail" {
		_, _ = io.WriteString(g.out, output)
		return
	}
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "ok ") {
			_, _ = io.WriteString(g.out, line)
		}
	}
}

// withoutProgress drops the lines that only say that a test started, paused or went on.
func withoutProgress(output string) string {
	var kept strings.Builder
	for line := range strings.Lines(output) {
		if !strings.HasPrefix(line, "=== ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
