package app_test

import (
	"fmt"
	"go/ast"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"
)

// documents are the facts that the READMEs may speak of.
type documents struct {
	files     fstest.MapFS    // of the repository
	targets   map[string]bool // of the Makefile
	commands  map[string]bool // of the binary: serve, worker, …
	endpoints map[string]bool // "POST /v1/orders", parameters written {}
	variables []string        // of the configuration, and of the portal's development server
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	facts := documents{
		files: fstest.MapFS{}, targets: makeTargets(readFile(t, "Makefile")), commands: subcommands(tree(t)),
		endpoints: endpoints(t, readFile(t, "openapi.yaml")),
		variables: append(configVariables(t), ownVariable.FindAllString(string(readFile(t, "web/vite.config.ts")), -1)...),
	}
	if len(facts.commands) == 0 || len(facts.endpoints) == 0 || len(facts.targets) == 0 {
		t.Fatalf("no facts to compare with: %d commands, %d endpoints, %d targets", len(facts.commands), len(facts.endpoints), len(facts.targets))
	}
	var readmes []string
	for _, file := range repositoryFiles(t) {
		entry := &fstest.MapFile{}
		if path.Base(file) == "README.md" {
			readmes = append(readmes, file)
			entry.Data = readFile(t, file)
		}
		if strings.HasSuffix(file, ".go") {
			entry.Data = readFile(t, file)
		}
		facts.files[file] = entry
	}
	if !slices.Contains(readmes, "README.md") {
		t.Error("README.md is missing")
	}
	for _, file := range readmes {
		report(t, facts.faults(file))
	}
}

var target = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)

func makeTargets(makefile []byte) map[string]bool {
	targets := map[string]bool{}
	for _, m := range target.FindAllSubmatch(makefile, -1) {
		targets[string(m[1])] = true
	}
	return targets
}

// subcommands are the first words of cobra's Use fields in cmd.
func subcommands(files []source) map[string]bool {
	commands := map[string]bool{}
	for _, s := range files {
		if !within(s.folder(), "cmd") || s.test() {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if word := usedAs(n); word != "" {
				commands[word] = true
			}
			return true
		})
	}
	return commands
}

func usedAs(n ast.Node) string {
	pair, ok := n.(*ast.KeyValueExpr)
	if !ok {
		return ""
	}
	key, isName := pair.Key.(*ast.Ident)
	value, isText := pair.Value.(*ast.BasicLit)
	if !isName || !isText || key.Name != "Use" {
		return ""
	}
	word, _, _ := strings.Cut(strings.Trim(value.Value, "`\""), " ")
	return word
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

func endpoints(t *testing.T, contract []byte) map[string]bool {
	t.Helper()
	var spec struct{ Paths map[string]map[string]any }
	if err := yaml.Unmarshal(contract, &spec); err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for route, operations := range spec.Paths {
		for method := range operations {
			all[strings.ToUpper(method)+" "+parameter.ReplaceAllString(route, "{}")] = true
		}
	}
	return all
}

var (
	fencedBlock = regexp.MustCompile("(?s)```[a-z]*\n(.*?)```")
	codeSpan    = regexp.MustCompile("`([^`\n]+)`")
	link        = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading     = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	makeCall    = regexp.MustCompile(`\bmake ([a-z][a-z-]*)`)
	binaryCall  = regexp.MustCompile(`\b(?:mofasa|banksim) ([a-z][a-z-]*)`)
	request     = regexp.MustCompile(`\b(GET|POST|PUT|PATCH|DELETE) (/v1/[^\s?#]*)`)
	filePath    = regexp.MustCompile(`^(\.?[\w.-]+(?:/[\w.-]+)*/?)(?::(\w+))?$`)
)

// faults finds what a README promises and the repository does not keep: links, make targets, commands, endpoints, variables, paths.
func (d documents) faults(readme string) []string {
	text := string(d.files[readme].Data)
	var wrong []string
	for _, m := range link.FindAllStringSubmatch(withoutCode(text), -1) {
		wrong = append(wrong, d.linkFaults(readme, m[1])...)
	}
	for _, m := range fencedBlock.FindAllStringSubmatch(text, -1) {
		wrong = append(wrong, d.commandFaults(m[1])...)
	}
	for _, m := range codeSpan.FindAllStringSubmatch(fencedBlock.ReplaceAllString(text, ""), -1) {
		wrong = append(wrong, d.commandFaults(m[1])...)
		wrong = append(wrong, d.pathFaults(readme, m[1])...)
	}
	for _, name := range unique(ownVariable.FindAllString(text, -1)) {
		if !slices.Contains(d.variables, name) {
			wrong = append(wrong, name+" is a variable that nothing reads")
		}
	}
	for i := range wrong {
		wrong[i] = readme + ": " + wrong[i]
	}
	return wrong
}

func withoutCode(text string) string {
	return codeSpan.ReplaceAllString(fencedBlock.ReplaceAllString(text, ""), "")
}

func (d documents) linkFaults(readme, to string) []string {
	if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
		return nil
	}
	file, anchor, _ := strings.Cut(to, "#")
	file = path.Join(path.Dir(readme), file)
	if strings.HasPrefix(to, "#") {
		file = readme
	}
	if !d.exists(file) {
		return []string{"links to " + to + ", which does not exist"}
	}
	if anchor != "" && path.Base(file) == "README.md" && !slices.Contains(anchors(string(d.files[file].Data)), anchor) {
		return []string{"links to " + to + ", but no heading is called that"}
	}
	return nil
}

var unanchored = regexp.MustCompile(`[^\p{L}\p{N}\p{M}\s_-]`)

// anchors are the names that GitHub gives to headings.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		name := unanchored.ReplaceAllString(strings.ToLower(strings.TrimSpace(m[1])), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

func (d documents) commandFaults(code string) []string {
	var wrong []string
	for _, m := range makeCall.FindAllStringSubmatch(code, -1) {
		if !d.targets[m[1]] {
			wrong = append(wrong, "make "+m[1]+" is no target")
		}
	}
	for _, m := range binaryCall.FindAllStringSubmatch(code, -1) {
		if !d.commands[m[1]] {
			wrong = append(wrong, m[0]+" is no command")
		}
	}
	for _, m := range request.FindAllStringSubmatch(code, -1) {
		if !d.endpoints[m[1]+" "+parameter.ReplaceAllString(m[2], "{}")] {
			wrong = append(wrong, m[0]+" is no endpoint of openapi.yaml")
		}
	}
	return wrong
}

// pathFaults looks at code that is a path from the root or from the README's folder, with an optional ":Name" that the file declares.
// What starts in no folder of either is prose: a media type, a branch.
func (d documents) pathFaults(readme, code string) []string {
	m := filePath.FindStringSubmatch(code)
	if m == nil || !strings.Contains(code, "/") {
		return nil
	}
	first, _, _ := strings.Cut(m[1], "/")
	for _, base := range []string{"", path.Dir(readme)} {
		file := path.Join(base, m[1])
		if d.exists(file) {
			return d.nameFaults(file, m[2])
		}
	}
	if slices.Contains(built, first) || !d.exists(first) && !d.exists(path.Join(path.Dir(readme), first)) {
		return nil
	}
	return []string{m[1] + " does not exist"}
}

func (d documents) nameFaults(file, name string) []string {
	if name == "" || !strings.HasSuffix(file, ".go") {
		return nil
	}
	declaration := regexp.MustCompile(`(?m)^(?:func (?:\([^)]*\) )?|type |var |const |\t)` + name + `\b`)
	if declaration.Match(d.files[file].Data) {
		return nil
	}
	return []string{file + " declares no " + name}
}

func (d documents) exists(file string) bool {
	_, err := d.files.Stat(path.Clean(file))
	return err == nil
}

func TestDocumentRules(t *testing.T) {
	t.Parallel()
	facts := documents{
		targets: map[string]bool{"demo": true}, commands: map[string]bool{"serve": true}, endpoints: map[string]bool{"GET /v1/orders/{}": true}, variables: []string{"MOFASA_LISTEN"},
		files: fstest.MapFS{
			"README.md":               {Data: []byte("# Mofasa: the start\n## دفتر خدمات\n")},
			"api/orders.go":           {Data: []byte("package api\n\nfunc (s *Server) CreateOrder() {}\n")},
			"billing/bills/README.md": {}, "billing/bills/store.go": {},
		},
	}
	tests := []struct{ name, text, want string }{
		{"all of it true", "[x](../../api/orders.go) [y](../../README.md#mofasa-the-start) [z](https://example.org/x) [fa](../../README.md#دفتر-خدمات) `make demo` `api/orders.go:CreateOrder` `store.go` `billing/bills/` " +
			"`mofasa serve` `GET /v1/orders/{id}` `application/json` `var/bin` MOFASA_LISTEN\n```sh\nmake demo ONCE=1\n```\n", ""},
		{"a dead link", "[x](../store.go)", "links to ../store.go"},
		{"a dead anchor", "[x](../../README.md#the-end)", "no heading"},
		{"a dead anchor here", "# One\n[x](#two)", "no heading"},
		{"an unknown target", "`make all`", "make all is no target"},
		{"an unknown target in a block", "```\nmake all\n```", "make all is no target"},
		{"prose that says make", "These make sense, and make all of it simple.", ""},
		{"an unknown command", "`var/bin/mofasa start`", "mofasa start is no command"},
		{"an unknown endpoint", "`DELETE /v1/orders/{id}`", "is no endpoint"},
		{"another program's endpoint", "`DELETE /sim/orders`", ""},
		{"an unknown variable", "set MOFASA_PORT", "MOFASA_PORT is a variable that nothing reads"},
		{"a missing file", "`api/bills.go`", "api/bills.go does not exist"},
		{"a missing name", "`api/orders.go:DeleteOrder`", "api/orders.go declares no DeleteOrder"},
		{"a path from the README's folder", "`bills/store.go`", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			own := documents{targets: facts.targets, commands: facts.commands, endpoints: facts.endpoints, variables: facts.variables, files: fstest.MapFS{}}
			for name, file := range facts.files {
				own.files[name] = file
			}
			own.files["billing/bills/README.md"] = &fstest.MapFile{Data: []byte(tt.text)}
			var wants []string
			if tt.want != "" {
				wants = []string{tt.want}
			}
			expect(t, own.faults("billing/bills/README.md"), wants...)
		})
	}
}

func TestSubcommands(t *testing.T) {
	t.Parallel()
	const body = "package main\nvar a = &cobra.Command{Use: \"import FILE\", Short: \"x\"}"
	got := subcommands([]source{synthetic(t, "cmd/mofasa/import.go", body), synthetic(t, "api/x.go", strings.Replace(body, "import F", "other F", 1))})
	if !maps.Equal(got, map[string]bool{"import": true}) {
		t.Errorf("found %v", got)
	}
}

func TestMigrationsOnlyAdd(t *testing.T) {
	t.Parallel()
	dir := os.DirFS(filepath.Join(checkout, "migrations", "sql"))
	names, err := fs.Glob(dir, "*")
	if err != nil || len(names) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	files := map[string]string{}
	for _, name := range names {
		files[name] = string(readFile(t, "migrations/sql/"+name))
	}
	report(t, migrationFaults(files))
}

var (
	migrationName = regexp.MustCompile(`^(\d{5})_[a-z0-9_]+\.sql$`)
	// While a release goes out, the old program runs on the new schema: what it reads may not go away or change its name.
	taking     = regexp.MustCompile(`(?i)\b(DROP\s+(TABLE|COLUMN|SCHEMA|TYPE)|TRUNCATE\s+(TABLE\s+)?\w+\s*;|RENAME\s+(TO|COLUMN)|ALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE)\b`)
	sqlComment = regexp.MustCompile(`--[^\n]*`)
)

func migrationFaults(files map[string]string) []string {
	var wrong []string
	numbers := map[int]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		m := migrationName.FindStringSubmatch(name)
		if m == nil {
			wrong = append(wrong, name+" is not named 00001_noun.sql")
			continue
		}
		number, err := strconv.Atoi(m[1])
		if err != nil {
			wrong = append(wrong, err.Error())
		}
		if twin := numbers[number]; twin != "" {
			wrong = append(wrong, fmt.Sprintf("%s and %s have one number", twin, name))
		}
		numbers[number] = name
		up, _, _ := strings.Cut(files[name], "-- +goose Down")
		if found := taking.FindString(sqlComment.ReplaceAllString(up, "")); found != "" {
			wrong = append(wrong, fmt.Sprintf("%s takes something away: %s", name, found))
		}
	}
	for number := range len(numbers) {
		if numbers[number+1] == "" {
			wrong = append(wrong, fmt.Sprintf("migration %05d is missing", number+1))
		}
	}
	return wrong
}

func TestMigrationRules(t *testing.T) {
	t.Parallel()
	const up = "-- +goose Up\nCREATE TABLE a (b int); -- never DROP TABLE\n-- +goose Down\nDROP TABLE a;\n"
	expect(t, migrationFaults(map[string]string{"00001_a.sql": up, "00002_b.sql": up}))
	expect(t, migrationFaults(map[string]string{"00001_a.sql": up, "00003_b.sql": up}), "migration 00002 is missing")
	expect(t, migrationFaults(map[string]string{"00001_a.sql": up, "00001_b.sql": up}), "00001_a.sql and 00001_b.sql have one number")
	expect(t, migrationFaults(map[string]string{"00001_a.sql": up, "2_b.sql": up}), "2_b.sql is not named")
	expect(t, migrationFaults(map[string]string{"00001_a.sql": "ALTER TABLE a DROP  COLUMN b;"}), "takes something away")
	expect(t, migrationFaults(map[string]string{"00001_a.sql": "ALTER TABLE a ALTER COLUMN b TYPE text;"}), "takes something away")
	expect(t, migrationFaults(map[string]string{"00001_a.sql": "alter table a rename to b;"}), "takes something away")
}
