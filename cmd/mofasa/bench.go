package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mofasa/cmd/internal/app"
	"mofasa/tenants/scope"
)

// What a run writes at most, in bytes: the write-ahead log and an empty database, and for each vehicle its live rows, their copies and the inquiries.
const (
	benchRoom   = 1 << 30
	vehicleRoom = 4 << 10
)

// benchOptions are the command line.
type benchOptions struct {
	dir      string
	vehicles int
	clients  int
	span     time.Duration // measured, for each side of a figure
	profile  string        // file for the CPU profile of the server and its clients during inquiry.http, or what only names
	only     string        // a figure's name; empty: all of them
}

func newBenchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{Use: "bench", Short: "Measure the hot paths beside their limits, on a private PostgreSQL and Redis", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd.Context(), cmd.OutOrStdout(), o) }}
	cmd.Flags().StringVar(&o.dir, "dir", "var", "folder of bench.jsonl and everything that the benchmark leaves")
	cmd.Flags().IntVar(&o.vehicles, "vehicles", 200_000, "size of the fleet")
	cmd.Flags().IntVar(&o.clients, "clients", 32, "concurrent clients")
	cmd.Flags().DurationVar(&o.span, "span", 10*time.Second, "how long each side of a figure is measured")
	cmd.Flags().StringVar(&o.profile, "profile", "", "write a CPU profile of inquiry.http, or of payments.capture where --only asks for it, to this file")
	cmd.Flags().StringVar(&o.only, "only", "", "measure this figure, and of the others only those that it stands on")
	return cmd
}

// bench measures on one migrated, empty database.
type bench struct {
	benchOptions
	out    io.Writer
	config app.Config
	folder string // for what the figures need: CSV files, scripts, the server's log
	tools  tools
	runner *scope.Runner
	plates []string           // of vehicles that have lived in several cities
	tokens []string           // of one operator in each office
	traced spent              // while inquiries were measured
	beside [3][]time.Duration // answers to one office beside what another does
}

// figure is one line of bench.jsonl: what we do, and what the ground would allow, measured in the same run. Ratio is value to limit.
type figure struct {
	Name       string   `json:"name"`
	Value      float64  `json:"value"`
	Unit       string   `json:"unit"`
	P99MS      *float64 `json:"p99_ms"`            // null where single answers are not timed
	Allocs     *float64 `json:"allocs,omitempty"`  // for one of what Unit counts
	PeakMB     *float64 `json:"peak_mb,omitempty"` // of this process
	Limit      string   `json:"limit"`
	LimitValue float64  `json:"limit_value"`
	Ratio      float64  `json:"ratio"`
}

func runBench(ctx context.Context, out io.Writer, o benchOptions) error {
	if o.vehicles < 1 || o.clients < 1 || o.span < time.Millisecond {
		return errors.New("bench: --vehicles, --clients and --span must be positive")
	}
	folder, err := openFolder(filepath.Join(o.dir, "bench"), benchRoom+int64(o.vehicles)*vehicleRoom)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer folder.close()
	b := &bench{benchOptions: o, out: out, folder: folder.path}
	ground, err := standBench(ctx, folder, &b.config)
	defer ground.stop(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("bench: %s", oneLine(err))
	}
	figures, err := b.measure(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("bench: %s", oneLine(err))
	}
	if o.only != "" {
		fmt.Fprintf(out, "\n%s\n", strings.Join(tabulate(figures), "\n"))
		return nil // the file holds a whole run
	}
	path := filepath.Join(o.dir, "bench.jsonl")
	if err := saveFigures(path, figures); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	fmt.Fprintf(out, "\n%s\n\n%s\n", strings.Join(tabulate(figures), "\n"), path)
	return nil
}

// measure fills the database, which is a figure of its own, and then asks it.
func (b *bench) measure(ctx context.Context) ([]figure, error) {
	var err error
	if b.tools, err = findTools(); err != nil {
		return nil, err
	}
	runner, pool, err := app.OpenRunner(b.config)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	b.runner = runner
	wanted, err := b.wanted()
	if err != nil {
		return nil, err
	}
	var figures []figure
	for _, m := range wanted {
		f, err := m.take(ctx)
		if err != nil {
			return nil, err
		}
		f.Ratio = f.Value / f.LimitValue
		figures = append(figures, f)
	}
	return figures, nil
}

// measurement takes one figure. Below are those that it stands on, which are taken before it.
type measurement struct {
	name  string
	below []string
	take  func(context.Context) (figure, error)
}

func (b *bench) measurements() []measurement {
	fleet, asked := []string{"import.vehicles"}, []string{"import.vehicles", "inquiry.http"}
	return []measurement{{"import.vehicles", nil, b.measureImport}, {"inquiry.http", fleet, b.measureInquiries}, {"inquiry.limits", asked, b.measureShare},
		{"limits.fairness", asked, b.measureFairness}, {"limits.refusals", asked, b.measureRefusals}, {"ratelimit.decide", nil, b.measureDecide}, {"dues.assess", fleet, b.measureAssess},
		{"tariffs.preview", fleet, b.measurePreview}, {"payments.capture", fleet, b.measureCapture}}
}

// wanted are all, or the one that is asked for behind those that it stands on.
func (b *bench) wanted() ([]measurement, error) {
	all := b.measurements()
	if b.only == "" {
		return all, nil
	}
	at := slices.IndexFunc(all, func(m measurement) bool { return m.name == b.only })
	if at < 0 {
		return nil, fmt.Errorf("no figure is called %q", b.only)
	}
	below := all[at].below
	return slices.DeleteFunc(all, func(m measurement) bool { return m.name != b.only && !slices.Contains(below, m.name) }), nil
}

// saveFigures writes one JSON object a line.
func saveFigures(path string, figures []figure) error {
	var lines strings.Builder
	for _, f := range figures {
		f.Value, f.LimitValue, f.Ratio = rounded(f.Value, 1), rounded(f.LimitValue, 1), rounded(f.Ratio, 1000)
		if err := json.NewEncoder(&lines).Encode(f); err != nil {
			return err
		}
	}
	return writeWhole(path, []byte(lines.String()))
}

func rounded(x, parts float64) float64 { return float64(int64(x*parts+0.5)) / parts }

func tabulate(figures []figure) []string {
	rows := [][]string{{"figure", "value", "", "p99", "limit", "", "ratio", "limit is"}}
	for _, f := range figures {
		p99 := "-"
		if f.P99MS != nil {
			p99 = fmt.Sprintf("%.1f ms", *f.P99MS)
		}
		rows = append(rows, []string{f.Name, thousands(int64(f.Value + 0.5)), f.Unit, p99, thousands(int64(f.LimitValue + 0.5)), f.Unit, fmt.Sprintf("%.2f", f.Ratio), f.Limit})
	}
	return columns(rows)
}

// say tells how far a run is.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.out, format+"\n", args...) }
