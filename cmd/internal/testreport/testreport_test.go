package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module is a Go module in which each package ends in another way.
var module = map[string]string{
	"go.mod":          "module x\n\ngo 1.26.0\n",
	"untested/a.go":   "package untested\n",
	"good/a_test.go":  "package good\nimport \"testing\"\nfunc TestTree(t *testing.T) { t.Log(\"hush\"); t.Run(\"leaf\", func(t *testing.T) {}); t.Run(\"later\", func(t *testing.T) { t.Skip(\"no such city\") }) }\n",
	"wrong/a_test.go": "package wrong\nimport \"testing\"\nfunc TestTree(t *testing.T) { t.Run(\"leaf\", func(t *testing.T) { t.Error(\"4 rials too many\") }) }\nfunc TestOther(t *testing.T) {}\n",
	"panics/a_test.go": "package panics\nimport (\"testing\"; \"time\")\nfunc TestDone(t *testing.T) {}\nfunc TestWaits(t *testing.T) { t.Parallel() }\n" +
		"func TestBoom(t *testing.T) { go func() { panic(\"boom\") }(); time.Sleep(time.Minute) }\n",
	"hangs/a_test.go":  "package hangs\nimport (\"testing\"; \"time\")\nfunc TestHang(t *testing.T) { time.Sleep(time.Hour) }\n",
	"broken/a_test.go": "package broken\nimport \"testing\"\nfunc TestNever(t *testing.T) { undefined() }\n",
	"exits/a_test.go":  "package exits\nimport (\"os\"; \"testing\")\nfunc TestFine(t *testing.T) {}\nfunc TestMain(m *testing.M) { m.Run(); println(\"cannot clean up\"); os.Exit(3) }\n",
}

// TestGoOutcomes runs the real `go test`, whose words about a panic or a broken build no recording keeps up with.
func TestGoOutcomes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, body := range module {
		write(t, filepath.Join(dir, path), body)
	}
	tests := []struct {
		name, arguments string
		want            tally
		says            []string
		hushes          []string
	}{
		{"passes", "./good", tally{passed: 2, skipped: 1}, []string{"ok  \tx/good\t", "skip\tx/good TestTree/later\n", "no such city"}, []string{"hush", "=== RUN", "FAIL"}},
		{"fails", "./wrong", tally{passed: 1, failed: 2}, []string{"FAIL\tx/wrong TestTree/leaf\n", "4 rials too many", "FAIL\tx/wrong\t"}, []string{"=== RUN"}},
		{"hangs", "-timeout 1s ./hangs", tally{failed: 1}, []string{"test timed out after 1s", "TestHang did not end"}, nil},
		{"does not build", "./broken", tally{failed: 1}, []string{"undefined: undefined", "FAIL\tx/broken [build failed]"}, nil},
		{"fails after its tests", "./exits", tally{passed: 1, failed: 1}, []string{"cannot clean up", "FAIL\tx/exits\t"}, nil},
		{"panics", "./panics", tally{passed: 1, failed: 2}, []string{"panic: boom", "TestBoom did not end", "TestWaits did not end"}, nil},
		{"nothing to run", "./untested", tally{failed: 1}, []string{"FAIL\tgo: no test ran"}, []string{"untested\t"}},
		{"no such package", "./nowhere", tally{failed: 1}, []string{"FAIL\t./nowhere [setup failed]"}, nil},
		{"several packages", "./good ./wrong ./broken ./untested", tally{passed: 3, failed: 3, skipped: 1}, []string{"ok  \tx/good\t", "FAIL\tx/wrong\t", "FAIL\tx/broken [build failed]"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			report := newGoReport(&out)
			command := append([]string{"go", "-C", dir, "test", "-json"}, strings.Fields(tt.arguments)...)
			got := runner{command: command, read: report.read, result: report.result}.run(t.Context(), &out, io.Discard)
			check(t, got, tt.want, out.String(), tt.says, tt.hushes)
		})
	}
}

func TestGoStreamOddities(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, stream string
		want         tally
		says         []string
	}{
		{"a line that is no event", "go: warning\n", tally{}, []string{"go: warning\n"}},
		{"JSON that is no event", "{\"a\":1}\n", tally{}, []string{"{\"a\":1}\n"}},
		{"the stream stops inside a test", `{"Action":"run","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"output","Package":"p","Test":"TestA","Output":"half\n"}`,
			tally{failed: 1}, []string{"half\n", "TestA did not end"}},
		{"a very long line", `{"Action":"output","Package":"p","Test":"TestA","Output":"` + strings.Repeat("x", 1<<20) + `"}` + "\n" + `{"Action":"fail","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"fail","Package":"p"}`,
			tally{failed: 1}, []string{strings.Repeat("x", 1<<20)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			report := newGoReport(&out)
			if err := report.read(strings.NewReader(tt.stream)); err != nil {
				t.Fatal(err)
			}
			got, err := report.result()
			if err != nil {
				t.Fatal(err)
			}
			check(t, got, tt.want, out.String(), tt.says, nil)
		})
	}
}

func TestVitestReport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, report string
		exit         string
		want         tally
		says         []string
	}{
		{"counts", `{"testResults":[{"name":"/w/a.test.ts","status":"passed","assertionResults":[{"fullName":"a one","status":"passed"},{"fullName":"a two","status":"skipped"},{"fullName":"a three","status":"todo"}]},
			{"name":"/w/b.test.ts","status":"failed","assertionResults":[{"fullName":"b one","status":"failed","failureMessages":["expected ۱۲ to be ۱۳"]},{"fullName":"b two","status":"passed"}]}]}`, "1",
			tally{passed: 2, failed: 1, skipped: 2}, []string{"ok  \t/w/a.test.ts", "FAIL\tb one\nexpected ۱۲ to be ۱۳\n", "FAIL\t/w/b.test.ts", "skip\ta two"}},
		{"a file that cannot be loaded", `{"testResults":[{"name":"/w/a.test.ts","status":"passed","assertionResults":[{"fullName":"one","status":"passed"}]},{"name":"/w/c.test.ts","status":"failed","message":"cannot find module","assertionResults":[]}]}`, "1",
			tally{passed: 1, failed: 1}, []string{"cannot find module"}},
		{"an error outside every test", `{"testResults":[{"name":"/w/a.test.ts","status":"passed","assertionResults":[{"fullName":"one","status":"passed"}]}]}`, "1",
			tally{passed: 1, failed: 1}, []string{"all tests passed, but the runner did not"}},
		{"no tests", `{"testResults":[]}`, "0", tally{failed: 1}, []string{"no test ran"}},
		{"half a report", `{"testResults":[`, "0", tally{failed: 1}, []string{"its report"}},
		{"no report", "", "0", tally{failed: 1}, []string{"it left no report"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			dir := t.TempDir()
			made := filepath.Join(dir, "made.json") // not an argument: the runner shows its command
			write(t, made, tt.report)
			v := vitestReport{file: filepath.Join(dir, "var", "report.json"), out: &out}
			write(t, v.file, `{"testResults":[{"name":"stale","status":"failed"}]}`)
			script := `test ! -s "$1" || cp "$1" "$2"; exit ` + tt.exit
			got := runner{command: []string{"sh", "-c", script, "sh", made, v.file}, prepare: v.prepare, read: v.read, result: v.result}.run(t.Context(), &out, io.Discard)
			check(t, got, tt.want, out.String(), tt.says, []string{"stale"})
		})
	}
}

func TestPlaywrightReport(t *testing.T) {
	t.Parallel()
	journey := func(title, status, says string) string {
		return `{"title":"` + title + `","file":"pay.journey.ts","tests":[{"status":"` + status + `","results":[{"errors":[{"message":"` + says + `"}]}]}]}`
	}
	tests := []struct {
		name, report string
		want         tally
		says         []string
	}{
		{"counts, also in groups", `{"suites":[{"specs":[` + journey("a", "expected", "") + `,` + journey("b", "unexpected", "button not found") + `],"suites":[{"specs":[` + journey("c", "skipped", "") + `,` +
			journey("d", "expected", "") + `]}]}]}`, tally{passed: 2, failed: 1, skipped: 1}, []string{"FAIL\tpay.journey.ts: b\nbutton not found\n", "skip\tpay.journey.ts: c"}},
		{"a journey that passed when repeated", `{"suites":[{"specs":[` + journey("a", "flaky", "late") + `]}]}`, tally{failed: 1}, []string{"FAIL\tpay.journey.ts: a\nlate\n"}},
		{"a ground that does not stand", `{"suites":[],"errors":[{"message":"the ground does not stand"}]}`, tally{failed: 1}, []string{"the ground does not stand"}},
		{"half a report", `{"suites":[`, tally{failed: 1}, []string{"its report"}},
		{"no journeys", `{"suites":[]}`, tally{failed: 1}, []string{"no test ran"}},
		{"no report", "", tally{failed: 1}, []string{"it left no report"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			dir := t.TempDir()
			made := filepath.Join(dir, "made.json")
			write(t, made, tt.report)
			p := playwrightReport{file: filepath.Join(dir, "var", "report.json"), out: &out}
			write(t, p.file, `{"suites":[{"specs":[`+journey("stale", "unexpected", "")+`]}]}`)
			got := runner{command: []string{"sh", "-c", `test ! -s "$1" || cp "$1" "$2"`, "sh", made, p.file}, prepare: p.prepare, read: p.read, result: p.result}.run(t.Context(), &out, io.Discard)
			check(t, got, tt.want, out.String(), tt.says, []string{"stale"})
		})
	}
}

func TestRunnerThatBreaks(t *testing.T) {
	t.Parallel()
	one := func() (tally, error) { return tally{passed: 1}, nil }
	drain := func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }
	tests := []struct {
		name string
		r    runner
		want tally
		says string
	}{
		{"is not installed", runner{command: []string{"mofasa-no-such-program"}, read: drain, result: one}, tally{passed: 1, failed: 1}, "executable file not found"},
		{"cannot prepare", runner{command: []string{"true"}, prepare: func() error { return errors.New("disk full") }, read: drain, result: one}, tally{passed: 1, failed: 1}, "disk full"},
		{"cannot be read", runner{command: []string{"true"}, read: func(io.Reader) error { return errors.New("torn pipe") }, result: one}, tally{passed: 1, failed: 1}, "torn pipe"},
		{"passes", runner{command: []string{"true"}, read: drain, result: one}, tally{passed: 1}, "$ true\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			check(t, tt.r.run(t.Context(), &out, io.Discard), tt.want, out.String(), []string{tt.says}, nil)
		})
	}
}

func TestClosingLine(t *testing.T) {
	t.Parallel()
	for want, counted := range map[string]tally{
		"0 passed, 0 failed":             {},
		"12 passed, 3 failed":            {passed: 12, failed: 3},
		"12 passed, 0 failed, 1 skipped": {passed: 12, skipped: 1},
	} {
		if got := counted.String(); got != want {
			t.Errorf("%+v prints %q, want %q", counted, got, want)
		}
	}
}

func check(t *testing.T, got, want tally, out string, says, hushes []string) {
	t.Helper()
	if got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	for _, text := range says {
		if !strings.Contains(out, text) {
			t.Errorf("does not say %.80q", text)
		}
	}
	for _, text := range hushes {
		if strings.Contains(out, text) {
			t.Errorf("says %q", text)
		}
	}
	if t.Failed() {
		t.Logf("it says: %.2000s", out)
	}
}

func write(t *testing.T, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}
