package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"mofasa/api/ratelimit"
	"mofasa/billing/bills"
	"mofasa/billing/certificates"
	"mofasa/billing/corrections"
	"mofasa/billing/decisions"
	"mofasa/billing/deposits"
	"mofasa/billing/desk"
	"mofasa/billing/impact"
	"mofasa/billing/inquiries"
	"mofasa/billing/ledger"
	"mofasa/billing/packs"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/gateways"
	"mofasa/billing/shifts"
	"mofasa/billing/tariffs"
	"mofasa/billing/valuations"
	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/devices"
	"mofasa/tenants/identity"
	"mofasa/tenants/limits"
	"mofasa/tenants/offices"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// Infrastructure is what the program needs from outside itself: cmd takes it from the configuration, tests from their own servers.
type Infrastructure struct {
	Runner          *scope.Runner
	Ready           func(context.Context) map[string]error // named checks; nil errors are good. Redis is none of them: limits have a fallback
	Clock           func() time.Time
	Random          io.Reader
	TokenKeys       *identity.Keyring
	CertificateKeys *identity.Keyring
	RequestKey      []byte           // 32 bytes or more: under it the door hashes repeated requests
	Privacy         *privacy.Keyring // of personal data
	PasswordCost    *argon2id.Params
	FormerFactorKey []byte          // 32 bytes, or nil: sealed the secrets of second factors before the keys of personal data did
	Gateway         gateway.Gateway // the platform's terminal by configuration
	Hosts           gateways.Hosts  // where the providers of registered terminals are
	Limits          ratelimit.Source
	LimitTable      LimitTable
	Fonts           certificates.Fonts
	Portal          http.Handler
	PublicURL       string // where browsers reach this server
	TrustProxy      bool

	RequireSecondFactor bool // whoever's role demands a second factor works only with one
	Log                 *slog.Logger
	Metrics             *prometheus.Registry
}

// Program is the assembled program: its HTTP face and the services that cmd runs beside it.
type Program struct {
	Handler      http.Handler
	Runner       *scope.Runner
	Payments     *payments.Service
	Watch        *payments.Watch
	Gateways     *gateways.Registry
	Bills        *bills.Service
	Certificates *certificates.Service
	Previews     *impact.Service
	Audit        *audit.Service
	Ledger       *ledger.Service
	Keys         *privacy.Keyring // of personal data
}

// Assemble wires every service once.
func Assemble(in Infrastructure) (*Program, error) {
	runner := in.Runner
	catalogue := tariffs.NewCatalogue(runner, in.Clock)
	humans := identity.NewHumans(in.Privacy)
	people := identity.NewService(runner, in.TokenKeys, in.Clock, in.PasswordCost, identity.WithSecondFactors(identity.NewFactorSecrets(in.Privacy, in.FormerFactorKey), in.RequireSecondFactor), identity.WithHumans(humans))
	asked := inquiries.NewService(runner, catalogue)
	terminals := gateways.NewRegistry(runner, in.Privacy, in.Hosts, in.Gateway, in.Log)
	paid := payments.NewService(runner, terminals, strings.TrimRight(in.PublicURL, "/")+"/v1/callbacks/", in.Log).SigningBy(in.TokenKeys.Signer).Superseding(certificates.Supersede)
	certified := certificates.NewService(certificates.Config{Tx: runner, Tariffs: catalogue, Keys: in.CertificateKeys, Random: in.Random, Fonts: in.Fonts, PublicURL: in.PublicURL})
	billed := bills.NewService(runner, catalogue, asked)
	registry := vehicles.NewRegistry(runner, in.Privacy, registryDays)
	audited := audit.NewService(runner, in.Log)
	books := ledger.NewService(runner, in.Log)
	previews := impact.NewService(runner, in.Log)
	cities := packs.NewService(runner)
	watch := payments.NewWatch(runner, in.Log)
	handler, err := New(Deps{
		Identity: people, Staff: identity.NewStaff(runner, humans), Approvals: approvals.NewService(runner, Executes(cities, paid)).OnRefusal(approvals.Refund, paid.RefundRefused),
		Inquiries: asked, Bills: billed, Payments: paid, Watch: watch, Deposits: deposits.NewService(runner), Shifts: shifts.NewService(runner), Desk: desk.NewService(runner), Gateways: gateways.NewService(runner, in.Privacy, in.Hosts, in.Gateway), Certificates: certified, Vehicles: registry,
		Tariffs: tariffs.NewLegislation(runner), Previews: previews, Corrections: corrections.NewService(runner, catalogue), Valuations: valuations.NewService(runner), ValuationLists: &valuations.Importer{Runner: runner},
		Decisions: decisions.NewService(runner), Municipalities: cities, SigningKeys: in.CertificateKeys, Audit: audited, Ledger: books,
		Offices: offices.NewService(runner), Agreements: offices.NewAgreements(runner, tariffs.ChargeNames()), Devices: devices.NewService(runner, in.Random),
		DigestKey: in.RequestKey,
		Limits:    in.Limits, LimitTable: in.LimitTable, LimitBook: limits.NewCatalogue(runner, in.Clock), Overrides: limits.NewService(runner, DefaultLimits().Definitions()), Ready: in.Ready, Portal: in.Portal, Log: in.Log,
		Tracer: sdktrace.NewTracerProvider().Tracer("mofasa"), Metrics: in.Metrics, Clock: in.Clock, TrustProxy: in.TrustProxy, PublicURL: in.PublicURL,
	})
	return &Program{Handler: handler, Runner: runner, Payments: paid, Watch: watch, Gateways: terminals, Bills: billed, Certificates: certified, Previews: previews, Audit: audited, Ledger: books, Keys: in.Privacy}, err
}
