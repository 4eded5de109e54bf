package app_test

import (
	"testing"
)

// Every rule of architecture_test.go must be able to fail: each case is one file, and what is found in it.
func TestArchitectureRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		rule  func([]source) []string
		path  string
		body  string
		wants []string
	}{
		{"billing does not know api", wrongImports, "billing/bills/service.go", `import "mofasa/api/authn"`, []string{"billing/bills/service.go:3: billing/bills may not import api/authn"}},
		{"tenants does not know billing", wrongImports, "tenants/offices/service.go", `import "mofasa/billing/money"`, []string{"tenants may not import billing/money"}},
		{"api does not know cmd", wrongImports, "api/server.go", `import "mofasa/cmd/internal/app"`, []string{"api may not import cmd/internal/app"}},
		{"api does not know the schema", wrongImports, "api/server.go", `import "mofasa/migrations"`, []string{"api may not import migrations"}},
		{"dues does not know bills", wrongImports, "billing/dues/service.go", `import "mofasa/billing/bills"`, []string{"billing/dues may not import billing/bills"}},
		{"a gateway does not know settlement", wrongImports, "billing/payments/sep/sep.go", `import "mofasa/billing/settlement"`, []string{"billing/payments/sep may not import billing/settlement"}},
		{"a gateway does not know payments", wrongImports, "billing/payments/mellat/mellat.go", "import (\n\"mofasa/billing/payments/gateway\"\n\"mofasa/billing/payments\"\n\"mofasa/billing/payments/sep\"\n)",
			[]string{"billing/payments/mellat may not import billing/payments", "billing/payments/mellat may not import billing/payments/sep"}},
		{"ledger rests on money alone", wrongImports, "billing/ledger/ledger.go", "import (\n\"mofasa/billing/money\"\n\"mofasa/billing/calendar\"\n\"mofasa/tenants/scope\"\n\"mofasa/tenants/vehicles\"\n)",
			[]string{"billing/ledger may not import billing/calendar", "billing/ledger may not import tenants/vehicles"}},
		{"nobody imports certificates", wrongImports, "billing/settlement/service.go", `import "mofasa/billing/certificates"`, []string{"billing/settlement may not import billing/certificates"}},
		{"certificates does not know payments", wrongImports, "billing/certificates/service.go", `import "mofasa/billing/payments"`, []string{"billing/certificates may not import billing/payments"}},
		{"a name that only starts alike", wrongImports, "billing/dues/service.go", `import "mofasa/billing/moneylaundering"`, []string{"billing/dues may not import billing/moneylaundering"}},
		{"the generated server stands alone", wrongImports, "api/gen/gen.go", `import "mofasa/tenants/fault"`, []string{"api/gen may not import tenants/fault"}},
		{"what is allowed", wrongImports, "billing/payments/service.go", "import (\n\"context\"\n\"mofasa/billing/bills\"\n\"mofasa/billing/payments/gateway\"\n\"mofasa/billing/ledger\"\n\"mofasa/tenants/scope\"\n\"example.org/mofasa/api\"\n)", nil},
		{"cmd knows everything", wrongImports, "cmd/internal/app/app.go", "import (\n\"mofasa/api\"\n\"mofasa/billing/certificates\"\n\"mofasa/migrations\"\n\"mofasa/web\"\n)", nil},
		{"the agent carries no database", wrongImports, "cmd/posagent/pair.go", `import "mofasa/tenants/devices"`, []string{"cmd/posagent may not import tenants/devices"}},
		{"the agent speaks pcpos", wrongImports, "cmd/posagent/internal/link/link.go", "import (\n\"mofasa/billing/payments/pcpos\"\n\"mofasa/cmd/posagent/internal/journal\"\n)", nil},
		{"the agent is tried against the simulated terminal", wrongImports, "cmd/posagent/internal/sales/sales_test.go", "import (\n\"mofasa/cmd/banksim/terminal\"\n\"mofasa/api/apitest\"\n)", nil},
		{"the simulated terminal shares no code with the agent", wrongImports, "cmd/banksim/terminal/wire.go", `import "mofasa/billing/payments/pcpos"`, []string{"cmd/banksim/terminal may not import billing/payments/pcpos"}},
		{"pcpos stores nothing", wrongImports, "billing/payments/pcpos/store.go", `import "mofasa/tenants/scope"`, []string{"billing/payments/pcpos may not import tenants/scope"}},
		{"a test may use a database and the simulated bank", wrongImports, "billing/payments/sep/sep_test.go", "import (\n\"mofasa/migrations/pgtest\"\n\"mofasa/cmd/banksim/sim\"\n\"mofasa/billing/payments/gateway/gatewaytest\"\n)", nil},
		{"a test still obeys the direction", wrongImports, "billing/dues/dues_test.go", `import "mofasa/billing/bills"`, []string{"billing/dues may not import billing/bills"}},
		{"a test package counts as a test", wrongImports, "api/apitest/apitest.go", `import "mofasa/migrations/pgtest"`, nil},
		{"a command's tests may use the whole server", wrongImports, "cmd/mofasa/demo_test.go", `import "mofasa/api/apitest"`, nil},

		{"a new tree", unknownTrees, "pkg/utils/strings.go", "", []string{"pkg/utils has no place"}},
		{"a new part of billing", unknownTrees, "billing/helpers/helpers.go", "", []string{"billing/helpers has no place"}},
		{"a known tree", unknownTrees, "billing/payments/sep/sep.go", "", nil},

		{"gorm in a service", brokenFences, "billing/bills/service.go", `import "gorm.io/gorm"`, []string{"gorm.io/gorm belongs to"}},
		{"gorm in a store", brokenFences, "billing/bills/store_orders.go", `import "gorm.io/gorm/clause"`, nil},
		{"gorm in scope", brokenFences, "tenants/scope/tx.go", `import "gorm.io/gorm"`, nil},
		{"gorm elsewhere in scope", brokenFences, "tenants/scope/scope.go", `import "gorm.io/gorm"`, []string{"gorm.io/gorm belongs to"}},
		{"gorm in a handler's store", brokenFences, "api/store.go", `import "gorm.io/gorm"`, []string{"gorm.io/gorm belongs to"}},
		{"gorm under another name", brokenFences, "billing/bills/bills.go", `import db "gorm.io/gorm"`, []string{"gorm.io/gorm belongs to"}},
		{"gorm in a test", brokenFences, "billing/bills/service_test.go", `import "gorm.io/gorm"`, nil},
		{"pgx in a service", brokenFences, "tenants/offices/service.go", `import "github.com/jackc/pgx/v5"`, []string{"github.com/jackc/pgx/v5 belongs to"}},
		{"pgx in an import", brokenFences, "tenants/vehicles/import_csv.go", `import "github.com/jackc/pgx/v5"`, nil},
		{"pgx in migrations", brokenFences, "migrations/localpg/localpg.go", `import "github.com/jackc/pgx/v5"`, nil},
		{"echo outside api", brokenFences, "cmd/internal/app/serve.go", `import "github.com/labstack/echo/v4"`, []string{"github.com/labstack/echo/v4 belongs to"}},
		{"echo in api", brokenFences, "api/authn/authn.go", `import "github.com/labstack/echo/v4"`, nil},
		{"River in payments", brokenFences, "billing/payments/resolver.go", `import "github.com/riverqueue/river"`, []string{"github.com/riverqueue/river belongs to"}},
		{"River's driver in the queue", brokenFences, "tenants/jobs/store.go", `import "github.com/riverqueue/river/riverdriver/riverdatabasesql"`, nil},
		{"the registry of terminals knows payments", wrongImports, "billing/payments/gateways/registry.go", "import (\n\"mofasa/billing/payments\"\n\"mofasa/billing/payments/mellat\"\n\"mofasa/tenants/privacy\"\n)", nil},
		{"payments do not know the registry", wrongImports, "billing/payments/gateway/gateway.go", `import "mofasa/billing/payments/gateways"`, []string{"billing/payments/gateway may not import billing/payments/gateways"}},
		{"redis in api", brokenFences, "api/server.go", `import "github.com/redis/go-redis/v9"`, []string{"github.com/redis/go-redis/v9 belongs to"}},
		{"redis in the limiter", brokenFences, "api/ratelimit/redis.go", `import "github.com/redis/go-redis/v9"`, nil},
		{"an HTTP client in payments itself", brokenFences, "billing/payments/service.go", "import \"net/http\"\nvar c http.Client", []string{"net/http.Client belongs to"}},
		{"an HTTP request in a handler", brokenFences, "api/orders.go", "import (\n\"net/http\"\n\"context\"\n)\nfunc f(ctx context.Context) { http.NewRequestWithContext(ctx, http.MethodGet, \"\", nil) }", []string{"net/http.NewRequestWithContext belongs to"}},
		{"an HTTP client in a gateway", brokenFences, "billing/payments/sep/sep.go", "import \"net/http\"\nvar c http.Client", nil},
		{"an HTTP server", brokenFences, "api/server.go", "import \"net/http\"\nvar s http.Handler", nil},

		{"the clock", brokenFences, "billing/dues/service.go", "import \"time\"\nvar now = time.Now", []string{"billing/dues/service.go:4: time.Now belongs to"}},
		{"the clock under another name", brokenFences, "billing/dues/service.go", "import clock \"time\"\nfunc f() { _ = clock.Since(clock.Time{}) }", []string{"time.Since belongs to"}},
		{"a variable that hides the package", brokenFences, "billing/dues/service.go", "import \"time\"\ntype c struct{ Now int }\nfunc f(time c) int { return time.Now }\nvar _ time.Time", nil},
		{"the clock in cmd", brokenFences, "cmd/mofasa/main.go", "import \"time\"\nvar now = time.Now", nil},
		{"the clock in a test", brokenFences, "billing/dues/service_test.go", "import \"time\"\nvar now = time.Now", nil},
		{"the clock where Redis is started", brokenFences, "api/ratelimit/localredis/localredis.go", "import \"time\"\nvar now = time.Now", nil},
		{"the clock in the limiter", brokenFences, "api/ratelimit/redis.go", "import \"time\"\nvar now = time.Now", []string{"time.Now belongs to"}},
		{"the environment", brokenFences, "api/server.go", "import \"os\"\nvar v = os.Getenv(\"HOME\")", []string{"os.Getenv belongs to"}},
		{"a context from nowhere", brokenFences, "api/server.go", "import \"context\"\nvar a, b = context.Background(), context.TODO()", []string{"context.Background belongs to", "context.TODO belongs to"}},
		{"a dot import", dotImports, "billing/dues/service.go", "import . \"time\"\nvar now = Now", []string{"time is imported without its name"}},

		{"a handler that answers by itself", strayAnswers, "api/orders.go", "func f(c interface{ JSON(int, any) error }) error { return c.JSON(404, nil) }", []string{"only api/problem.go writes one"}},
		{"a handler that writes a status", strayAnswers, "api/orders.go", "func f(w interface{ WriteHeader(int) }) { w.WriteHeader(500) }", []string{"only api/problem.go writes one"}},
		{"a plain text answer", strayAnswers, "api/orders.go", "func f(c interface{ String(int, string) }) { c.String(200, \"\") }", []string{"only api/problem.go writes one"}},
		{"an ordinary String", strayAnswers, "api/orders.go", "func f(c interface{ String() string }) string { return c.String() }", nil},
		{"a String of a package", strayAnswers, "api/logging.go", "import \"log/slog\"\nvar a = slog.String(\"path\", \"/\")", nil},
		{"http.Error", brokenFences, "api/callbacks/callbacks.go", "import \"net/http\"\nfunc f(w http.ResponseWriter) { http.Error(w, \"\", 500) }", []string{"net/http.Error belongs to"}},
		{"echo's own error", brokenFences, "api/orders.go", "import \"github.com/labstack/echo/v4\"\nvar err = echo.NewHTTPError(404)", []string{"echo/v4.NewHTTPError belongs to"}},
		{"the one place", strayAnswers, "api/problem.go", "func f(c interface{ JSON(int, any) error }) error { return c.JSON(404, nil) }", nil},
		{"the generated server", strayAnswers, "api/gen/gen.go", "func f(w interface{ WriteHeader(int) }) { w.WriteHeader(500) }", nil},
		{"the simulated bank", strayAnswers, "cmd/banksim/sim/sim.go", "func f(w interface{ WriteHeader(int) }) { w.WriteHeader(500) }", nil},

		{"shipped code with a test package", shippedTestPackages, "api/server.go", `import "mofasa/api/apitest"`, []string{"api/apitest is for tests"}},
		{"a command with a test database", shippedTestPackages, "cmd/mofasa/demo.go", `import "mofasa/migrations/pgtest"`, []string{"migrations/pgtest is for tests"}},
		{"a command with testing", shippedTestPackages, "cmd/mofasa/demo.go", `import "testing"`, []string{"testing is for tests"}},
		{"a test package with another", shippedTestPackages, "api/apitest/apitest.go", `import "mofasa/migrations/pgtest"`, nil},
		{"a test", shippedTestPackages, "api/server_test.go", `import "mofasa/api/apitest"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			expect(t, tt.rule([]source{synthetic(t, tt.path, "package p\n\n"+tt.body)}), tt.wants...)
		})
	}
}

func TestDependencyRule(t *testing.T) {
	t.Parallel()
	expect(t, testDependencies(listed{ImportPath: "mofasa/cmd/mofasa", Deps: []string{"fmt", "mofasa/api", "mofasa/api/apitest", "pgregory.net/rapid", "example.org/x/xtest"}}),
		"depends on mofasa/api/apitest", "depends on pgregory.net/rapid")
	expect(t, testDependencies(listed{ImportPath: "mofasa/cmd/posagent", Deps: []string{"testing"}}), "depends on testing")
	expect(t, testDependencies(listed{ImportPath: "mofasa/cmd/mofasa", Deps: []string{"testing", bringsTesting}}))
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file, pattern string
		want          bool
	}{
		{"cmd/mofasa/main.go", "cmd/...", true},
		{"cmdline/main.go", "cmd/...", false},
		{"billing/bills/store.go", "billing/.../store*.go", true},
		{"billing/payments/sep/store_wire.go", "billing/.../store*.go", true},
		{"billing/bills/restore.go", "billing/.../store*.go", false},
		{"billing/payments/sep/sep.go", "billing/payments/*/*.go", true},
		{"billing/payments/service.go", "billing/payments/*/*.go", false},
		{"api/problem.go", "api/problem.go", true},
		{"api/authn/problem.go", "api/problem.go", false},
	} {
		if got := matches(tt.file, tt.pattern); got != tt.want {
			t.Errorf("%s in %s: %t, want %t", tt.file, tt.pattern, got, tt.want)
		}
	}
}
