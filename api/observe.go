package api

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const requestIDHeader = "X-Request-Id"

// patience is how long a request may take; two calls of a slow bank fit into it.
const patience = 45 * time.Second

type lifeKey struct{}

// lifeOf is a request's context without the limit of patience, for what is meant to last: it ends when the caller goes.
func lifeOf(ctx context.Context) context.Context {
	life, _ := ctx.Value(lifeKey{}).(context.Context)
	return life
}

var plainRequestID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

type meter struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	limiter  *prometheus.HistogramVec
}

func newMeter(r *prometheus.Registry) meter {
	m := meter{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mofasa_http_requests_total", Help: "Requests by operation and status."}, []string{"operation", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "mofasa_http_request_seconds", Help: "Time to answer by operation.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15}}, []string{"operation"}),
	}
	m.limiter = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "mofasa_rate_limit_seconds", Help: "Time that rate limits took of a request by operation.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .05, .15}}, []string{"operation"})
	r.MustRegister(m.requests, m.seconds, m.limiter)
	return m
}

func metricsHandler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// fromInside hides the metrics from whoever comes through the proxy or from a public address.
func fromInside(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		host, _, err := net.SplitHostPort(c.Request().RemoteAddr)
		ip := net.ParseIP(host)
		if err != nil || ip == nil || !ip.IsLoopback() && !ip.IsPrivate() || c.Request().Header.Get("X-Forwarded-For") != "" {
			return errNoRoute
		}
		return next(c)
	}
}

// observe gives every request an id and a trace, survives panics, and writes one log line with no path and no value of the caller's.
func (s *server) observe(m meter) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := s.Clock()
			r := c.Request()
			ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			ctx, span := s.Tracer.Start(ctx, "http.request")
			defer span.End()
			ctx = context.WithValue(ctx, lifeKey{}, ctx)
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			id := r.Header.Get(requestIDHeader)
			if !plainRequestID.MatchString(id) {
				id = uuid.NewString()
			}
			c.Response().Header().Set(requestIDHeader, id)
			c.SetRequest(r.WithContext(WithLogIDs(ctx, id, span.SpanContext().TraceID().String())))
			err := s.rescue(c, next)
			if err != nil {
				c.Error(err) // written here, so that the line below knows the status
			}
			s.logRequest(c, m, start, err)
			return nil
		}
	}
}

// rescue turns a panic into an internal fault; the process goes on.
func (s *server) rescue(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return next(c)
}

func (s *server) logRequest(c echo.Context, m meter, start time.Time, err error) {
	ctx := c.Request().Context()
	operation := "outside"
	if op := operationOf(ctx); op != nil {
		operation = op.ID
	}
	status, took := c.Response().Status, s.Clock().Sub(start)
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
	if !lasts(c.Response().Header()) {
		m.seconds.WithLabelValues(operation).Observe(took.Seconds())
	}
	attrs := []any{"operation", operation, "method", c.Request().Method, "status", status, "ms", took.Milliseconds()}
	if claims := claimsOf(ctx); claims.PersonID != uuid.Nil {
		attrs = append(attrs, "person", claims.PersonID, "scope", claims.Scope().String())
	}
	if err != nil {
		attrs = append(attrs, "error", loggable(err))
	}
	if status >= http.StatusInternalServerError {
		s.Log.ErrorContext(ctx, "request", attrs...)
		return
	}
	s.Log.InfoContext(ctx, "request", attrs...)
}

// lasts tells a stream, whose minutes are no time to answer.
func lasts(answer http.Header) bool { return answer.Get(echo.HeaderContentType) == eventStream }

func requestID(c echo.Context) string { return c.Response().Header().Get(requestIDHeader) }

func traceID(c echo.Context) string {
	return trace.SpanContextFromContext(c.Request().Context()).TraceID().String()
}

// secureHeaders are on every answer; pages run no foreign script and are in no frame. They show a certificate's PDF, and speak to the card terminal's agent on the
// machine in front of which they are read.
func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self' http://127.0.0.1:*; frame-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		return next(c)
	}
}

type logIDsKey struct{}

type logIDs struct{ request, trace string }

// WithLogIDs puts the ids into the context that every log line of the request carries.
func WithLogIDs(ctx context.Context, request, trace string) context.Context {
	return context.WithValue(ctx, logIDsKey{}, logIDs{request, trace})
}
