package api

import (
	"context"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"mofasa/billing/payments"
	"mofasa/tenants/scope"
)

// gaugesLast is how long what was counted is told again: scrapers may be many, and the counts are of the whole database.
const gaugesLast = 5 * time.Second

// gauges tell of work that is stuck: payments of which nobody knows, money in suspense, and jobs that nobody does. They are counted when somebody scrapes.
type gauges struct {
	clock func() time.Time
	count func(context.Context) (payments.Stuck, error)

	mu    sync.Mutex
	at    time.Time // of the count; zero: there is none
	stuck payments.Stuck

	unknown, oldestUnknown, items, oldestItem, rial, waiting, oldestJob *prometheus.Desc
}

func newGauges(d Deps) *gauges {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &gauges{
		clock:         d.Clock,
		count:         d.Payments.Stuck,
		unknown:       desc("mofasa_payments_unknown", "Payments of which nobody knows."),
		oldestUnknown: desc("mofasa_payments_unknown_oldest_seconds", "Age of the oldest payment of which nobody knows."),
		items:         desc("mofasa_suspense_items", "Open items of the suspense desk."),
		oldestItem:    desc("mofasa_suspense_oldest_seconds", "Age of the oldest open item of the suspense desk."),
		rial:          desc("mofasa_suspense_rial", "What stands in the suspense account for open items."),
		waiting:       desc("mofasa_jobs_waiting", "Jobs that are due and not done, by kind.", "kind"),
		oldestJob:     desc("mofasa_jobs_oldest_seconds", "How long the oldest job that is due and not done has been, by kind.", "kind"),
	}
}

// Describe lists the gauges.
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.unknown, g.oldestUnknown, g.items, g.oldestItem, g.rial, g.waiting, g.oldestJob} {
		to <- d
	}
}

// Collect tells the last count. There is none where the database did not answer, so that nobody reads an old "all is well".
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at.IsZero() {
		return
	}
	tell := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	tell(g.unknown, float64(g.stuck.Unknown))
	tell(g.oldestUnknown, g.stuck.OldestUnknown.Seconds())
	tell(g.items, float64(g.stuck.Suspense))
	tell(g.oldestItem, g.stuck.OldestSuspense.Seconds())
	tell(g.rial, float64(g.stuck.SuspenseRial))
	for _, w := range g.stuck.Jobs {
		tell(g.waiting, float64(w.Count), w.Kind)
		tell(g.oldestJob, w.Oldest.Seconds(), w.Kind)
	}
}

// recount counts before a scrape, unless somebody has just counted.
func (g *gauges) recount(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock()
	if !g.at.IsZero() && now.Sub(g.at) < gaugesLast {
		return nil
	}
	ctx, cancel := context.WithTimeout(scope.WithActor(ctx, scope.Actor{Kind: scope.ActorSystem}), gaugesLast)
	defer cancel()
	var err error
	if g.stuck, err = g.count(ctx); err != nil {
		g.at = time.Time{}
		return err
	}
	g.at = now
	return nil
}

// counting recounts the gauges before the metrics are told.
func (s *server) counting(g *gauges) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := g.recount(c.Request().Context()); err != nil {
				s.Log.WarnContext(c.Request().Context(), "gauges", "error", err)
			}
			return next(c)
		}
	}
}
