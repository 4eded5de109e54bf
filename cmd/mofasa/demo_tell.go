package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// teller prints the demo: a line for each step with the time that it took. Persian text stands at the end of a line, so that a terminal without
// right-to-left text keeps its columns.
type teller struct {
	out io.Writer
}

func (t *teller) title(text string) { fmt.Fprintf(t.out, "\n%s\n", text) }

// step does one thing and prints its name, what came of it, and the time. The error of a failing step is one line that names the step and what to look at.
func (t *teller) step(ctx context.Context, s step) error {
	began := time.Now()
	detail, err := s.do(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return stuck(s, err)
	}
	first, rest, _ := strings.Cut(detail, "\n")
	fmt.Fprintf(t.out, "%9s  %-11s %s\n", seconds(time.Since(began)), s.name, first)
	if rest != "" {
		for line := range strings.Lines(rest) {
			fmt.Fprintf(t.out, "%24s%s\n", "", strings.TrimRight(line, "\n"))
		}
	}
	return nil
}

// step is one line of the demo. look is the file that says more when it fails.
type step struct {
	name, look string
	do         func(context.Context) (string, error)
}

func stuck(s step, err error) error {
	text := oneLine(err)
	if s.look != "" {
		text += "; see " + s.look
	}
	return errors.New("demo: " + s.name + ": " + text)
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func (t *teller) facts(facts [][2]string) {
	for _, f := range facts {
		fmt.Fprintf(t.out, "  %-14s %s\n", f[0], f[1])
	}
}

// columns aligns rows of Latin cells; the last cell, which may be Persian, is not padded. Cells that begin with a digit are right-aligned.
func columns(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			switch {
			case j == len(row)-1:
				cells[j] = cell
			case cell != "" && cell[0] >= '0' && cell[0] <= '9':
				cells[j] = fmt.Sprintf("%*s", widths[j], cell)
			default:
				cells[j] = fmt.Sprintf("%-*s", widths[j], cell)
			}
		}
		lines[i] = strings.TrimRight(strings.Join(cells, "  "), " ")
	}
	return lines
}

// count writes a number with its noun: "1 due", "5,000 vehicles".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(int64(n)) + " " + noun
}

func thousands(n int64) string {
	digits := fmt.Sprint(n)
	sign := strings.HasPrefix(digits, "-")
	digits = strings.TrimPrefix(digits, "-")
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	if sign {
		return "-" + digits
	}
	return digits
}

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// milliseconds keeps one digit behind the point.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}

// steady writes a plate so that a terminal with right-to-left text shows it in the order of a number plate, too: a mark after the letter, which every
// reader of plates ignores.
func steady(plate string) string {
	const mark = "\u200e"
	end := strings.LastIndexFunc(plate, func(r rune) bool { return r > '9' })
	if end < 0 {
		return plate
	}
	letter := strings.IndexFunc(plate[end:], func(r rune) bool { return r <= '9' })
	if letter < 0 {
		return plate
	}
	return plate[:end+letter] + mark + plate[end+letter:]
}
