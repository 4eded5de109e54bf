package app_test

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// mayImport lists, for each tree, the other trees of this module that its shipped code may import; its own is always allowed.
// The longest matching tree decides. Imports run one way: cmd → api → billing → tenants; in billing money, calendar ← tariffs ←
// dues ← inquiries ← bills ← payments ← settlement; ledger rests on money; certificates reads, and nobody imports it.
var mayImport = map[string][]string{
	"tenants":       {},
	"tenants/fault": {},

	"billing/money":       {"tenants/fault"},
	"billing/calendar":    {"tenants/fault"},
	"billing/ledger":      {"billing/money", "tenants/audit", "tenants/fault", "tenants/scope"},
	"billing/deposits":    {"billing/ledger", "billing/money", "billing/calendar", "tenants"},
	"billing/shifts":      {"billing/money", "tenants"},
	"billing/desk":        {"billing/money", "billing/calendar", "tenants"},
	"billing/tariffs":     {"billing/money", "billing/calendar", "tenants"},
	"billing/dues":        {"billing/tariffs", "billing/money", "billing/calendar", "tenants"},
	"billing/valuations":  {"billing/tariffs", "billing/money", "billing/calendar", "tenants"},
	"billing/decisions":   {"billing/dues", "billing/tariffs", "billing/money", "billing/calendar", "tenants"},
	"billing/impact":      {"billing/dues", "billing/tariffs", "billing/money", "billing/calendar", "tenants"},
	"billing/packs":       {"billing/tariffs", "billing/money", "billing/calendar", "tenants"},
	"billing/inquiries":   {"billing/dues", "billing/tariffs", "billing/money", "billing/calendar", "tenants"},
	"billing/bills":       {"billing/inquiries", "billing/dues", "billing/tariffs", "billing/money", "billing/calendar", "tenants"},
	"billing/corrections": {"billing/bills", "billing/inquiries", "billing/decisions", "billing/dues", "billing/tariffs", "billing/ledger", "billing/money", "billing/calendar", "tenants"},
	"billing/bankfiles":   {"billing/money", "billing/calendar", "tenants/fault"},
	"billing/payments":    {"billing/bankfiles", "billing/bills", "billing/deposits", "billing/shifts", "billing/inquiries", "billing/dues", "billing/tariffs", "billing/ledger", "billing/money", "billing/calendar", "tenants"},
	// A provider's adapter knows the port and nothing of payments, nor of another provider.
	"billing/payments/gateway":  {"billing/money"},
	"billing/payments/sep":      {"billing/payments/gateway", "billing/money"},
	"billing/payments/zarinpal": {"billing/payments/gateway", "billing/money"},
	"billing/payments/mellat":   {"billing/payments/gateway", "billing/money"},
	// The registry makes all adapters, and chooses among them for payments.
	"billing/payments/gateways":   {"billing/payments", "billing/money", "tenants"},
	"billing/payments/pcpos":      {"billing/money", "billing/calendar", "tenants/fault", "tenants/identifiers"}, // pure: it also runs on an office's PC
	"billing/payments/simulation": {"billing", "tenants"},                                                        // tests alone
	"billing/settlement":          {"billing/payments", "billing/bills", "billing/inquiries", "billing/dues", "billing/tariffs", "billing/ledger", "billing/money", "billing/calendar", "tenants"},
	"billing/certificates":        {"billing/bills", "billing/inquiries", "billing/dues", "billing/tariffs", "billing/money", "billing/calendar", "tenants"},

	"api":                  {"billing", "tenants"},
	"api/gen":              {},
	"cmd/posagent":         {"billing/payments/pcpos", "billing/money", "tenants/fault"}, // no database, no server
	"cmd/banksim/terminal": {},                                                           // reads the protocol for itself

	"cmd":        {"api", "billing", "tenants", "migrations", "web"},
	"migrations": {},
	"web":        {},
}

// testsMayImport is what tests may import besides: packages that are only there for tests, and what stands in for the outside.
var testsMayImport = []string{"migrations", "api/ratelimit/localredis", "cmd/banksim"}

// fence keeps a library, or some names of it, inside a part of the tree.
type fence struct {
	library string   // import path, or the start of one
	names   []string // none: the import itself is fenced
	inside  []string // patterns of files, see matches
}

var fences = []fence{
	{library: "gorm.io", inside: []string{"billing/.../store*.go", "tenants/.../store*.go", "tenants/scope/open.go", "tenants/scope/tx.go", "tenants/scope/idempotency.go", "tenants/scope/copy.go"}},
	{library: "github.com/jackc/pgx", inside: []string{"migrations/...", "tenants/scope/...", "billing/.../store*.go", "tenants/.../store*.go", "billing/.../import*.go", "tenants/.../import*.go"}},
	{library: "github.com/labstack", inside: []string{"api/..."}},
	{library: "github.com/redis", inside: []string{"api/ratelimit/...", "cmd/..."}},
	{library: "github.com/riverqueue", inside: []string{"tenants/jobs/..."}},
	// A provider is called from its gateway, a subscriber from webhooks, and from nowhere else: never inside a transaction.
	{library: "net/http", names: []string{"Client", "DefaultClient", "Get", "Head", "Post", "PostForm", "NewRequest", "NewRequestWithContext", "Transport", "DefaultTransport", "RoundTripper"},
		inside: []string{"billing/payments/*/*.go", "tenants/webhooks/...", "cmd/..."}},
	// Time, settings and contexts come from the caller.
	{library: "time", names: []string{"Now", "Since", "Until"}, inside: processes},
	{library: "os", names: []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, inside: processes},
	{library: "context", names: []string{"Background", "TODO"}, inside: processes},
	// One place turns errors into answers: api/problem.go.
	{library: "net/http", names: []string{"Error", "NotFound"}, inside: answers},
	{library: "github.com/labstack/echo", names: []string{"NewHTTPError", "HTTPError"}, inside: answers},
}

// processes start what the program needs, and so own a clock, the environment and the first context, as tests do.
var processes = []string{
	"cmd/...",
	"migrations/localpg/...",       // starts PostgreSQL for the demo and the tests
	"api/ratelimit/localredis/...", // starts Redis for the demo and the tests
}

// answers write to a response by themselves.
var answers = []string{
	"api/problem.go",
	"api/gen/...",
	"cmd/banksim/...",            // answers as a bank does
	"cmd/posagent/...",           // answers the portal on the office's PC
	"cmd/internal/app/portal.go", // static files: a missing picture has no problem details
}

// writers are the methods of echo.Context and http.ResponseWriter that send a status or a body; String is one only with a status.
var writers = []string{"JSON", "JSONPretty", "JSONBlob", "JSONP", "JSONPBlob", "XML", "XMLPretty", "XMLBlob", "HTML", "HTMLBlob", "String", "Blob", "Stream", "NoContent", "WriteHeader"}

func TestArchitecture(t *testing.T) {
	t.Parallel()
	rules := map[string]func([]source) []string{
		"imports run one way":                   wrongImports,
		"libraries stay inside their fences":    brokenFences,
		"one place answers errors":              strayAnswers,
		"test packages are for tests":           shippedTestPackages,
		"a package is imported under its name":  dotImports,
		"every tree has its place in the table": unknownTrees,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report(t, rule(tree(t)))
		})
	}
}

// TestNothingForTestsIsShipped follows the imports of imports, other modules' included.
func TestNothingForTestsIsShipped(t *testing.T) {
	t.Parallel()
	found, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, p := range found {
		if p.Name != "main" {
			continue
		}
		commands++
		report(t, testDependencies(p))
	}
	if commands == 0 {
		t.Error("no command found")
	}
}

// bringsTesting is a package of River's shipped code that needs testing, which so is in every command that works jobs. Our own code is held by shippedTestPackages.
const bringsTesting = "github.com/riverqueue/river/rivershared/riversharedtest"

func testDependencies(p listed) []string {
	var wrong []string
	for _, dependency := range p.Deps {
		folder, ours := inModule(dependency)
		if ours && testOnly(folder) || dependency == "testing" && !slices.Contains(p.Deps, bringsTesting) || dependency == "pgregory.net/rapid" {
			wrong = append(wrong, p.ImportPath+" depends on "+dependency)
		}
	}
	return wrong
}

func wrongImports(files []source) []string {
	var wrong []string
	for _, s := range files {
		for _, i := range s.imports() {
			target, ours := inModule(i.path)
			if ours && treeOf(s.folder()) != "" && !allowed(s, target) {
				wrong = append(wrong, s.at(i.spec, "%s may not import %s", treeOf(s.folder()), target))
			}
		}
	}
	return wrong
}

func allowed(s source, target string) bool {
	own := treeOf(s.folder())
	trees := append([]string{own}, mayImport[own]...)
	if s.test() {
		trees = append(trees, testsMayImport...)
		if testOnly(target) {
			target = path.Dir(target)    // billing/payments/gatewaytest goes with billing/payments
			trees = append(trees, "api") // apitest
		}
	}
	return slices.ContainsFunc(trees, func(tree string) bool { return within(target, tree) })
}

// treeOf is the longest key of mayImport that holds a folder, or "".
func treeOf(folder string) string {
	longest := ""
	for tree := range mayImport {
		if within(folder, tree) && len(tree) > len(longest) {
			longest = tree
		}
	}
	return longest
}

func within(folder, tree string) bool {
	return folder == tree || strings.HasPrefix(folder, tree+"/")
}

func unknownTrees(files []source) []string {
	var wrong []string
	for _, s := range files {
		if treeOf(s.folder()) == "" {
			wrong = append(wrong, s.folder()+" has no place in the import table")
		}
	}
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

func brokenFences(files []source) []string {
	var wrong []string
	for _, s := range files {
		if s.test() {
			continue
		}
		for _, f := range fences {
			if !matchesAny(s.path, f.inside) {
				wrong = append(wrong, f.broken(s)...)
			}
		}
	}
	return wrong
}

func (f fence) broken(s source) []string {
	var wrong []string
	if f.names == nil {
		for _, i := range s.imports() {
			if within(i.path, f.library) {
				wrong = append(wrong, s.at(i.spec, "%s belongs to %s", i.path, strings.Join(f.inside, ", ")))
			}
		}
		return wrong
	}
	s.uses(func(node ast.Node, library, name string) {
		if within(library, f.library) && slices.Contains(f.names, name) {
			wrong = append(wrong, s.at(node, "%s.%s belongs to %s", library, name, strings.Join(f.inside, ", ")))
		}
	})
	return wrong
}

func strayAnswers(files []source) []string {
	var wrong []string
	for _, s := range files {
		if s.test() || matchesAny(s.path, answers) {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && s.writes(call) {
				wrong = append(wrong, s.at(call, "a handler returns its answer or error; only %s writes one", answers[0]))
			}
			return true
		})
	}
	return wrong
}

func (s source) writes(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains(writers, method.Sel.Name) || s.libraryOf(method) != "" {
		return false
	}
	return len(call.Args) > 0 && (method.Sel.Name != "String" || len(call.Args) == 2)
}

func shippedTestPackages(files []source) []string {
	var wrong []string
	for _, s := range files {
		for _, i := range s.imports() {
			if s.test() {
				continue
			}
			if target, ours := inModule(i.path); ours && testOnly(target) {
				wrong = append(wrong, s.at(i.spec, "%s is for tests", target))
			} else if i.path == "testing" {
				wrong = append(wrong, s.at(i.spec, "testing is for tests"))
			}
		}
	}
	return wrong
}

// dotImports would hide a fenced name from the other rules.
func dotImports(files []source) []string {
	var wrong []string
	for _, s := range files {
		for _, i := range s.imports() {
			if i.name == "." {
				wrong = append(wrong, s.at(i.spec, "%s is imported without its name", i.path))
			}
		}
	}
	return wrong
}

func matchesAny(file string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(file, p) })
}

// matches knows path.Match's patterns, and "..." for any folders, none included, in between or at the end.
func matches(file, pattern string) bool {
	before, after, any := strings.Cut(pattern, "/...")
	if !any {
		ok, err := path.Match(pattern, file)
		return ok && err == nil
	}
	if !within(file, before) {
		return false
	}
	if after == "" {
		return true
	}
	ok, err := path.Match(strings.TrimPrefix(after, "/"), path.Base(file))
	return ok && err == nil
}
