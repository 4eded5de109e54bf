// Package api is how the world asks: the HTTP server behind openapi.yaml. Handlers translate; services decide.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"mofasa/api/gen"
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
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateways"
	"mofasa/billing/shifts"
	"mofasa/billing/tariffs"
	"mofasa/billing/valuations"
	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/devices"
	"mofasa/tenants/identity"
	"mofasa/tenants/limits"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/offices"
	"mofasa/tenants/vehicles"
)

// Deps is everything that the server works with; cmd wires it.
type Deps struct {
	Identity       *identity.Service
	Staff          *identity.Staff
	Approvals      *approvals.Service
	Inquiries      *inquiries.Service
	Bills          *bills.Service
	Payments       *payments.Service
	Watch          *payments.Watch
	Deposits       *deposits.Service
	Shifts         *shifts.Service
	Desk           *desk.Service
	Gateways       *gateways.Service
	Certificates   *certificates.Service
	Tariffs        *tariffs.Legislation
	Previews       *impact.Service
	Corrections    *corrections.Service
	Valuations     *valuations.Service
	ValuationLists *valuations.Importer
	Decisions      *decisions.Service
	Municipalities *municipalities.Service
	Vehicles       *vehicles.Registry
	Audit          *audit.Service
	Ledger         *ledger.Service
	Offices        *offices.Service
	Agreements     *offices.Agreements
	Devices        *devices.Service
	SigningKeys    *identity.Keyring // of certificates, for the key set
	DigestKey      []byte            // secret under which repeated requests are recognised
	Limits         ratelimit.Source
	LimitTable     LimitTable
	LimitBook      *limits.Catalogue // nil: nothing is overridden
	Overrides      *limits.Service
	Ready          func(context.Context) map[string]error // named checks of readiness; nil errors are good
	Portal         http.Handler                           // everything that is not the API
	Log            *slog.Logger
	Tracer         trace.Tracer
	Metrics        *prometheus.Registry
	Clock          func() time.Time
	PublicURL      string // where browsers reach this server
	TrustProxy     bool   // there is one proxy before us, and what it adds to X-Forwarded-For is the caller's address
}

// server implements gen.StrictServerInterface, one file per tag.
type server struct {
	Deps
	streams streams
}

// New builds the HTTP handler. The middleware below is the whole list, in order.
func New(d Deps) (http.Handler, error) {
	contract, err := readContract()
	if err != nil {
		return nil, err
	}
	s := &server{Deps: d, streams: streams{open: map[uuid.UUID]int{}}}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.writeProblem
	e.IPExtractor = callers(d.TrustProxy)
	meter := newMeter(d.Metrics)
	stuck := newGauges(d)
	d.Metrics.MustRegister(stuck)
	e.Use(
		s.observe(meter),           // request id, trace, log line, metrics; recovers panics
		secureHeaders,              // what every answer carries
		s.bufferBody,               // body limit
		contract.validate,          // the request is what openapi.yaml says
		s.authenticate,             // who
		s.limit(meter),             // not too often
		s.authorize,                // permitted by their role now
		s.requireIdempotencyDigest, // what an Idempotency-Key stands for
	)
	gen.RegisterHandlers(e, gen.NewStrictHandler(s, nil))
	e.GET("/metrics", echo.WrapHandler(metricsHandler(d.Metrics)), fromInside, s.counting(stuck))
	if d.Portal != nil {
		e.GET("/*", echo.WrapHandler(d.Portal))
	}
	return e, nil
}
