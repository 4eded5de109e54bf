package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/impact"
	"mofasa/billing/tariffs"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/scope"
)

// The fiscal years whose tariffs the previewed drafts change.
const (
	firstPreviewed = 1396
	lastPreviewed  = 1405
)

// measurePreview previews drafts of ten years over the whole fleet, and lets PostgreSQL alone hand out the same rows: once before and once after.
func (b *bench) measurePreview(ctx context.Context) (figure, error) {
	drafts, err := b.draftTariffs(ctx)
	if err != nil {
		return figure{}, err
	}
	b.say("previewing %s of drafts over the fleet", count(len(drafts), "year"))
	before, err := b.copyFleet(ctx)
	if err != nil {
		return figure{}, err
	}
	service := impact.NewService(b.runner, slog.New(slog.NewTextHandler(b.out, &slog.HandlerOptions{Level: slog.LevelWarn})))
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // resets the peak; where that is not possible it is of the whole process
	var read, reckoned int64
	began := time.Now()
	for read == 0 || time.Since(began) < b.span {
		report, err := previewOnce(ctx, service, drafts)
		if err != nil {
			return figure{}, err
		}
		read, reckoned = read+report.Vehicles, reckoned+report.VehicleYears
	}
	took := time.Since(began).Seconds()
	peak := peakMemory()
	after, err := b.copyFleet(ctx)
	if err != nil {
		return figure{}, err
	}
	b.say("%s vehicle-years a second, each with both tariffs%s", thousands(int64(float64(reckoned)/took)), toldPeak(peak))
	return figure{Name: "tariffs.preview", Value: float64(read) / took, Unit: "vehicles/s", PeakMB: peak, Limit: "COPY TO of the same rows, psql to /dev/null",
		LimitValue: float64(2*b.vehicles) / (before + after).Seconds()}, nil
}

func previewOnce(ctx context.Context, service *impact.Service, drafts []uuid.UUID) (*impact.Report, error) {
	asked, err := service.Request(ctx, scope.Platform(), drafts, usualThreshold)
	if err != nil {
		return nil, err
	}
	if _, err := service.Run(ctx, asked.ID); err != nil {
		return nil, err
	}
	p, err := service.Find(ctx, scope.Platform(), asked.ID)
	if err == nil && p.State != impact.Done {
		err = fmt.Errorf("the preview is %s %s", p.State, p.Failure)
	}
	return p.Report, err
}

// draftTariffs drafts the next version of each year: half as much again, from today.
func (b *bench) draftTariffs(ctx context.Context) (drafts []uuid.UUID, err error) {
	book, err := tariffs.National()
	if err != nil {
		return nil, err
	}
	law := tariffs.NewLegislation(b.runner)
	editor := scope.WithActor(ctx, scope.Actor{Kind: scope.ActorPerson, ID: app.NewID()}) // a draft needs one
	today := calendar.DateOf(time.Now())
	for year := calendar.FiscalYear(firstPreviewed); year <= lastPreviewed; year++ {
		latest, found := book.Find(year, today)
		if !found {
			return nil, fmt.Errorf("no tariff of %d", year)
		}
		next := *latest
		next.From, next.Rules = today, append([]tariffs.Rule{}, next.Rules...)
		for i := range next.Rules {
			next.Rules[i].Rate += next.Rules[i].Rate / 2
		}
		text, err := json.Marshal(next)
		if err != nil {
			return nil, err
		}
		d, err := law.Draft(editor, scope.Platform(), tariffs.Proposal{Text: text, Reason: "benchmark"})
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, d.ID)
	}
	return drafts, nil
}

// copyFleet times PostgreSQL handing out what a preview reads.
func (b *bench) copyFleet(ctx context.Context) (time.Duration, error) {
	settings, query := impact.FleetSQL(firstPreviewed, lastPreviewed, calendar.DateOf(time.Now()))
	var script strings.Builder
	script.WriteString("SELECT enter_scope('platform', NULL, NULL, NULL, NULL, NULL, NULL, now());\n")
	for _, setting := range settings {
		script.WriteString(setting + ";\n")
	}
	script.WriteString("COPY (" + query + ") TO STDOUT;\n")
	began := time.Now()
	err := b.psqlFile(ctx, b.config.DatabaseURL, script.String())
	return time.Since(began), err
}

func toldPeak(mb *float64) string {
	if mb == nil {
		return ""
	}
	return fmt.Sprintf("; this process held at most %.0f MB", *mb)
}

// peakMemory is the most that this process held since its peak was reset, in MB; nil where the system does not tell (proc(5), VmHWM).
func peakMemory() *float64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return nil
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			kB, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if errors.Is(err, strconv.ErrSyntax) {
				return nil
			}
			mb := rounded(kB/1024, 10)
			return &mb
		}
	}
	return nil
}
